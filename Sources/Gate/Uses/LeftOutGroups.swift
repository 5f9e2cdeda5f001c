import Ledger
import Sodium
import Synchronization
import Tokens

/// Remembers of whom a service was told some groups alone, until that is an event.
///
/// A person is one event a day, on however many nodes, and only so many people are: an office in which
/// everybody is in many groups must not bury all other events. Nothing here is asked by a request whose grant
/// is known.
final class LeftOutGroups: Sendable {
    private struct Note {
        let owner: SubjectID
        let detail: String
        let at: Timestamp
    }

    private struct State {
        var day: Timestamp?
        var known: Set<SubjectID> = []
        var waiting: [Note] = []
    }

    private let state = Mutex(State())

    /// The most people of whom there is an event within a day.
    static let limit = 50
    private static let span = TimeSpan.days(1)

    /// Takes in that `told` is all that the service was told of `owner`.
    func note(_ told: ToldGroups, of owner: SubjectID, at service: Service, _ now: Timestamp) {
        state.withLock { state in
            // A day that begins in the future is none: the clock was ahead.
            if !(state.day?.isWithin(Self.span, before: now) ?? false) {
                state.day = now
                state.known = []
            }
            guard state.known.count < Self.limit, state.known.insert(owner).inserted else { return }
            let detail =
                "\(service.name): \(told.left) did not fit; services.\(service.name).tell_groups names those it needs"
            state.waiting.append(Note(owner: owner, detail: detail, at: now))
        }
    }

    /// Writes the events that wait. Where the ledger fails they wait for the next time.
    func write(to ledger: any AttemptLedger & EventLedger) async throws(LedgerError) {
        while let note = state.withLock({ $0.waiting.first }) {
            let mark = SHA256Digest(of: Array("groups-left-out:\(note.owner)".utf8).span)
            if try await ledger.use(mark, until: note.at + Self.span, at: note.at) {
                try await ledger.add(
                    Event(.groupsLeftOut, at: note.at, actor: nil, subject: note.owner, detail: note.detail))
            }
            state.withLock { _ = $0.waiting.removeFirst() }
        }
    }
}
