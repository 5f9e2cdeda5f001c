internal import CSodium
public import JSON
internal import Sodium

/// A private key of Ed25519 of the tests' own (RFC 8037), which cjose cannot make.
public struct Ed25519Key: Sendable {
    private let secret: [UInt8]
    private let publicKey: [UInt8]
    /// The name of the key.
    public let id: String

    /// The key of a seed of 32 bytes that are all `byte`.
    public init(_ byte: UInt8, id: String) {
        var publicKey = [UInt8](repeating: 0, count: Int(crypto_sign_PUBLICKEYBYTES))
        var secret = [UInt8](repeating: 0, count: Int(crypto_sign_SECRETKEYBYTES))
        let seed = [UInt8](repeating: byte, count: Int(crypto_sign_SEEDBYTES))
        guard sodium_init() >= 0, crypto_sign_seed_keypair(&publicKey, &secret, seed) == 0 else {
            fatalError("libsodium made no key")
        }
        (self.publicKey, self.secret, self.id) = (publicKey, secret, id)
    }

    /// The public half as a JWK, with its `kid`.
    public var publicJSON: JSONValue {
        ["kty": "OKP", "crv": "Ed25519", "x": .string(Sodium.base64URL(publicKey)), "kid": .string(id)]
    }

    /// `payload` signed.
    public func sign(_ payload: JSONValue) -> String {
        let head: JSONValue = ["alg": "EdDSA", "kid": .string(id)]
        let text = [head, payload].map { Sodium.base64URL(Array($0.text.utf8)) }.joined(separator: ".")
        var signature = [UInt8](repeating: 0, count: Int(crypto_sign_BYTES))
        _ = crypto_sign_detached(&signature, nil, Array(text.utf8), UInt64(text.utf8.count), secret)
        return "\(text).\(Sodium.base64URL(signature))"
    }
}
