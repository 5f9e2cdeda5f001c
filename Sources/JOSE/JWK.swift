internal import JSON
import Sodium

/// A public key (RFC 7517) as a value. Members of a private or a shared key are not even read.
public struct JWK: Hashable, Sendable {
    /// What the key is made of, in base64url as it came.
    enum Material: Hashable, Sendable {
        case rsa(modulus: String, exponent: String)
        case ec(Curve, x: String, y: String)
    }

    /// A curve of RFC 7518, section 6.2.1.1.
    enum Curve: String, Sendable {
        case p256 = "P-256"
        case p384 = "P-384"
        case p521 = "P-521"
    }

    /// Names the key within its set.
    public let id: String?
    let material: Material
    /// The one algorithm that it is for, where it says so.
    let algorithm: String?

    /// RFC 7518, section 3.3, asks for 2048 bits; more than 8192 would only cost time.
    static let modulusBytes = 256...1024
    /// 65537 has three; a longer one makes each check dear.
    static let exponentBytes = 1...4

    /// Reads a key for signatures; `nil` for one of another kind or use, and for one that is too weak.
    init?(_ json: JSONValue) {
        // A member that is null is not there.
        guard json["use"].map({ $0 == .null || $0.string == "sig" }) ?? true,
            Self.isToVerify(json["key_ops"])
        else { return nil }
        switch json["kty"]?.string {
        case "RSA":
            guard let modulus = json["n"]?.string, let exponent = json["e"]?.string,
                Self.has(modulus, Self.modulusBytes), Self.has(exponent, Self.exponentBytes)
            else { return nil }
            material = .rsa(modulus: modulus, exponent: exponent)
        case "EC":
            guard let curve = json["crv"]?.string.flatMap(Curve.init(rawValue:)),
                let x = json["x"]?.string, let y = json["y"]?.string, Self.has(x, 1...66), Self.has(y, 1...66)
            else { return nil }
            material = .ec(curve, x: x, y: y)
        default:
            return nil
        }
        id = json["kid"]?.string
        algorithm = json["alg"]?.string
    }

    private static func isToVerify(_ operations: JSONValue?) -> Bool {
        operations.map { $0 == .null || $0.array?.contains("verify") == true } ?? true
    }

    /// Whether `text` spells that many bytes in base64url.
    private static func has(_ text: String, _ count: ClosedRange<Int>) -> Bool {
        guard text.utf8.count <= 2048, let bytes = Sodium.bytes(fromBase64URL: text) else { return false }
        return count.contains(bytes.drop { $0 == 0 }.count)
    }

    /// The public key alone, in JSON.
    var json: JSONValue {
        switch material {
        case .rsa(let modulus, let exponent):
            ["kty": "RSA", "n": .string(modulus), "e": .string(exponent)]
        case .ec(let curve, let x, let y):
            ["kty": "EC", "crv": .string(curve.rawValue), "x": .string(x), "y": .string(y)]
        }
    }
}
