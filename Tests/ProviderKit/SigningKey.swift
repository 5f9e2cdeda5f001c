internal import CJose
internal import Glibc
public import JSON
internal import Sodium

/// A private key of the tests' own, and what can be signed with it, honestly or not.
///
/// `@unchecked Sendable` is true because cjose only reads a key once it is made.
public final class SigningKey: @unchecked Sendable {
    /// What kind of key to make.
    public enum Kind: Sendable {
        case rsa(bits: Int)
        case p256, p384, p521
        /// Shared bytes: for the forgery with an HMAC.
        case shared([UInt8])
    }

    private let key: OpaquePointer
    /// The name of the key.
    public let id: String

    /// A fresh key of that kind.
    public init(_ kind: Kind, id: String) {
        let made: OpaquePointer? =
            switch kind {
            case .rsa(let bits): cjose_jwk_create_RSA_random(bits, [1, 0, 1], 3, nil)
            case .p256: cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_256, nil)
            case .p384: cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_384, nil)
            case .p521: cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_521, nil)
            case .shared(let bytes): cjose_jwk_create_oct_spec(bytes, bytes.count, nil)
            }
        guard let made else { fatalError("cjose made no key") }
        cjose_jwk_set_kid(made, id, id.utf8.count, nil)
        key = made
        self.id = id
    }

    deinit { cjose_jwk_release(key) }

    /// The public half as a JWK, with its `kid`.
    public var publicJSON: JSONValue {
        guard let text = cjose_jwk_to_json(key, false, nil) else { return .null }
        defer { free(text) }
        return (try? JSONValue(parsing: Array(String(cString: text).utf8))) ?? .null
    }

    /// `payload` signed, with that header; `kid` is the key's own unless given (`""` leaves it out).
    public func sign(
        _ payload: JSONValue, algorithm: String = "RS256", keyID: String? = nil,
        header: [String: String] = [:]
    ) -> String {
        let head = cjose_header_new(nil)
        defer { cjose_header_release(head) }
        cjose_header_set(head, "alg", algorithm, nil)
        let keyID = keyID ?? id
        if !keyID.isEmpty { cjose_header_set(head, "kid", keyID, nil) }
        for (name, value) in header {
            // A text is no whole document to Jansson, which reads what is set raw.
            if value.hasPrefix("\""),
                let text = (try? JSONValue(parsing: Array("[\(value)]".utf8)))?.array?.first?.string
            {
                cjose_header_set(head, name, text, nil)
            } else {
                cjose_header_set_raw(head, name, value, nil)
            }
        }
        let bytes = Array(payload.text.utf8)
        guard let jws = cjose_jws_sign(key, head, bytes, bytes.count, nil) else {
            fatalError("cjose signed nothing with \(algorithm)")
        }
        defer { cjose_jws_release(jws) }
        var text: UnsafePointer<CChar>?
        guard cjose_jws_export(jws, &text, nil), let text else { fatalError("cjose exported nothing") }
        return String(cString: text)
    }
}

/// `{"keys": […]}` of the public halves.
public func keySet(_ keys: [SigningKey]) -> [UInt8] {
    Array(JSONValue.object(["keys": .array(keys.map(\.publicJSON))]).text.utf8)
}

/// `payload` in the form of a JWS that nobody signed.
public func unsigned(_ payload: JSONValue, algorithm: String = "none", signature: String = "") -> String {
    let head = Sodium.base64URL(Array(JSONValue.object(["alg": .string(algorithm)]).text.utf8))
    return "\(head).\(Sodium.base64URL(Array(payload.text.utf8))).\(signature)"
}
