public import Ledger
import Synchronization
public import Tokens

/// All tokens, as administrators see them: lists by what is known of them and their uses, and counts of what asks for an act.
public final class Inventory: Sendable {
    private let ledger: any TokenLedger & UseLedger & PolicyLedger & SubjectLedger
    private let services: [Service]
    private let clock: Clock
    private let latest = Mutex<InventoryCounts?>(nil)

    public init(
        ledger: any TokenLedger & UseLedger & PolicyLedger & SubjectLedger, services: [Service], clock: Clock
    ) {
        self.ledger = ledger
        self.services = services
        self.clock = clock
    }

    /// What a filter asks for, now; throws ``DeskFault/invalid(_:)`` with what is wrong with its fields.
    public func query(_ filter: TokenFilter, limit: Int) async throws(DeskFault) -> TokenQuery {
        var owner: Subject?
        if let text = filter[.owner], let login = try? Login(text) {
            owner = try await read { () throws(LedgerError) in try await ledger.subject(login: login) }
        }
        return try filter.query(owner: owner, at: clock.now, limit: limit)
    }

    /// A page of at most `query.limit` tokens.
    public func list(_ query: TokenQuery) async throws(DeskFault) -> InventoryPage {
        var more = try await measured(query)
        more.limit += 1
        let asked = more
        let found = try await read { () throws(LedgerError) in try await ledger.tokens(asked) }
        let shown = Array(found.prefix(query.limit))
        let next = found.count > shown.count ? shown.last?.cursor(in: query.order) : nil
        return InventoryPage(tokens: shown, next: next)
    }

    /// The number of tokens that match on all pages, of which `page` is one.
    public func total(_ query: TokenQuery, listed page: InventoryPage) async throws(DeskFault) -> Int {
        if query.after == nil, page.next == nil { return page.tokens.count }
        var all = query
        all.after = nil
        return try await count(all)
    }

    /// The number of tokens that match.
    public func count(_ query: TokenQuery) async throws(DeskFault) -> Int {
        let query = try await measured(query)
        return try await read { () throws(LedgerError) in try await ledger.count(query) }
    }

    /// How many people, service accounts and working tokens there are, and of how many of them each finding is true. They
    /// may be as old as ``InventoryCounts/lasting``.
    public func counts() async throws(DeskFault) -> InventoryCounts {
        let now = clock.now
        if let known = latest.withLock(\.self), known.at <= now, now - known.at < InventoryCounts.lasting {
            return known
        }
        var query = TokenQuery(states: Token.State.working, now: now)
        let working = try await count(query)
        var findings: [TokenFinding: Int] = [:]
        for finding in TokenFinding.allCases {
            query.finding = finding
            findings[finding] = try await count(query)
        }
        let subjects = try await read { () throws(LedgerError) in try await ledger.subjectCounts() }
        let passwords = try await read { () throws(LedgerError) in
            try await ledger.passwordUses(of: nil, since: now - PasswordReport.defaultSpan)
        }
        let counts = InventoryCounts(
            at: now, people: subjects.people, accounts: subjects.accounts, working: working,
            findings: findings, passwords: Set(passwords.map(\.owner.id)).count)
        latest.withLock { $0 = counts }
        return counts
    }

    /// The uses of all tokens by day and service since the day of `since`, the earliest first.
    public func uses(since: Timestamp) async throws(DeskFault) -> [UseDay] {
        try await read { () throws(LedgerError) in try await ledger.serviceDays(since: since) }
    }

    /// The query with what findings are measured by.
    private func measured(_ query: TokenQuery) async throws(DeskFault) -> TokenQuery {
        guard query.finding != nil else { return query }
        let policy = try await read { () throws(LedgerError) in try await ledger.signInPolicy() }
        var query = query
        query.findingLimits = FindingLimits(
            services: services.count, dormantSince: policy?.latestDormantSignIn(at: query.now))
        return query
    }
}

/// A page of the inventory.
public struct InventoryPage: Sendable {
    public let tokens: [ListedToken]
    /// The cursor for the next page: its ``TokenQuery/after``. `nil` on the last page.
    public let next: TokenCursor?
}

/// Counts of the inventory at one moment.
public struct InventoryCounts: Hashable, Sendable {
    /// How long counts are kept before they are made anew.
    public static let lasting = TimeSpan.minutes(1)

    public let at: Timestamp
    /// The people, and the service accounts, whose account is not closed.
    public let people: Int
    public let accounts: Int
    /// The tokens that are active or paused.
    public let working: Int
    /// How many of them each finding is true of.
    public let findings: [TokenFinding: Int]
    /// The people who used a password in the last 30 days.
    public let passwords: Int
}
