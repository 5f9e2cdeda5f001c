internal import CJose
internal import JSON
import Sodium

/// Verifies signatures (RFC 7515) with cjose (<https://github.com/OpenIDC/cjose>), and those of Ed25519, which cjose does
/// not have, with libsodium; following RFC 8725.
///
/// The only file that uses `CJose`; no pointer leaves it.
public enum JWS {
    /// The most bytes of a signed text.
    public static let limit = 64 * 1024

    /// The relevant part of a JOSE header.
    public struct Header: Hashable, Sendable {
        /// `alg`.
        public let algorithm: JWSAlgorithm
        /// `kid`.
        public let keyID: String?
        /// `typ`, folded, without the `application/` that may be left out (RFC 7515, section 4.1.9).
        public let type: String?

        public init(algorithm: JWSAlgorithm, keyID: String?, type: String?) {
            self.algorithm = algorithm
            self.keyID = keyID
            self.type = type
        }
    }

    /// The header of a JWS in compact form, whose signature was **not** verified: for what has to be known before.
    public static func header(of compact: String) throws(JOSEFault) -> Header {
        guard compact.utf8.count <= limit else { throw .tooLarge(limit: limit) }
        return try head(of: compact)
    }

    /// The payload of a JWS in compact form, whose signature was **not** verified: to find the keys by which it can be.
    public static func unverifiedPayload(of compact: String) throws(JOSEFault) -> [UInt8] {
        guard compact.utf8.count <= limit else { throw .tooLarge(limit: limit) }
        return try parts(of: compact).decoded[1]
    }

    /// The payload of a JWS in compact form, if one of `keys` signed it with an allowed algorithm.
    ///
    /// `alg` must be allowed and match the kind of the key. Keys in or referenced by the header (`jwk`, `jku`, `x5c`,
    /// `x5u`) are never used, and `crit` is refused because no extension is supported. With `type`, the header must have
    /// that `typ`, so that a text of another kind by the same key is not taken for it (RFC 8725, section 3.11).
    public static func verify(
        _ compact: String, type: String? = nil, keys: JWKSet,
        allowed: Set<JWSAlgorithm> = Set(JWSAlgorithm.allCases)
    ) throws(JOSEFault) -> [UInt8] {
        guard compact.utf8.count <= limit else { throw .tooLarge(limit: limit) }
        let head = try head(of: compact)
        guard allowed.contains(head.algorithm) else { throw .algorithmNotAllowed }
        guard type == nil || head.type == type else { throw .wrongType }
        let candidates = keys.candidates(keyID: head.keyID, algorithm: head.algorithm)
        guard !candidates.isEmpty else {
            // A known key of the wrong kind is no reason to fetch the keys again.
            let isKnown = head.keyID.map { id in keys.keys.contains { $0.id == id } } ?? !keys.keys.isEmpty
            throw isKnown ? .algorithmNotAllowed : .unknownKey
        }
        // Without a `kid` several keys are tried, up to a limit.
        for key in candidates.prefix(10) {
            if let payload = try payload(of: compact, key: key) { return payload }
        }
        // A key with another `kid` may be new.
        throw candidates.contains { $0.id != nil && $0.id == head.keyID } ? .badSignature : .unknownKey
    }

    /// The three parts as they are written, and what they encode.
    private static func parts(
        of compact: String
    ) throws(JOSEFault) -> (written: [Substring], decoded: [[UInt8]]) {
        let parts = compact.split(separator: ".", omittingEmptySubsequences: false)
        // Each part has one encoding (RFC 7515, section 2); cjose would also accept padding and stray bits.
        let decoded = parts.compactMap { Sodium.bytes(fromBase64URL: String($0)) }
        guard decoded.count == 3, parts.count == 3 else { throw .malformed }
        return (parts, decoded)
    }

    private static func head(of compact: String) throws(JOSEFault) -> Header {
        let parts = try parts(of: compact)
        // Jansson refuses duplicate members, so cjose cannot read the header differently.
        guard let json = try? JSONValue(parsing: parts.decoded[0]), let name = json["alg"]?.string else {
            throw .malformed
        }
        guard name.lowercased() != "none", !parts.written[2].isEmpty else { throw .unsigned }
        guard let algorithm = JWSAlgorithm(rawValue: name) else { throw .algorithmNotAllowed }
        // `b64` (RFC 7797) changes what is signed; it requires `crit`.
        guard json["crit"] == nil, json["b64"] == nil else { throw .criticalExtension }
        let type = json["typ"]?.string?.lowercased()
        let short = type.map { $0.hasPrefix("application/") ? String($0.dropFirst(12)) : $0 }
        switch json["kid"] {
        case nil: return Header(algorithm: algorithm, keyID: nil, type: short)
        case .string(let id)?: return Header(algorithm: algorithm, keyID: id, type: short)
        default: throw .malformed
        }
    }

    /// The payload; `nil` if `key` did not sign it.
    private static func payload(of compact: String, key: JWK) throws(JOSEFault) -> [UInt8]? {
        if case .ed25519(let key) = key.material {
            let (written, decoded) = try parts(of: compact)
            let signed = written[0] + "." + written[1]
            return key.verify(decoded[2], of: Array(signed.utf8)) ? decoded[1] : nil
        }
        let text = key.json.text
        guard let jwk = cjose_jwk_import(text, text.utf8.count, nil) else { return nil }
        defer { cjose_jwk_release(jwk) }
        guard let jws = cjose_jws_import(compact, compact.utf8.count, nil) else { throw .malformed }
        defer { cjose_jws_release(jws) }
        guard cjose_jws_verify(jws, jwk, nil) else { return nil }
        var start: UnsafeMutablePointer<UInt8>?
        var count = 0
        // The bytes belong to the JWS, which is released.
        guard cjose_jws_get_plaintext(jws, &start, &count, nil), let start else { throw .malformed }
        return Array(UnsafeBufferPointer(start: start, count: count))
    }
}

/// The signature algorithms with a public key that are verified (RFC 7518, section 3.1; RFC 8037, section 3.1).
///
/// `none` and the HMACs (`HS256` and others) are left out, so they cannot be allowed by mistake: with an HMAC anyone who
/// knows the public key could sign (RFC 8725, section 2.1).
public enum JWSAlgorithm: String, Hashable, Sendable, CaseIterable {
    case rs256 = "RS256"
    case rs384 = "RS384"
    case rs512 = "RS512"
    case ps256 = "PS256"
    case ps384 = "PS384"
    case ps512 = "PS512"
    case es256 = "ES256"
    case es384 = "ES384"
    case es512 = "ES512"
    /// With keys of Ed25519 only.
    case edDSA = "EdDSA"

    /// Whether the algorithm works with a kind of key.
    func fits(_ key: JWK.Material) -> Bool {
        switch (self, key) {
        case (.rs256, .rsa), (.rs384, .rsa), (.rs512, .rsa): true
        case (.ps256, .rsa), (.ps384, .rsa), (.ps512, .rsa): true
        case (.es256, .ec(.p256, _, _)), (.es384, .ec(.p384, _, _)), (.es512, .ec(.p521, _, _)): true
        case (.edDSA, .ed25519): true
        default: false
        }
    }
}
