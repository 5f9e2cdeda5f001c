internal import Ledger
internal import Synchronization
internal import Tokens

/// Notifies the observer of each record's states in order, from two sources: the changes that this node
/// commits, and the changes of all nodes that it follows.
///
/// Records that are followed or loaded are read at a *head*: the number of the latest change at that moment.
/// These rules keep the order (`docs/decisions/0024-changes.md`):
///
/// 1. A node notes the numbers of its own changes before it commits them, and notifies them after the commit.
/// 2. A record that was read with an own change whose commit has not returned yet is notified as it was read;
///    the commit then skips it.
/// 3. A record that was read is skipped where this node has notified an equal or later change of it.
///
/// For example, this node commits change 8 of a token. Where a query then returns the token as of change 7, rule
/// 3 skips that. Where a query returns it as of change 9 while the commit of 8 still runs, rule 2 notifies 9,
/// and the commit skips 8.
///
/// No lock is held during a commit, so a commit that hangs does not stop following.
final class ChangeOrder: Sendable {
    fileprivate struct OrderState {
        /// All changes up to this number were notified; `nil` before following begins.
        var followed: Int64?
        /// The number of this node's latest change of each record, unless what was followed covers it.
        var own: [ChangedRecord: Int64] = [:]
        /// The same for the commit in progress, without records that were notified since it began.
        var committing: [ChangedRecord: Int64] = [:]
        /// The latest change that was followed, loaded or committed here.
        var known: ChangeMark?
        /// Whether a known number turned out to belong to another change.
        var isSevered = false
    }

    private let state = Mutex(OrderState())
    /// The latest head that was notified or loaded; negative for `nil`.
    private let told = Atomic<Int64>(-1)
    private let observer: @Sendable (Change) -> Void

    init(observer: @escaping @Sendable (Change) -> Void) {
        self.observer = observer
    }

    /// The number after which changes are still to be followed; `nil` before following begins.
    var followed: Int64? { state.withLock(\.followed) }

    /// The latest change that was followed, loaded or committed here. Queries ask for it too, so that
    /// ``check(_:of:)`` can tell whether the database still has it.
    var known: ChangeMark? { state.withLock(\.known) }

    /// Checks that what was read continues the history that this node knows. After a restore, or a failover
    /// that lost changes, the node cannot learn what differs, not even when the numbers have grown past those
    /// it knew.
    /// - Throws: ``LedgerError/failed(reason:)``; on another history, every later call throws it, too.
    func check(_ head: Changes.Head, of known: ChangeMark?) throws(LedgerError) {
        guard let known else { return }
        let goesOn = state.withLock { state in
            if let found = head.known, found != known.at { state.isSevered = true }
            return !state.isSevered && head.latest.number >= known.number
        }
        guard goesOn else {
            throw Self.isSevered
        }
    }

    /// The error for another history.
    static let isSevered = LedgerError.failed(
        reason: "the database lacks changes that this node has seen, as after a restore or a failover that "
            + "lost changes: restart Jeton")

    /// The latest head that was notified or loaded; `nil` before. Takes no lock.
    var latest: Int64? {
        let told = told.load(ordering: .relaxed)
        return told < 0 ? nil : told
    }

    /// Commits, then notifies the observer of `changes`, which have the numbers after `number` and were made
    /// at `moment` by the database's clock. Only one commit runs at a time.
    func commit(
        _ changes: [Change], after number: Int64, at moment: Int64? = nil, _ commit: () throws -> Void
    ) throws {
        let numbered = changes.enumerated().map { (change: $1, number: number + 1 + Int64($0)) }
        state.withLock { state in
            for (change, number) in numbered { state.committing[change.record] = number }
        }
        let outcome = Result(catching: commit)
        state.withLock { state in
            defer { state.committing = [:] }
            guard case .success = outcome else { return }
            if let last = numbered.last { state.knows(ChangeMark(number: last.number, at: moment)) }
            for (change, number) in numbered where state.committing[change.record] != nil {
                state.own[change.record] = number
                observer(change)
            }
        }
        try outcome.get()
    }

    /// Notifies the observer of records as they are at `head`, each with the number of its latest change.
    /// Later changes of this node win.
    func follow(_ records: [(change: Change, number: Int64)], to head: ChangeMark) {
        state.withLock { state in
            for (change, number) in records where state.own[change.record, default: 0] < number {
                state.tells(change.record, at: number)
                observer(change)
            }
            state.followed = head.number
            state.knows(head)
            // It is nearly always empty: it contains this node's changes of the last moments.
            state.own = state.own.filter { $0.value > head.number }
        }
        told.max(head.number, ordering: .relaxed)
    }

    /// Call this after everything was loaded at `head`. Following begins there after the first load, or
    /// before the earliest change that this node made during it: that change may have been notified after a
    /// newer record was read.
    func endLoading(at head: ChangeMark) {
        state.withLock { state in
            guard state.followed == nil else { return }
            let first = (Array(state.own.values) + state.committing.values).min() ?? .max
            state.followed = min(head.number, first - 1)
            state.knows(head)
            told.max(head.number, ordering: .relaxed)
        }
    }

    /// Notifies the observer of a record at `head` when the changes in between are no longer kept.
    func reload(_ change: Change, at head: Int64) {
        state.withLock { state in
            guard state.own[change.record, default: 0] <= head else { return }
            state.tells(change.record, at: head)
            observer(change)
        }
    }
}

extension ChangeOrder.OrderState {
    fileprivate mutating func knows(_ mark: ChangeMark) {
        if mark.number > known?.number ?? -1 { known = mark }
    }

    /// Call this when a record is notified as it is after the change of that number: the commit of an earlier
    /// change of it then skips it.
    fileprivate mutating func tells(_ record: ChangedRecord, at number: Int64) {
        if committing[record, default: .max] <= number { committing[record] = nil }
    }
}
