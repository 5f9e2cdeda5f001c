import Ledger
import Sodium
import Synchronization
import Tokens

/// Collects tries of decoys, and tells of them within a second.
///
/// There is at most one event a day for each decoy, network and client, whatever the number of nodes, and a limit for each
/// decoy, so that who tries one from everywhere does not hide another.
final class DecoyRecorder: Sendable {
    /// What is the same in many tries of a decoy.
    fileprivate struct Place: Hashable {
        let service: String
        let address: IPAddress?
        let userAgent: [UInt8]
    }

    fileprivate struct Tally {
        var count = 0
        var lastAt: Timestamp
    }

    /// What is told at most once a day.
    fileprivate struct Matter: Hashable {
        let decoy: TokenID
        let network: IPAddress?
        let client: String
    }

    fileprivate struct Waiting {
        var tries: [TokenID: [Place: Tally]] = [:]
        /// Tries that are in the ledger, and still to be told.
        var untold: [Matter: DecoyTry] = [:]
        var limits: [TokenID: DailyLimit] = [:]
    }

    private let waiting = Mutex(Waiting())

    /// The most events of one decoy that this node adds in one day.
    static let eventLimit = 50
    /// The most places of one decoy that wait to be written, and the most bytes that are kept of a user agent.
    static let placeLimit = 1000
    private static let agentLimit = 400

    /// Counts one try.
    func record(
        _ decoy: TokenID, service: String, address: IPAddress?, userAgent: Span<UInt8>, at now: Timestamp
    ) {
        let agent = userAgent.extracting(first: Self.agentLimit).copied
        let place = Place(service: service, address: address, userAgent: agent)
        waiting.withLock { $0.add(Tally(count: 1, lastAt: now), of: decoy, at: place) }
    }

    /// Writes what was collected, and tells of it. On an error, what was not written or told is kept for the next call.
    func write(
        to ledger: any DecoyLedger & NoticeFactLedger, format: TokenFormat
    ) async throws(LedgerError) {
        let gathered = waiting.withLock { waiting in
            defer { waiting.tries = [:] }
            return waiting.tries
        }
        if !gathered.isEmpty { try await record(gathered, in: ledger, format: format) }
        while let (matter, one) = waiting.withLock({ $0.untold.first }) {
            try await tell(of: one, matter, in: ledger)
            waiting.withLock { _ = $0.untold.removeValue(forKey: matter) }
        }
    }

    private func record(
        _ gathered: [TokenID: [Place: Tally]], in ledger: any DecoyLedger, format: TokenFormat
    ) async throws(LedgerError) {
        var clients = ClientNames(format: format)
        var tries: [(one: DecoyTry, matter: Matter)] = []
        for (decoy, places) in gathered {
            for (place, tally) in places {
                let client = clients.name(of: String(decoding: place.userAgent, as: UTF8.self))
                let one = DecoyTry(
                    decoy, at: tally.lastAt, service: place.service,
                    address: place.address?.description ?? "", client: client, count: tally.count)
                tries.append(
                    (one, Matter(decoy: decoy, network: place.address?.network, client: client)))
            }
        }
        do {
            try await ledger.record(tries: tries.map(\.one))
        } catch {
            waiting.withLock { waiting in
                for (decoy, places) in gathered {
                    for (place, tally) in places { waiting.add(tally, of: decoy, at: place) }
                }
            }
            throw error
        }
        waiting.withLock { waiting in
            for (one, matter) in tries where waiting.mayTell(of: one) { waiting.untold[matter] = one }
        }
    }

    private func tell(
        of one: DecoyTry, _ matter: Matter, in ledger: any DecoyLedger & NoticeFactLedger
    ) async throws(LedgerError) {
        guard waiting.withLock({ $0.mayTell(of: one) }), let decoy = try await ledger.decoy(one.decoy) else {
            return
        }
        let place = "\(matter.network?.description ?? "") \(one.client)"
        let mark = SHA256Digest(of: "decoy:\(one.decoy):\(place)")
        let client = one.client.isEmpty ? "an unknown client" : one.client
        let event = Event(
            .decoyTried, at: one.at, actor: nil, subject: decoy.owner, token: decoy.id,
            address: one.address, detail: "\(decoy.name), tried at \(one.service) by \(client)")
        if try await ledger.add(event, once: mark, until: one.at + .days(1), at: one.at) {
            waiting.withLock { $0.limits[one.decoy]?.add() }
        }
    }
}

extension DecoyRecorder.Waiting {
    /// Adds tries, unless the decoy has too many places.
    fileprivate mutating func add(
        _ tally: DecoyRecorder.Tally, of decoy: TokenID, at place: DecoyRecorder.Place
    ) {
        guard let known = tries[decoy]?[place] else {
            if tries[decoy]?.count ?? 0 < DecoyRecorder.placeLimit {
                tries[decoy, default: [:]][place] = tally
            }
            return
        }
        tries[decoy]?[place] = DecoyRecorder.Tally(
            count: known.count + tally.count, lastAt: max(known.lastAt, tally.lastAt))
    }

    /// Whether an event of the decoy may be added on that day.
    fileprivate mutating func mayTell(of one: DecoyTry) -> Bool {
        limits[one.decoy, default: DailyLimit(DecoyRecorder.eventLimit)].permits(at: one.at)
    }
}
