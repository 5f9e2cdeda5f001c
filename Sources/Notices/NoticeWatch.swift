import Desk
import Ledger
import Sodium
import Tokens

/// Finds what no change tells of, because time makes it, and keeps an event of each: expiries, uses, refusals, and what is
/// wrong with the server itself. Each is said once, whatever the number of nodes.
struct NoticeWatch: Sendable {
    typealias Roles = NoticeFactLedger & TokenLedger & UseLedger

    let ledger: any Roles
    let settings: NoticeSettings
    let clock: Clock

    /// The most that one question to the ledger returns.
    private static let most = 2000

    // MARK: Every minute

    /// Looks at uses and refusals.
    func lookAtUses() async throws(LedgerError) {
        let now = clock.now
        // Uses are written a little after they happen: also those from before midnight.
        for day in Set([now.day, (now - .minutes(10)).day]) {
            for new in try await ledger.newNetworks(on: day, limit: Self.most) {
                try await say(
                    .tokenNewNetwork, of: new.token,
                    detail: "\(new.network), at \(new.service) by \(new.client)",
                    address: new.address, once: "network \(new.token) \(day)", for: .days(2), at: now)
            }
        }
        for ending in try await ledger.previousSecretsInUse(
            endingWithin: .days(1), at: now, limit: Self.most)
        {
            try await say(
                .previousSecretUsed, of: ending.token, detail: "ends at \(ending.endsAt.rfc3339)",
                once: "previous \(ending.secret) \(ending.endsAt.milliseconds)", for: .days(2), at: now)
        }
        for day in Set([now.day, (now - .minutes(10)).day]) {
            for burst in try await ledger.refusalBursts(
                on: day, atLeast: NoticeSettings.burst, limit: Self.most)
            {
                let place = "\(burst.reason), mostly at \(burst.service) by \(burst.client)"
                try await say(
                    .refusalBurst, of: burst.token, detail: "\(burst.count) times, \(place)",
                    address: burst.address, once: "burst \(burst.token)", for: .days(7), at: now)
            }
        }
    }

    private func say(
        _ kind: Event.Kind, of id: TokenID, detail: String, address: String = "", once: String,
        for span: TimeSpan, at now: Timestamp
    ) async throws(LedgerError) {
        guard let token = try await ledger.token(id) else { return }
        let event = Event(
            kind, at: now, actor: nil, subject: token.owner, token: token.id, address: address,
            detail: "\(token.name), \(detail)")
        _ = try await ledger.add(event, once: mark(once), until: now + span, at: now)
    }

    private func mark(_ text: String) -> SHA256Digest { SHA256Digest(of: "said: \(text)") }

    /// Looks at the server itself. `failures` is how often the ledger had failed when it was looked at last.
    func lookAtServer(failuresBefore: Int) async throws(LedgerError) -> Int {
        let now = clock.now
        for (name, lag) in settings.exportLags() where lag >= NoticeSettings.lateExport {
            _ = try await ledger.add(
                Event(.exportLagging, at: now, actor: nil, detail: name), once: mark("export \(name)"),
                until: now + .days(1), at: now)
        }
        let failures = settings.ledgerFailures()
        if failures > failuresBefore {
            let count = failures - failuresBefore
            _ = try await ledger.add(
                Event(
                    .ledgerTroubled, at: now, actor: nil,
                    detail: count == 1 ? "it failed once" : "it failed \(count) times"),
                once: mark("ledger"), until: now + .days(1), at: now)
        }
        return failures
    }

    // MARK: Every hour

    /// Looks at expiries, and at passwords that will be refused soon. Returns whether that was all: the others have the next
    /// turn.
    func lookAtExpiries() async throws(LedgerError) -> Bool {
        let isDone = try await lookAtExpiring()
        try await lookAtExpired()
        try await lookAtPasswords()
        return isDone
    }

    private func lookAtExpiring() async throws(LedgerError) -> Bool {
        let now = clock.now
        let found = try await ledger.expiringTokens(within: ExpiryThreshold.days, at: now, limit: Self.most)
        var isSaid = false
        for expiring in found {
            let token = expiring.token
            guard let end = token.expiresAt,
                let days = ExpiryThreshold.crossed(
                    expiresAt: end, setAt: token.expirySetAt, told: nil, at: now)
            else { continue }
            let event = Event(
                .tokenExpiring, at: now, actor: nil, subject: token.owner, token: token.id,
                detail: "\(token.name), at \(end.rfc3339), within \(days == 1 ? "a day" : "\(days) days")"
            )
            if try await ledger.add(event, expiryOf: token.id, at: end, within: days) { isSaid = true }
        }
        return found.count < Self.most || !isSaid
    }

    private func lookAtExpired() async throws(LedgerError) {
        let now = clock.now
        let found = try await ledger.tokensExpiredInUse(
            since: now - ExpiryThreshold.staleAfter, usedWithin: ExpiryThreshold.inUse, at: now,
            limit: Self.most)
        for expired in found {
            let token = expired.token
            guard let end = token.expiresAt,
                ExpiryThreshold.expiredInUse(
                    expiresAt: end, setAt: token.expirySetAt, lastUsedAt: expired.lastUsedAt, told: nil,
                    at: now)
            else { continue }
            let event = Event(
                .tokenExpiredInUse, at: now, actor: nil, subject: token.owner, token: token.id,
                detail: "\(token.name), at \(end.rfc3339)")
            _ = try await ledger.add(event, expiryOf: token.id, at: end, within: 0)
        }
    }

    private func lookAtPasswords() async throws(LedgerError) {
        let now = clock.now
        for service in settings.services {
            guard case .transition(let until?) = service.passwords, until > now,
                let days = [7, 1].last(where: { until - now <= .days($0) })
            else { continue }
            let uses = try await ledger.passwordUses(of: nil, since: now - .days(7))
            let people = Set(uses.filter { $0.use.service == service.name.text }.map(\.owner.id))
            for person in people.sorted() {
                let event = Event(
                    .passwordNearEnd, at: now, actor: nil, subject: person,
                    detail: "\(service.name), \(until.date)")
                let once = mark("password \(person) \(service.name) \(until.date) \(days)")
                _ = try await ledger.add(event, once: once, until: until + .days(1), at: now)
            }
        }
    }
}
