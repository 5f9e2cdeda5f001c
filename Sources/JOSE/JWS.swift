internal import CJose
internal import JSON
import Sodium

/// Checks signatures (RFC 7515) by cjose (<https://github.com/OpenIDC/cjose>), by the rules of RFC 8725.
///
/// The only place that sees `CJose`; no pointer leaves it.
public enum JWS {
    /// The most bytes of a signed text.
    public static let limit = 64 * 1024

    /// What a header says that matters here.
    private struct Head {
        let algorithm: JWSAlgorithm
        let keyID: String?
    }

    /// The payload of a JWS in its compact form, where one of `keys` signed it in one of the ways that
    /// are allowed.
    ///
    /// `alg` is believed only as far as it is allowed and fits a key's own kind. Keys that the text
    /// brings along or points to (`jwk`, `jku`, `x5c`, `x5u`) are never used, and `crit` is refused,
    /// since no extension is known here.
    public static func verify(
        _ compact: String, keys: JWKSet, allowed: Set<JWSAlgorithm> = Set(JWSAlgorithm.allCases)
    ) throws(JOSEFault) -> [UInt8] {
        guard compact.utf8.count <= limit else { throw .tooLarge(limit: limit) }
        let head = try head(of: compact)
        guard allowed.contains(head.algorithm) else { throw .algorithmNotAllowed }
        let candidates = keys.candidates(keyID: head.keyID, algorithm: head.algorithm)
        guard !candidates.isEmpty else {
            // With the key's name known and its kind wrong, fetching the keys again would not help.
            let isKnown = head.keyID.map { id in keys.keys.contains { $0.id == id } } ?? !keys.keys.isEmpty
            throw isKnown ? .algorithmNotAllowed : .unknownKey
        }
        // Where no `kid` tells, each key is tried, but not any number of them.
        for key in candidates.prefix(10) {
            if let payload = try payload(of: compact, key: key) { return payload }
        }
        // None of that name: it could be a key that is new.
        throw candidates.contains { $0.id != nil && $0.id == head.keyID } ? .badSignature : .unknownKey
    }

    private static func head(of compact: String) throws(JOSEFault) -> Head {
        let parts = compact.split(separator: ".", omittingEmptySubsequences: false)
        // Each part has one spelling (RFC 7515, section 2): cjose would also take padding and loose bits.
        let decoded = parts.compactMap { Sodium.bytes(fromBase64URL: String($0)) }
        guard decoded.count == 3, parts.count == 3, let bytes = decoded.first,
            // Jansson refuses members that are named twice, so that cjose reads no other header than this.
            let json = try? JSONValue(parsing: bytes), let name = json["alg"]?.string
        else { throw .malformed }
        guard name.lowercased() != "none", !parts[2].isEmpty else { throw .unsigned }
        guard let algorithm = JWSAlgorithm(rawValue: name) else { throw .algorithmNotAllowed }
        // `b64` (RFC 7797) changes what is signed, and has to be announced in `crit` as well.
        guard json["crit"] == nil, json["b64"] == nil else { throw .criticalExtension }
        switch json["kid"] {
        case nil: return Head(algorithm: algorithm, keyID: nil)
        case .string(let id)?: return Head(algorithm: algorithm, keyID: id)
        default: throw .malformed
        }
    }

    /// The payload, where `key` signed it; `nil` where it did not.
    private static func payload(of compact: String, key: JWK) throws(JOSEFault) -> [UInt8]? {
        let text = key.json.text
        guard let jwk = cjose_jwk_import(text, text.utf8.count, nil) else { return nil }
        defer { cjose_jwk_release(jwk) }
        guard let jws = cjose_jws_import(compact, compact.utf8.count, nil) else { throw .malformed }
        defer { cjose_jws_release(jws) }
        guard cjose_jws_verify(jws, jwk, nil) else { return nil }
        var start: UnsafeMutablePointer<UInt8>?
        var count = 0
        // The bytes are the JWS's own: copied before it goes.
        guard cjose_jws_get_plaintext(jws, &start, &count, nil), let start else { throw .malformed }
        return Array(UnsafeBufferPointer(start: start, count: count))
    }
}
