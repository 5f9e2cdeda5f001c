/// Why a signed text or a key set is rejected. It holds nothing of the text.
public enum JOSEFault: Error, Hashable, Sendable, CustomStringConvertible {
    case tooLarge(limit: Int)
    case malformed
    case unsigned
    case algorithmNotAllowed
    case criticalExtension
    case wrongType
    case unknownKey
    case badSignature
    case badKeySet(reason: String)

    /// The name of the reason in events.
    public var name: String {
        switch self {
        case .tooLarge: "jws_too_large"
        case .malformed: "jws_malformed"
        case .unsigned: "jws_unsigned"
        case .algorithmNotAllowed: "jws_algorithm"
        case .criticalExtension: "jws_critical_extension"
        case .wrongType: "jws_type"
        case .unknownKey: "jws_unknown_key"
        case .badSignature: "jws_signature"
        case .badKeySet: "jwks_malformed"
        }
    }

    public var description: String {
        switch self {
        case .tooLarge(let limit): "the signed text has more than \(limit) bytes"
        case .malformed: "the signed text is not in the compact form of a JWS"
        case .unsigned: "the text is not signed"
        case .algorithmNotAllowed: "the signature algorithm is not allowed here"
        case .criticalExtension: "the signed text needs an extension that is not supported"
        case .wrongType: "the signed text is of another type (`typ`)"
        case .unknownKey: "the key that signed the text is not among the provider's"
        case .badSignature: "the signature is not the provider's"
        case .badKeySet(let reason): "the provider's keys cannot be read: \(reason)"
        }
    }
}
