import TestHouse
import Testing
import Tokens

@testable import Ledger
@testable import SQLLedger

@Suite("The order of notifications") struct ChangeOrderTests {
    private let notified = Notifications()
    private let order: ChangeOrder
    private let alice: Subject

    init() throws {
        order = ChangeOrder(observer: notified.append)
        alice = Subject(id: .next(at: .noon), login: try Login("alice"), createdAt: .noon)
    }

    /// Alice after the change of that number.
    private func alice(_ number: Int64) -> Change {
        var alice = alice
        alice.suspendedAt = Timestamp(milliseconds: number)
        return .subject(alice)
    }

    /// The changes of hers that were notified; 0 for her password.
    private var numbers: [Int64] {
        notified.changes.map { change in
            if case .subject(let subject) = change { subject.suspendedAt?.milliseconds ?? -1 } else { 0 }
        }
    }

    @Test("a commit skips a change when a later state of the record was followed")
    func overtaken() throws {
        order.endLoading(at: 0)
        try order.commit([alice(1)], after: 0) { order.follow([(alice(2), 2)], to: 2) }
        #expect(numbers == [2])
        #expect(order.followed == 2)
        try order.commit([alice(3), alice(4)], after: 2) { order.follow([(alice(4), 4)], to: 4) }
        #expect(numbers == [2, 4])
        try order.commit([alice(5)], after: 4) {}
        #expect(numbers == [2, 4, 5])
    }

    @Test("an earlier state that was followed during a commit is notified, and then the committed one")
    func before() throws {
        order.endLoading(at: 0)
        try order.commit([alice(2)], after: 1) { order.follow([(alice(1), 1)], to: 1) }
        order.follow([(alice(2), 2)], to: 2)
        #expect(numbers == [1, 2])
        // Another node's change, read before this node's own was notified.
        try order.commit([alice(4)], after: 3) {}
        order.follow([(alice(3), 3)], to: 3)
        order.follow([(alice(4), 4)], to: 4)
        #expect(numbers == [1, 2, 4])
    }

    @Test("a failed commit notifies nothing, and what it changed after all is followed")
    func failed() throws {
        order.endLoading(at: 0)
        #expect(throws: CancellationError.self) {
            try order.commit([alice(1)], after: 0) { throw CancellationError() }
        }
        #expect(numbers == [])
        order.follow([(alice(1), 1)], to: 1)
        #expect(numbers == [1])
        // Its number was assigned to another change before this node knew that its own had failed.
        #expect(throws: CancellationError.self) {
            try order.commit([alice(2)], after: 1) {
                order.follow([(alice(2), 2)], to: 2)
                throw CancellationError()
            }
        }
        #expect(numbers == [1, 2])
    }

    @Test("reloading during a commit keeps the order, and the commit notifies what was not reloaded")
    func reload() throws {
        order.endLoading(at: 0)
        try order.commit([alice(1), .password(alice.id)], after: 0) {
            order.reload(alice(3), at: 3)
            order.follow([], to: 3)
        }
        #expect(numbers == [3, 0])
        try order.commit([alice(5)], after: 4) {
            order.reload(alice(4), at: 4)
            order.follow([], to: 4)
        }
        order.reload(alice(4), at: 4)
        #expect(numbers == [3, 0, 4, 5])
    }

    @Test("changes notified before a load ended may be older than what it read, and are followed again")
    func loading() throws {
        try order.commit([alice(1)], after: 0) {}
        // It read another node's second change without effect, because this node's first had been notified.
        order.endLoading(at: 2)
        #expect(order.followed == 0)
        #expect(order.latest == 2)
        order.follow([(alice(2), 2)], to: 2)
        #expect(numbers == [1, 2])
    }

    @Test("a commit that runs while a load ends is followed where the load may have read it")
    func committingAtTheEnd() throws {
        try order.commit([alice(3)], after: 2) { order.endLoading(at: 4) }
        #expect(order.followed == 2)
        order.follow([(alice(4), 4)], to: 4)
        #expect(numbers == [3, 4])
    }
}

/// A change of that number without a known time.
extension ChangeMark: ExpressibleByIntegerLiteral {
    public init(integerLiteral number: Int64) {
        self.init(number: number, at: nil)
    }
}
