public import Sodium

/// A token's string, while it has to be known.
///
/// It never prints: not in a description, a debugger's dump, a mirror or an interpolation. The only way out
/// is ``reveal()``, so that a search for that word finds every place that a secret goes to.
public struct TokenSecret: Sendable {
    private let bytes: [UInt8]

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The string itself, for its owner's eyes.
    public func reveal() -> String {
        String(decoding: bytes, as: UTF8.self)
    }

    /// The hash, which may be stored.
    public var digest: TokenDigest { TokenDigest(of: bytes.span) }
}

extension TokenSecret: Redacted {}

/// The SHA-256 of a token's whole string: all that is stored of it.
///
/// The string has 190 random bits, so neither a salt nor a slow hash would add anything.
public struct TokenDigest: Hashable, Sendable {
    public let hash: SHA256Digest

    init(of bytes: Span<UInt8>) {
        hash = SHA256Digest(of: bytes)
    }

    /// A digest read back from storage, or `nil` where it is not 32 bytes long.
    public init?(bytes: [UInt8]) {
        guard let hash = SHA256Digest(bytes: bytes) else { return nil }
        self.hash = hash
    }

    /// A digest read in place from storage, or `nil` where it is not 32 bytes long.
    public init?(reading bytes: Span<UInt8>) {
        guard let hash = SHA256Digest(reading: bytes) else { return nil }
        self.hash = hash
    }

    /// The 32 bytes, for storage.
    public var bytes: [UInt8] { hash.bytes }
}
