internal import Synchronization
internal import Tokens

/// Has the observer see each record's states in their order, whichever way they come: this node's own
/// changes as it makes them, and everybody's as they are followed.
///
/// What is followed or loaded are records as they are at one moment, which the number of the latest change
/// names, the *head*. Own changes are told within the same lock under which they were committed. So whoever
/// tells what was read at a head tells it after all own changes up to that head, and has only to pass over
/// the records that this node changed beyond it.
final class ChangeOrder: Sendable {
    fileprivate struct State {
        /// All changes up to this number were told; `nil` before following begins.
        var followed: Int64?
        /// The latest own change of each record that is not covered by what was followed.
        var own: [ChangedRecord: Int64] = [:]
        /// How many loads run, the first of which is where following begins.
        var loads = 0
    }

    private let state = Mutex(State())
    /// ``followed``, for who must not wait for a commit; negative for `nil`.
    private let told = Atomic<Int64>(-1)
    private let observer: @Sendable (Change) -> Void

    init(observer: @escaping @Sendable (Change) -> Void) {
        self.observer = observer
    }

    /// How far was followed; `nil` before following begins.
    var followed: Int64? { state.withLock(\.followed) }

    /// How far was followed a moment ago at least. Waits for nobody.
    var latest: Int64? {
        let told = told.load(ordering: .relaxed)
        return told < 0 ? nil : told
    }

    /// Commits, and tells of the changes that it makes last, numbered from the one after `number`.
    func commit(_ changes: [Change], after number: Int64, _ commit: () throws -> Void) throws {
        guard !changes.isEmpty else { return try commit() }
        try state.withLock { state in
            try commit()
            for (index, change) in changes.enumerated() {
                if state.followed != nil || state.loads > 0 {
                    state.own[change.record] = number + 1 + Int64(index)
                }
                observer(change)
            }
        }
    }

    /// Tells of records as they are at `head`, each with the number of its latest change. Those that this
    /// node changed itself were told then.
    func follow(_ records: [(change: Change, number: Int64)], to head: Int64) {
        state.withLock { state in
            for (change, number) in records where state.own[change.record, default: 0] < number {
                observer(change)
            }
            state.follow(to: head)
        }
        told.max(head, ordering: .relaxed)
    }

    /// To be called before a load begins, which like following has to know what is newer than what it reads.
    func beginLoading() {
        state.withLock { $0.loads += 1 }
    }

    /// To be called after all was loaded, or not (`nil`). Following begins where the first load ended.
    func endLoading(at head: Int64?) {
        state.withLock { state in
            state.loads -= 1
            if let head, state.followed == nil {
                state.follow(to: head)
                told.max(head, ordering: .relaxed)
            }
            if state.followed == nil, state.loads == 0 { state.own = [:] }
        }
    }

    /// Tells of a record as it is at `head`, while following, when not all changes are kept that lie between.
    func reload(_ change: Change, at head: Int64) {
        state.withLock { state in
            if state.own[change.record, default: 0] <= head { observer(change) }
        }
    }
}

extension ChangeOrder.State {
    fileprivate mutating func follow(to head: Int64) {
        followed = head
        // Almost always there are none: they are the own changes of the last moments.
        own = own.filter { $0.value > head }
    }
}
