import Ledger
import Sodium
import Synchronization
import Tokens

/// Collects the refusals of known secrets, and writes them with the uses.
///
/// A secret that is used after its end, because its token was rotated, also adds an event: somebody still has the old
/// secret, or has stolen it. There is at most one event a day for each secret, network and client, whatever the number
/// of nodes, and a limit for all.
final class RefusalRecorder: Sendable {
    private let counter = UseCounter(shards: 0)
    private let alarms = Mutex(DailyLimit(RefusalRecorder.alarmLimit))

    /// The most events of reused secrets that this node adds in one day.
    static let alarmLimit = 200

    /// Counts one refusal.
    func record(
        _ secret: SecretID, _ denial: Denial, service: String, address: IPAddress?, userAgent: Span<UInt8>,
        access: AccessSet, at now: Timestamp
    ) {
        // Neither the name of a denial nor that of a service contains a space.
        let place = Array("\(denial.rawValue) \(service)".utf8)
        counter.add(
            secret.number, service: place.span, address: address, userAgent: userAgent, at: now,
            access: access, shard: nil)
    }

    /// Writes what was collected; on an error it is kept for the next call.
    func write(
        to ledger: any RefusalLedger & TokenLedger & NoticeFactLedger, _ clients: inout ClientNames
    ) async throws(LedgerError) {
        let gathered = counter.take()
        guard !gathered.isEmpty else { return }
        let refusals = gathered.map { (refusal: $0.refusal(&clients), network: $0.address?.network) }
        do {
            try await ledger.record(refusals: refusals.compactMap(\.refusal))
            counter.count(written: gathered)
        } catch {
            counter.keep(gathered)
            throw error
        }
        for (refusal, network) in refusals {
            guard let refusal, refusal.denial.isReuse else { continue }
            try await alarm(refusal, network: network, in: ledger)
        }
    }

    private func alarm(
        _ refusal: RefusedUse, network: IPAddress?,
        in ledger: any RefusalLedger & TokenLedger & NoticeFactLedger
    ) async throws(LedgerError) {
        let isWithinLimit = alarms.withLock { $0.permits(at: refusal.use.lastAt) }
        // Where the whole token has ended, its previous secret is no news.
        guard isWithinLimit, let token = try await ledger.token(refusal.use.secret.alias),
            token.isWorking(at: refusal.use.lastAt)
        else { return }
        let place = "\(network?.description ?? "") \(refusal.use.client)"
        let mark = SHA256Digest(of: "reused:\(refusal.use.secret):\(place)")
        let event = Event(
            .secretReused, at: refusal.use.lastAt, actor: nil, subject: token.owner, token: token.id,
            address: refusal.use.address,
            detail: "\(token.name), a previous secret at \(refusal.use.service) by \(refusal.use.client)")
        let until = refusal.use.lastAt + .days(1)
        if try await ledger.add(event, once: mark, until: until, at: refusal.use.lastAt) {
            alarms.withLock { $0.add() }
        }
    }
}

extension Denial {
    /// Whether a secret was presented after its end.
    fileprivate var isReuse: Bool { self == .previousSecretRevoked || self == .previousSecretExpired }
}

extension GatheredUse {
    /// The refusal that was counted under the name of a denial and a service.
    fileprivate func refusal(_ clients: inout ClientNames) -> RefusedUse? {
        let words = service.split(separator: " ", maxSplits: 1)
        guard let denial = words.first.flatMap({ Denial(rawValue: String($0)) }) else { return nil }
        let use = Use(
            secret: SecretID(number: owner), service: words.count > 1 ? String(words[1]) : "",
            address: address?.description ?? "", client: clients.name(of: userAgent), lastAt: lastAt,
            count: count, access: access)
        return RefusedUse(use, denial)
    }
}
