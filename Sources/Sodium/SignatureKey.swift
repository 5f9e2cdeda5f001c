internal import CSodium

/// A public key that verifies signatures of Ed25519 (RFC 8032).
public struct SignatureKey: Hashable, Sendable {
    /// The key's 32 bytes.
    public let bytes: [UInt8]

    /// The key of these bytes; `nil` unless there are 32.
    public init?(bytes: [UInt8]) {
        guard bytes.count == Int(crypto_sign_PUBLICKEYBYTES) else { return nil }
        self.bytes = bytes
    }

    /// Whether `signature` is one of `message` by this key. libsodium refuses keys of small order, and signatures that are
    /// not written in the one canonical way.
    public func verify(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        _ = Sodium.ready
        guard signature.count == Int(crypto_sign_BYTES) else { return false }
        return crypto_sign_verify_detached(signature, message, UInt64(message.count), bytes) == 0
    }
}
