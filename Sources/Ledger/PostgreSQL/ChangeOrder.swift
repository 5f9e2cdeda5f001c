internal import Synchronization
internal import Tokens

/// Has the observer see each record's states in their order, whichever way they come: this node's own
/// changes as it makes them, and everybody's as they are followed.
///
/// A change's number is given out under the row that counts them, so that of two changes of one record the
/// one with the higher number is the later. What is followed are not changes but records as they are at the
/// moment of a number, the *head*: they hold all that was changed up to it. So an own change is old news
/// where its number is not beyond the head that was followed last, and a followed record is old news where
/// this node made a change of it beyond the head.
final class ChangeOrder: Sendable {
    private struct State {
        /// All changes up to this number were told; `nil` before following begins.
        var followed: Int64?
        /// The latest own change of each record that was told and is not covered by what was followed.
        var own: [ChangedRecord: Int64] = [:]
        /// How many loads run. Like following they have to know what is newer than what they read.
        var loads = 0

        mutating func follow(to head: Int64) {
            followed = head
            // Almost always there are none: they are the own changes of the last moments.
            own = own.filter { $0.value > head }
        }
    }

    private let state = Mutex(State())
    private let observer: @Sendable (Change) -> Void

    init(observer: @escaping @Sendable (Change) -> Void) {
        self.observer = observer
    }

    /// How far was followed; `nil` before following begins.
    var followed: Int64? { state.withLock(\.followed) }

    /// Tells of changes that this node made, numbered from the one after `number`.
    func made(_ changes: [Change], after number: Int64) {
        state.withLock { state in
            for (index, change) in changes.enumerated() {
                let number = number + 1 + Int64(index)
                if let followed = state.followed, number <= followed { continue }
                if state.followed != nil || state.loads > 0 { state.own[change.record] = number }
                observer(change)
            }
        }
    }

    /// Tells of records as they are at `head`, each with the number of its latest change.
    func follow(_ records: [(change: Change, number: Int64)], to head: Int64) {
        state.withLock { state in
            for (change, number) in records where state.own[change.record, default: 0] < number {
                observer(change)
            }
            state.follow(to: head)
        }
    }

    /// Before anything is read that ``load(_:at:into:)`` is told.
    func beginLoading() {
        state.withLock { $0.loads += 1 }
    }

    /// Hands records as they are at `head` to `observer`, but for those that this node has changed since.
    func load(_ records: [Change], at head: Int64, into observer: (Change) -> Void) {
        state.withLock { state in
            for change in records where state.own[change.record, default: 0] <= head { observer(change) }
        }
    }

    /// After all was loaded, or not (`nil`). Following begins where the first load ended.
    func endLoading(at head: Int64?) {
        state.withLock { state in
            state.loads -= 1
            if let head, state.followed == nil { state.follow(to: head) }
            if state.followed == nil, state.loads == 0 { state.own = [:] }
        }
    }
}
