import Ledger
import Testing
import Tokens

@testable import Desk

@Suite("Receipts")
struct ReceiptTests {
    /// A node that has confirmed the change after so many milliseconds.
    private static func confirmed(
        _ name: String, after delay: Int64? = 4, silent silence: TimeSpan = .seconds(0)
    ) -> NodeConfirmation {
        NodeConfirmation(
            node: name, isConfirmed: true, delay: delay.map(TimeSpan.init(milliseconds:)), silence: silence)
    }

    /// A node that has not confirmed the change, and was heard of that long ago.
    private static func silent(_ name: String, for silence: TimeSpan) -> NodeConfirmation {
        NodeConfirmation(node: name, isConfirmed: false, delay: nil, silence: silence)
    }

    /// Nodes that grant nothing after ten seconds of silence, and what is said of them.
    static let rows: [(nodes: [NodeConfirmation], isInForce: Bool, words: String)] = [
        ([confirmed("a", after: nil)], true, "in force on 1 of 1 node"),
        (
            [confirmed("a", after: 2), confirmed("b", after: 7), confirmed("c")], true,
            "in force on 3 of 3 nodes after 7 ms"
        ),
        ([confirmed("a"), silent("b", for: .seconds(1))], false, "in force on 1 of 2 nodes"),
        ([confirmed("a"), silent("b", for: .seconds(10))], false, "in force on 1 of 2 nodes"),
        ([confirmed("a"), silent("b", for: .seconds(12))], true, "in force on 1 of 2 nodes after 4 ms"),
        // One that was killed and serves again has two rows: the old one no longer counts once it grants nothing.
        (
            [confirmed("a"), silent("b", for: .seconds(12)), confirmed("b")], true,
            "in force on 2 of 2 nodes after 4 ms"
        ),
        (
            [confirmed("a"), confirmed("b", silent: .seconds(12)), confirmed("b")], true,
            "in force on 2 of 2 nodes after 4 ms"
        ),
        ([confirmed("a"), silent("b", for: .seconds(3)), confirmed("b")], false, "in force on 2 of 3 nodes"),
        (
            [confirmed("a"), silent("b", for: .seconds(12)), silent("b", for: .seconds(1))], false,
            "in force on 1 of 2 nodes"
        ),
        // One that was killed twice, and has not come back.
        (
            [confirmed("a"), silent("b", for: .seconds(40)), silent("b", for: .seconds(12))], true,
            "in force on 1 of 2 nodes after 4 ms"
        ),
    ]

    @Test("nodes count until they are known to grant nothing", arguments: rows.indices)
    func nodes(_ index: Int) {
        let row = Self.rows[index]
        let receipt = Receipt(change: 7, nodes: row.nodes, staleFor: .seconds(10))
        #expect(receipt.isInForce == row.isInForce)
        #expect(receipt.words == row.words)
        let counts = [receipt.confirmed, receipt.waiting, receipt.stale].map(\.count)
        #expect(counts.reduce(0, +) == receipt.nodes.count)
    }
}
