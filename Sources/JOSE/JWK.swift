internal import JSON
import Sodium

/// A public key (RFC 7517). Members of private and symmetric keys are not read.
public struct JWK: Hashable, Sendable {
    /// The key's parameters, in base64url as received.
    enum Material: Hashable, Sendable {
        case rsa(modulus: String, exponent: String)
        case ec(Curve, x: String, y: String)
        /// The key of Ed25519 (RFC 8037, section 2).
        case ed25519(SignatureKey)
    }

    /// A curve of RFC 7518, section 6.2.1.1.
    enum Curve: String, Sendable {
        case p256 = "P-256"
        case p384 = "P-384"
        case p521 = "P-521"
    }

    /// `kid`.
    public let id: String?
    let material: Material
    /// `alg`.
    let algorithm: String?

    /// RFC 7518, section 3.3, requires 2048 bits; more than 8192 would only cost time.
    static let modulusBytes = 256...1024
    /// 65537 has three bytes; longer exponents make verification slow.
    static let exponentBytes = 1...4

    /// Reads a signature key; `nil` for another kind or use, and for weak keys.
    init?(_ json: JSONValue) {
        // null counts as absent.
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
        case "OKP":
            guard json["crv"]?.string == "Ed25519",
                let key = json["x"]?.string.flatMap(Sodium.bytes(fromBase64URL:)).flatMap(SignatureKey.init)
            else { return nil }
            material = .ed25519(key)
        default:
            return nil
        }
        id = json["kid"]?.string
        algorithm = json["alg"]?.string
    }

    private static func isToVerify(_ operations: JSONValue?) -> Bool {
        operations.map { $0 == .null || $0.array?.contains("verify") == true } ?? true
    }

    /// Whether `text` is base64url of `count` bytes, not counting leading zeros.
    private static func has(_ text: String, _ count: ClosedRange<Int>) -> Bool {
        guard text.utf8.count <= 2048, let bytes = Sodium.bytes(fromBase64URL: text) else { return false }
        return count.contains(bytes.drop { $0 == 0 }.count)
    }

    /// The public key in JSON, as cjose reads it.
    var json: JSONValue {
        switch material {
        case .rsa(let modulus, let exponent):
            ["kty": "RSA", "n": .string(modulus), "e": .string(exponent)]
        case .ec(let curve, let x, let y):
            ["kty": "EC", "crv": .string(curve.rawValue), "x": .string(x), "y": .string(y)]
        case .ed25519(let key):
            ["kty": "OKP", "crv": "Ed25519", "x": .string(Sodium.base64URL(key.bytes))]
        }
    }
}

/// A set of public keys (RFC 7517, section 5).
public struct JWKSet: Hashable, Sendable {
    /// The usable keys, in order.
    public let keys: [JWK]

    /// Reads `{"keys": […]}` and ignores unknown kinds, as section 5 requires. Throws ``JOSEFault/badKeySet(reason:)``.
    public init(parsing bytes: [UInt8]) throws(JOSEFault) {
        let document: JSONValue
        do {
            document = try JSONValue(parsing: bytes)
        } catch {
            throw .badKeySet(reason: "\(error)")
        }
        guard let list = document["keys"]?.array else {
            throw .badKeySet(reason: "there is no list `keys`")
        }
        keys = list.compactMap { JWK($0) }
    }

    /// The keys that fit the algorithm: those with the header's `kid`, then those without one; all if the header has no
    /// `kid`.
    func candidates(keyID: String?, algorithm: JWSAlgorithm) -> [JWK] {
        let fitting = keys.filter { key in
            (key.algorithm == nil || key.algorithm == algorithm.rawValue) && algorithm.fits(key.material)
        }
        guard let keyID else { return fitting }
        return fitting.filter { $0.id == keyID } + fitting.filter { $0.id == nil }
    }
}
