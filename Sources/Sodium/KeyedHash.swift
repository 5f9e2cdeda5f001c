internal import CSodium

/// A keyed hash (BLAKE2b, RFC 7693), for values that only a holder of the key can create and recognise.
public struct KeyedHash: Sendable {
    private let key: [UInt8]

    /// In bytes.
    public static let keyLength = 32

    /// `nil` unless the key has ``keyLength`` bytes.
    public init?(key: [UInt8]) {
        guard key.count == Self.keyLength else { return nil }
        self.key = key
    }

    /// The hash of `message`: 32 bytes.
    public func callAsFunction(_ message: [UInt8]) -> [UInt8] {
        _ = Sodium.ready
        var hash = [UInt8](repeating: 0, count: 32)
        _ = crypto_generichash(&hash, hash.count, message, UInt64(message.count), key, key.count)
        return hash
    }
}

extension KeyedHash: Redacted {}
