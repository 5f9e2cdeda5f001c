public import Ledger
public import Tokens

/// Which nodes know of a change, and so whether it is in force everywhere.
public struct Receipt: Hashable, Sendable {
    /// The number of the change, by which its receipt can be asked for again.
    public let change: Int64
    /// The nodes that serve or may serve, each once: a node that was killed and has been started again is not counted
    /// twice as soon as the killed one would grant nothing.
    public let nodes: [NodeConfirmation]
    /// After how long a silence a node grants nothing.
    private let staleFor: TimeSpan

    init(change: Int64, nodes: [NodeConfirmation], staleFor: TimeSpan) {
        self.change = change
        self.nodes = nodes.filter { node in
            !node.isStale(for: staleFor)
                || !nodes.contains { $0.node == node.node && $0.silence < node.silence }
        }
        self.staleFor = staleFor
    }

    public var confirmed: [NodeConfirmation] { nodes.filter(\.isConfirmed) }

    /// The nodes that may still grant what the change refuses.
    public var waiting: [NodeConfirmation] {
        nodes.filter { !$0.isConfirmed && !$0.isStale(for: staleFor) }
    }

    /// The nodes that have not confirmed the change, and grant nothing since they have been silent for too long.
    public var stale: [NodeConfirmation] { nodes.filter { !$0.isConfirmed && $0.isStale(for: staleFor) } }

    /// Whether no node can grant what the change refuses.
    public var isInForce: Bool { waiting.isEmpty }

    /// How long after the change the last node confirmed it; `nil` where that is not known.
    public var delay: TimeSpan? { confirmed.compactMap(\.delay).max() }

    /// `in force on 3 of 3 nodes after 4 ms`.
    public var words: String {
        let count = "\(confirmed.count) of \(nodes.count) \(nodes.count == 1 ? "node" : "nodes")"
        guard nodes.count > 1, isInForce, let delay else { return "in force on \(count)" }
        return "in force on \(count) after \(delay.milliseconds) ms"
    }
}

extension NodeConfirmation {
    /// Whether the node grants nothing until it is heard of again.
    fileprivate func isStale(for span: TimeSpan) -> Bool { silence > span + Self.margin }

    /// A node's clock starts a little before the database sees its confirmation.
    private static let margin = TimeSpan.seconds(1)
}

extension TokenDesk {
    /// The number of the latest change, of which a receipt can be had: it covers everything answered so far.
    public var latestChange: Int64 { ledger.latestChange }

    /// The receipt of everything that this desk has changed and answered so far.
    public func receipt() async throws(DeskFault) -> Receipt { try await receipt(of: ledger.latestChange) }

    /// The receipt of the change of that number.
    public func receipt(of change: Int64) async throws(DeskFault) -> Receipt {
        let nodes = try await read { () throws(LedgerError) in try await ledger.confirmations(of: change) }
        return Receipt(change: change, nodes: nodes, staleFor: staleFor)
    }

    /// The receipt of everything changed so far, once it is in force everywhere, or as it is after `limit`. Without a limit,
    /// silent nodes grant nothing by then.
    public func wholeReceipt(within limit: TimeSpan? = nil) async throws(DeskFault) -> Receipt {
        let change = ledger.latestChange
        let limit = limit ?? staleFor + .seconds(3)
        let end = ContinuousClock.now + .milliseconds(limit.milliseconds)
        var receipt = try await receipt(of: change)
        var pause = Duration.milliseconds(2)
        while !receipt.isInForce, ContinuousClock.now < end {
            try? await Task.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(100))
            receipt = try await self.receipt(of: change)
        }
        return receipt
    }
}
