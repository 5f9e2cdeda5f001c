public import Tokens

/// Which nodes know of a change, where several share the ledger.
public protocol NodeLedger: Sendable {
    /// The number of the latest change that this node made or followed. Whatever was answered before is confirmed by a
    /// node that confirms this number.
    var latestChange: Int64 { get }
    /// The nodes that serve, and whether each has applied all changes up to that number; this node alone where no other
    /// shares the ledger.
    func confirmations(of change: Int64) async throws(LedgerError) -> [NodeConfirmation]
}

/// Whether a node has applied a change.
public struct NodeConfirmation: Hashable, Sendable {
    /// The node's host and port.
    public let node: String
    /// How long after the change the node applied it, by the database's clock, and not less than it took; `nil` where it
    /// has not applied it, or where the change is no longer kept.
    public let delay: TimeSpan?
    public let isConfirmed: Bool
    /// How long ago the node last confirmed anything.
    public let silence: TimeSpan

    public init(node: String, isConfirmed: Bool, delay: TimeSpan?, silence: TimeSpan) {
        self.node = node
        self.isConfirmed = isConfirmed
        self.delay = delay
        self.silence = silence
    }
}
