import Ledger
import Sodium
import Synchronization
import Tokens

/// Collects the people whose groups did not all fit into `Remote-Groups`, and writes an event for each.
///
/// There is at most one event a day for each person, whatever the number of nodes, and a limit for all people, so
/// that an organisation in which everybody has many groups does not drown out other events. Cached grants never come
/// here.
final class PartialGroups: Sendable {
    private struct Note {
        let owner: SubjectID
        let detail: String
        let at: Timestamp
    }

    private struct Collected {
        var day: Timestamp?
        var known: Set<SubjectID> = []
        var waiting: [Note] = []
    }

    private let state = Mutex(Collected())

    /// The most people with an event in one day.
    static let limit = 50
    private static let span = TimeSpan.days(1)

    /// Notes that `header` lacks groups of `owner`.
    func note(_ header: GroupsHeader, of owner: SubjectID, at service: Service, _ now: Timestamp) {
        state.withLock { state in
            // A day that starts in the future means that the clock was set back.
            if !(state.day?.isWithin(Self.span, before: now) ?? false) {
                state.day = now
                state.known = []
            }
            guard state.known.count < Self.limit, state.known.insert(owner).inserted else { return }
            let detail =
                "\(service.name): \(header.left) did not fit; services.\(service.name).tell_groups names those it needs"
            state.waiting.append(Note(owner: owner, detail: detail, at: now))
        }
    }

    /// Writes the collected events; on an error the rest is kept for the next call.
    func write(to ledger: any AttemptLedger & EventLedger) async throws(LedgerError) {
        while let note = state.withLock({ $0.waiting.first }) {
            let mark = SHA256Digest(of: "groups-left-out:\(note.owner)")
            if try await ledger.use(mark, until: note.at + Self.span, at: note.at) {
                try await ledger.add(
                    Event(.groupsLeftOut, at: note.at, actor: nil, subject: note.owner, detail: note.detail))
            }
            state.withLock { _ = $0.waiting.removeFirst() }
        }
    }
}
