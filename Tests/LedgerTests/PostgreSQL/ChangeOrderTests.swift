import Testing
import Tokens

@testable import Ledger
@testable import SQLLedger

@Suite("The order in which a node tells of changes") struct ChangeOrderTests {
    private let told = Told()
    private let order: ChangeOrder
    private let alice: Subject

    init() throws {
        order = ChangeOrder(observer: told.append)
        alice = Subject(id: .next(at: .noon), login: try Login("alice"), createdAt: .noon)
    }

    /// Alice after a change of that number.
    private func alice(_ number: Int64) -> Change {
        var alice = alice
        alice.suspendedAt = Timestamp(milliseconds: number)
        return .subject(alice)
    }

    /// After which changes of hers she was told of; 0 for her password.
    private var numbers: [Int64] {
        told.changes.map { change in
            if case .subject(let subject) = change { subject.suspendedAt?.milliseconds ?? -1 } else { 0 }
        }
    }

    @Test("what was followed beyond a commit that runs is not told again as it was")
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

    @Test("what was followed up to before a commit that runs is told, and then what that made last")
    func before() throws {
        order.endLoading(at: 0)
        try order.commit([alice(2)], after: 1) { order.follow([(alice(1), 1)], to: 1) }
        order.follow([(alice(2), 2)], to: 2)
        #expect(numbers == [1, 2])
        // Somebody else's, read before this node's own was told.
        try order.commit([alice(4)], after: 3) {}
        order.follow([(alice(3), 3)], to: 3)
        order.follow([(alice(4), 4)], to: 4)
        #expect(numbers == [1, 2, 4])
    }

    @Test("a commit that failed has changed nothing that is told, and what it did make last is followed")
    func failed() throws {
        order.endLoading(at: 0)
        #expect(throws: CancellationError.self) {
            try order.commit([alice(1)], after: 0) { throw CancellationError() }
        }
        #expect(numbers == [])
        order.follow([(alice(1), 1)], to: 1)
        #expect(numbers == [1])
        // Its number was given to another, before this node knew that it had failed.
        #expect(throws: CancellationError.self) {
            try order.commit([alice(2)], after: 1) {
                order.follow([(alice(2), 2)], to: 2)
                throw CancellationError()
            }
        }
        #expect(numbers == [1, 2])
    }

    @Test("what is read again while a commit runs is told in its order, and what is not read again by that")
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

    @Test("what was told before a load had ended may be older than what that read, and is followed again")
    func loading() throws {
        try order.commit([alice(1)], after: 0) {}
        // It read another node's second change, and made nothing of it: this node's first had been told.
        order.endLoading(at: 2)
        #expect(order.followed == 0)
        #expect(order.latest == 2)
        order.follow([(alice(2), 2)], to: 2)
        #expect(numbers == [1, 2])
    }

    @Test("a commit that runs while a load ends is followed, if that may have read it")
    func committingAtTheEnd() throws {
        try order.commit([alice(3)], after: 2) { order.endLoading(at: 4) }
        #expect(order.followed == 2)
        order.follow([(alice(4), 4)], to: 4)
        #expect(numbers == [3, 4])
    }
}

/// A change of that number, as if nobody had kept when it was made.
extension ChangeMark: ExpressibleByIntegerLiteral {
    public init(integerLiteral number: Int64) {
        self.init(number: number, at: nil)
    }
}
