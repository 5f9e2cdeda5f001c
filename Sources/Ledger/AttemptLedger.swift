public import Sodium
public import Tokens

/// One-time marks and failed attempts, which every node must know for a few minutes.
public protocol AttemptLedger: Sendable {
    /// Marks something as used that may be used once; the mark is kept until `end`, when it would be refused anyway.
    /// Returns whether this is the first use on any node.
    func use(
        _ mark: SHA256Digest, until end: Timestamp, at now: Timestamp
    ) async throws(LedgerError) -> Bool
    /// How long `keys` have to wait after failures on any node; `nil` where they may try now.
    func wait(for keys: [AttemptKey], at now: Timestamp) async throws(LedgerError) -> TimeSpan?
    /// Begins an attempt. Returns how long `keys` have to wait, or `nil` where it may proceed. It counts as a failure
    /// until ``succeed(_:)``, so that many attempts at once, on many nodes, do not get around the throttle.
    func begin(_ keys: [AttemptKey], at now: Timestamp) async throws(LedgerError) -> TimeSpan?
    /// Forgets the failures of `keys` after a success; of a shared key, only one failure.
    func succeed(_ keys: [AttemptKey]) async throws(LedgerError)
}
