import Ledger
import Sodium
import Synchronization
import Tokens

/// Collects tries of decoys, and tells of them within a second.
///
/// There is at most one event a day for each decoy, network and client, whatever the number of nodes, and a limit for each
/// decoy, so that who tries one from everywhere does not hide another.
final class DecoyRecorder: Sendable {
    /// What is the same in many tries.
    private struct Place: Hashable {
        let decoy: TokenID
        let service: String
        let address: IPAddress?
        let userAgent: [UInt8]
    }

    private struct Waiting {
        var tries: [Place: (count: Int, lastAt: Timestamp)] = [:]
        var day: Int64 = 0
        var events: [TokenID: Int] = [:]
    }

    private let waiting = Mutex(Waiting())

    /// The most events of one decoy that this node adds in one day.
    static let eventLimit = 50
    /// The most places that wait to be written, and the most bytes that are kept of a user agent.
    private static let placeLimit = 1000, agentLimit = 400

    /// Counts one try.
    func record(
        _ decoy: TokenID, service: String, address: IPAddress?, userAgent: Span<UInt8>, at now: Timestamp
    ) {
        let agent = userAgent.extracting(first: Self.agentLimit).copied
        let place = Place(decoy: decoy, service: service, address: address, userAgent: agent)
        waiting.withLock { waiting in
            guard waiting.tries[place] != nil || waiting.tries.count < Self.placeLimit else { return }
            let known = waiting.tries[place]
            waiting.tries[place] = ((known?.count ?? 0) + 1, max(known?.lastAt ?? now, now))
        }
    }

    /// Writes what was collected; on an error it is kept for the next call.
    func write(
        to ledger: any DecoyLedger & AttemptLedger & EventLedger, format: TokenFormat
    ) async throws(LedgerError) {
        let gathered = waiting.withLock { waiting in
            defer { waiting.tries = [:] }
            return waiting.tries
        }
        guard !gathered.isEmpty else { return }
        var clients = ClientNames(format: format)
        let tries: [(one: DecoyTry, network: IPAddress?)] = gathered.map { place, counted in
            (
                one: DecoyTry(
                    place.decoy, at: counted.lastAt, service: place.service,
                    address: place.address?.description ?? "",
                    client: clients.name(of: String(decoding: place.userAgent, as: UTF8.self)),
                    count: counted.count), network: place.address?.network
            )
        }
        do {
            try await ledger.record(tries: tries.map(\.one))
        } catch {
            waiting.withLock { waiting in waiting.tries.merge(gathered) { new, _ in new } }
            throw error
        }
        for (one, network) in tries { try await tell(of: one, network: network, in: ledger) }
    }

    private func tell(
        of one: DecoyTry, network: IPAddress?, in ledger: any DecoyLedger & AttemptLedger & EventLedger
    ) async throws(LedgerError) {
        let isWithinLimit = waiting.withLock { waiting in
            if waiting.day != one.at.day { (waiting.day, waiting.events) = (one.at.day, [:]) }
            return waiting.events[one.decoy, default: 0] < Self.eventLimit
        }
        guard isWithinLimit, let decoy = try await ledger.decoy(one.decoy) else { return }
        let place = "\(network?.description ?? "") \(one.client)"
        let mark = SHA256Digest(of: Array("decoy:\(one.decoy):\(place)".utf8).span)
        guard try await ledger.use(mark, until: one.at + .days(1), at: one.at) else { return }
        waiting.withLock { $0.events[one.decoy, default: 0] += 1 }
        let client = one.client.isEmpty ? "an unknown client" : one.client
        try await ledger.add(
            Event(
                .decoyTried, at: one.at, actor: nil, subject: decoy.owner, token: decoy.id,
                address: one.address, detail: "\(decoy.name), tried at \(one.service) by \(client)"))
    }
}
