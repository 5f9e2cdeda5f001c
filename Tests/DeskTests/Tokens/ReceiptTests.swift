import Ledger
import Testing
import Tokens

@testable import Desk

@Suite("Receipts of nodes")
struct ReceiptTests {
    private func node(_ name: String, confirmed delay: Int64?, silent: TimeSpan = .seconds(0))
        -> NodeConfirmation
    {
        NodeConfirmation(
            node: name, isConfirmed: delay != nil, delay: delay.map { TimeSpan(milliseconds: $0) },
            silence: silent)
    }

    private func receipt(_ nodes: NodeConfirmation...) -> Receipt {
        Receipt(change: 7, nodes: nodes, staleFor: .seconds(10))
    }

    @Test("it says on how many nodes a change is in force, and after how long")
    func words() {
        #expect(receipt(node("", confirmed: 0)).words == "in force on 1 of 1 node")
        let all = receipt(node("a", confirmed: 2), node("b", confirmed: 4), node("c", confirmed: 3))
        #expect(all.words == "in force on 3 of 3 nodes after 4 ms")
        #expect(all.isInForce)
    }

    @Test("a node that has not confirmed counts until it has been silent for so long that it grants nothing")
    func silence() {
        let waiting = receipt(
            node("a", confirmed: 2), node("b", confirmed: nil, silent: .seconds(10)))
        #expect(!waiting.isInForce && waiting.waiting.map(\.node) == ["b"])
        let stale = receipt(node("a", confirmed: 2), node("b", confirmed: nil, silent: .seconds(12)))
        #expect(stale.isInForce && stale.stale.map(\.node) == ["b"] && stale.waiting.isEmpty)
        #expect(stale.words == "in force on 1 of 2 nodes after 2 ms")
    }
}
