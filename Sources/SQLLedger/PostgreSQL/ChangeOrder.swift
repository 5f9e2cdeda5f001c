internal import Ledger
internal import Synchronization
internal import Tokens

/// Has the observer see each record's states in their order, whichever way they come: this node's own
/// changes as it makes them, and everybody's as they are followed.
///
/// What is followed or loaded are records as they are at one moment, which the number of the latest change
/// names, the *head*. An own change is known here from before it is committed until it is told. So whoever
/// tells what was read at a head knows of each own change up to that head: it was told before, or it is told
/// with this, as the record is by then, and by its own commit no more. Records that this node changed beyond
/// the head are passed over.
///
/// Nothing is held while a commit runs: one that hangs has this node neither wait nor miss anything.
final class ChangeOrder: Sendable {
    fileprivate struct State {
        /// All changes up to this number were told; `nil` before following begins.
        var followed: Int64?
        /// The latest own change of each record that is not covered by what was followed.
        var own: [ChangedRecord: Int64] = [:]
        /// The same of the one commit that runs, of records that nobody told since it began.
        var committing: [ChangedRecord: Int64] = [:]
        /// The latest change that was followed, loaded or made here.
        var known: ChangeMark?
        /// Whether another change was found under the number of one that was known.
        var isSevered = false
    }

    private let state = Mutex(State())
    /// The latest head that was told or loaded; negative for `nil`.
    private let told = Atomic<Int64>(-1)
    private let observer: @Sendable (Change) -> Void

    init(observer: @escaping @Sendable (Change) -> Void) {
        self.observer = observer
    }

    /// After which number there may be changes that are to be told; `nil` before following begins.
    var followed: Int64? { state.withLock(\.followed) }

    /// The latest change that was followed, loaded or made here: what is asked for together with anything that
    /// is to be followed, or made, so that ``check(_:of:)`` can tell whether it is there.
    var known: ChangeMark? { state.withLock(\.known) }

    /// Whether what was read goes on from what is known here. Whatever was made or revoked since a restore, or
    /// was lost by it, this node cannot learn; neither when the changes have grown beyond what it knew.
    /// - Throws: ``LedgerError/failed(reason:)``, from then on always where the history is another one.
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

    /// What to say where the history is another one.
    static let isSevered = LedgerError.failed(
        reason: "the database is not the one that this node knows, as after a restore, or after a failover "
            + "that lost changes: restart Jeton")

    /// The latest head that was told or loaded; `nil` before. Waits for nobody.
    var latest: Int64? {
        let told = told.load(ordering: .relaxed)
        return told < 0 ? nil : told
    }

    /// Commits, and tells of the changes that it makes last, numbered from the one after `number`, all made at
    /// `moment` by the database's clock. One commit runs at a time.
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

    /// Tells of records as they are at `head`, each with the number of its latest change. Those that this
    /// node changed itself were told then.
    func follow(_ records: [(change: Change, number: Int64)], to head: ChangeMark) {
        state.withLock { state in
            for (change, number) in records where state.own[change.record, default: 0] < number {
                state.tells(change.record, at: number)
                observer(change)
            }
            state.followed = head.number
            state.knows(head)
            // Almost always there are none: they are the own changes of the last moments.
            state.own = state.own.filter { $0.value > head.number }
        }
        told.max(head.number, ordering: .relaxed)
    }

    /// To be called after all was loaded as it is at `head`. Following begins where the first load ended, or
    /// before what this node changed until then: that may have been told after something newer was read.
    func endLoading(at head: ChangeMark) {
        state.withLock { state in
            guard state.followed == nil else { return }
            let first = (Array(state.own.values) + state.committing.values).min() ?? .max
            state.followed = min(head.number, first - 1)
            state.knows(head)
            told.max(head.number, ordering: .relaxed)
        }
    }

    /// Tells of a record as it is at `head`, while following, when not all changes are kept that lie between.
    func reload(_ change: Change, at head: Int64) {
        state.withLock { state in
            guard state.own[change.record, default: 0] <= head else { return }
            state.tells(change.record, at: head)
            observer(change)
        }
    }
}

extension ChangeOrder.State {
    fileprivate mutating func knows(_ mark: ChangeMark) {
        if mark.number > known?.number ?? -1 { known = mark }
    }

    /// To be called when a record is told as it is after the change of that number. A commit that made an
    /// earlier one has nothing more to tell of it.
    fileprivate mutating func tells(_ record: ChangedRecord, at number: Int64) {
        if committing[record, default: .max] <= number { committing[record] = nil }
    }
}
