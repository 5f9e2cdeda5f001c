import Ledger
import Sodium
import Synchronization
import Tokens

/// Collects what only the gate sees of misused tokens, and writes an event for each, with the uses.
///
/// There is at most one event a day for each token and kind, whatever the number of nodes, and a limit for all. Noting
/// what was noted before costs two comparisons and takes no lock, since a token that is sent over plain http is sent so
/// each time.
final class MisuseRecorder: Sendable {
    fileprivate struct Note {
        let misuse: TokenMisuse
        let secret: SecretID
        let service: String
        let address: IPAddress?
        /// The other address, of two.
        let other: IPAddress?
        let at: Timestamp

        var key: NoteKey { NoteKey(misuse: misuse, secret: secret) }
    }

    fileprivate struct NoteKey: Hashable {
        let misuse: TokenMisuse
        let secret: SecretID
    }

    fileprivate struct Collected {
        var limit = DailyLimit(MisuseRecorder.limit)
        var waiting: [Note] = []
        var waitingKeys: Set<NoteKey> = []
        /// When each ended secret was first tried.
        var tried: [SecretID: Timestamp] = [:]
        var far = FarUses()
    }

    private let state = Mutex(Collected())
    /// What was noted last, by a hash of the secret and the kind: it is forgotten where two share a place.
    private let noted: [NotedPlace]

    private final class NotedPlace: Sendable {
        let key = Atomic<Int64>(0)
    }

    /// The most events of one day that this node adds, and the most notes that wait to be written.
    static let limit = 200
    private static let waitingLimit = 1000
    /// The most ended secrets of which the first try is remembered.
    fileprivate static let triedLimit = 10_000
    private static let places = 1024

    init() {
        noted = (0..<Self.places).map { _ in NotedPlace() }
    }

    /// Notes a misuse of a secret.
    func note(
        _ misuse: TokenMisuse, of secret: SecretID, at service: String, from address: IPAddress?,
        and other: IPAddress? = nil, at now: Timestamp
    ) {
        var hasher = Hasher()
        hasher.combine(secret)
        hasher.combine(misuse)
        let hash = hasher.finalize()
        // The day makes it new again tomorrow.
        let key = Int64(truncatingIfNeeded: hash) &* 31 &+ now.day
        let place = noted[hash & (Self.places - 1)]
        if place.key.load(ordering: .relaxed) == key { return }
        let note = Note(
            misuse: misuse, secret: secret, service: service, address: address, other: other, at: now)
        state.withLock { state in
            if misuse == .ended, !state.isPersistent(secret, at: now) { return }
            place.key.store(key, ordering: .relaxed)
            guard state.waiting.count < Self.waitingLimit, state.waitingKeys.insert(note.key).inserted else {
                return
            }
            state.waiting.append(note)
        }
    }

    /// Looks for tokens that are used from two far networks at once.
    func look(at uses: [GatheredUse]) {
        for use in uses.sorted(by: { $0.lastAt < $1.lastAt }) {
            guard let address = use.address else { continue }
            let secret = SecretID(number: use.owner)
            let found = state.withLock { $0.far.note(secret, from: address, at: use.lastAt) }
            guard let (here, there) = found else { continue }
            note(.farNetworks, of: secret, at: use.service, from: here, and: there, at: use.lastAt)
        }
    }

    /// Writes the collected events; on an error the rest is kept for the next call.
    func write(to ledger: any TokenLedger & NoticeFactLedger & UseLedger) async throws(LedgerError) {
        while let note = state.withLock({ $0.waiting.first }) {
            try await write(note, to: ledger)
            state.withLock { state in
                if state.waitingKeys.remove(note.key) != nil { state.waiting.removeFirst() }
            }
        }
    }

    private func write(
        _ note: Note, to ledger: any TokenLedger & NoticeFactLedger & UseLedger
    ) async throws(LedgerError) {
        let isWithinLimit = state.withLock { $0.limit.permits(at: note.at) }
        guard isWithinLimit, let token = try await ledger.token(note.secret.alias) else { return }
        if let here = note.address, let there = note.other {
            let uses = try await ledger.uses(
                of: token.id, since: note.at - .days(Int64(LedgerLimits.daysOfUses)))
            let known = uses.filter { $0.lastAt.day < note.at.day }.compactMap { IPAddress($0.address) }
            // Two places where a token is at home are no news.
            if [here, there].allSatisfy({ place in known.contains { place.region.contains($0) } }) { return }
        }
        let mark = SHA256Digest(of: "misused:\(note.misuse.rawValue):\(token.id)")
        let places = note.other.map { ": \(note.address?.description ?? "") and \($0)" } ?? ""
        let event = Event(
            .tokenMisused, at: note.at, actor: nil, subject: token.owner, token: token.id,
            address: note.address?.description ?? "",
            detail: "\(token.name): \(note.misuse.words(at: note.service))\(places)")
        if try await ledger.add(event, once: mark, until: note.at + .days(1), at: note.at) {
            state.withLock { $0.limit.add() }
        }
    }
}

extension MisuseRecorder.Collected {
    /// Whether an ended secret was tried before, long enough ago.
    fileprivate mutating func isPersistent(_ secret: SecretID, at now: Timestamp) -> Bool {
        guard let first = tried[secret], !first.isAhead(of: now) else {
            if tried.count >= MisuseRecorder.triedLimit { tried = [:] }
            tried[secret] = now
            return false
        }
        return now >= first + TokenMisuse.persistence
    }
}
