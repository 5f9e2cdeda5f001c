public import Sodium

/// What a service proves itself with when it asks Jeton itself. Only its SHA-256 is held.
public struct ServiceSecret: Hashable, Sendable {
    private let digest: [UInt8]

    /// The fewest bytes of a secret: nobody types it, so it may well be random and long.
    public static let leastLength = 16

    /// The secret that `text` is, or `nil` where it is too short to be one.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count >= Self.leastLength else { return nil }
        digest = SHA256Digest(of: bytes.span).bytes
    }

    /// Whether `text` is this secret, in a time that tells nothing of how much of it is.
    public func matches(_ text: String) -> Bool {
        Sodium.equal(digest, SHA256Digest(of: Array(text.utf8).span).bytes)
    }
}

extension ServiceSecret: Redacted {}
