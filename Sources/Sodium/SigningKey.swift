internal import CSodium

/// A key that signs with Ed25519 (RFC 8032).
public struct SigningKey: Sendable {
    private let secret: [UInt8]
    /// What verifies its signatures: 32 bytes.
    public let publicKey: [UInt8]

    /// In bytes.
    public static let seedLength = 32

    /// The key of a seed; `nil` unless that has ``seedLength`` bytes.
    public init?(seed: [UInt8]) {
        guard seed.count == Self.seedLength else { return nil }
        _ = Sodium.ready
        var publicKey = [UInt8](repeating: 0, count: Int(crypto_sign_PUBLICKEYBYTES))
        var secret = [UInt8](repeating: 0, count: Int(crypto_sign_SECRETKEYBYTES))
        guard crypto_sign_seed_keypair(&publicKey, &secret, seed) == 0 else { return nil }
        self.publicKey = publicKey
        self.secret = secret
    }

    /// The signature of `message`: 64 bytes.
    public func sign(_ message: [UInt8]) -> [UInt8] {
        var signature = [UInt8](repeating: 0, count: Int(crypto_sign_BYTES))
        _ = crypto_sign_detached(&signature, nil, message, UInt64(message.count), secret)
        return signature
    }
}

extension SigningKey: Redacted {}
