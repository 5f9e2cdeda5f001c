public import Ledger
import Synchronization
public import Tokens

/// All tokens, as administrators see them: lists by what is known of them and their uses, and counts of what asks for an act.
public final class Inventory: Sendable {
    private let ledger: any TokenLedger & UseLedger & PolicyLedger & SubjectLedger
    private let services: [Service]
    private let clock: Clock
    private let latest = Mutex(LatestCounts())

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
        if let text = filter[.owner] {
            owner = try await read { () throws(LedgerError) in try await subject(calledOrIdentifiedBy: text) }
        }
        return try filter.query(owner: owner, at: clock.now, limit: limit)
    }

    private func subject(calledOrIdentifiedBy text: String) async throws(LedgerError) -> Subject? {
        if let login = try? Login(text), let subject = try await ledger.subject(login: login) {
            return subject
        }
        guard let id = SubjectID(text) else { return nil }
        return try await ledger.subject(id)
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
    ///
    /// They are counted up to ``InventoryTotal/most``. Of more, the number is known only where ``counts()`` has it.
    public func total(
        _ query: TokenQuery, listed page: InventoryPage
    ) async throws(DeskFault) -> InventoryTotal {
        if query.after == nil, page.next == nil { return InventoryTotal(page.tokens.count) }
        var all = query
        all.after = nil
        let asked = try await measured(all)
        let counted = try await read { () throws(LedgerError) in
            try await ledger.count(asked, upTo: InventoryTotal.most)
        }
        guard counted > InventoryTotal.most else { return InventoryTotal(counted) }
        let known = try await knownTotal(all).flatMap { $0 > counted ? $0 : nil }
        return InventoryTotal(known ?? InventoryTotal.most, isExact: known != nil)
    }

    /// The latest count of a view that the administrators' home counts.
    private func knownTotal(_ query: TokenQuery) async throws(DeskFault) -> Int? {
        var counted = TokenQuery(states: Token.State.working, now: query.now, limit: query.limit)
        (counted.order, counted.finding) = (query.order, query.finding)
        guard counted == query, latest.withLock({ $0.counts }) != nil else { return nil }
        let counts = try await counts()
        return query.finding.map { counts.findings[$0] ?? 0 } ?? counts.working
    }

    /// The number of tokens that match.
    public func count(_ query: TokenQuery) async throws(DeskFault) -> Int {
        let query = try await measured(query)
        return try await read { () throws(LedgerError) in try await ledger.count(query) }
    }

    /// How many people, service accounts and working tokens there are, and of how many of them each finding is true.
    ///
    /// Counts that are older than ``InventoryCounts/fresh`` are returned once more while new ones are made, so that a page
    /// does not wait for them; not those that are older than ``InventoryCounts/lasting``.
    public func counts() async throws(DeskFault) -> InventoryCounts {
        let now = clock.now
        guard let known = latest.withLock({ $0.counts }), known.at <= now,
            now - known.at < InventoryCounts.lasting
        else { return try await makeCounts() }
        if now - known.at >= InventoryCounts.fresh, latest.withLock({ $0.begin() }) {
            Task {
                defer { latest.withLock { $0.isCounting = false } }
                _ = try? await makeCounts()
            }
        }
        return known
    }

    private func makeCounts() async throws(DeskFault) -> InventoryCounts {
        var asked = TokenQuery(states: Token.State.working, now: clock.now)
        asked.findingLimits = try await limits(at: asked.now)
        let query = asked
        let found = try await read { () throws(LedgerError) in try await ledger.findingCounts(query) }
        let subjects = try await read { () throws(LedgerError) in try await ledger.subjectCounts() }
        let passwords = try await read { () throws(LedgerError) in
            try await ledger.passwordUses(of: nil, since: query.now - PasswordReport.defaultSpan)
        }
        let counts = InventoryCounts(
            at: query.now, people: subjects.people, accounts: subjects.accounts, working: found.all,
            findings: found.findings, passwords: Set(passwords.map(\.owner.id)).count)
        latest.withLock { $0.counts = counts }
        return counts
    }

    /// The uses of all tokens by day and service since the day of `since`, the earliest first.
    public func uses(since: Timestamp) async throws(DeskFault) -> [UseDay] {
        try await read { () throws(LedgerError) in try await ledger.serviceDays(since: since) }
    }

    /// The query with what findings are measured by.
    func measured(_ query: TokenQuery) async throws(DeskFault) -> TokenQuery {
        guard query.finding != nil else { return query }
        var query = query
        query.findingLimits = try await limits(at: query.now)
        return query
    }

    private func limits(at now: Timestamp) async throws(DeskFault) -> FindingLimits {
        let policy = try await read { () throws(LedgerError) in try await ledger.signInPolicy() }
        return FindingLimits(
            services: services.count, dormantSince: policy?.latestDormantSignIn(at: now))
    }
}

/// A page of the inventory.
public struct InventoryPage: Sendable {
    public let tokens: [ListedToken]
    /// The cursor for the next page: its ``TokenQuery/after``. `nil` on the last page.
    public let next: TokenCursor?
}

/// How many tokens match.
public struct InventoryTotal: Hashable, Sendable {
    /// Up to how many are counted for a page.
    public static let most = 1000

    public let number: Int
    /// Whether that is all; otherwise there are more.
    public let isExact: Bool

    public init(_ number: Int, isExact: Bool = true) {
        self.number = number
        self.isExact = isExact
    }
}

/// Counts of the inventory at one moment.
public struct InventoryCounts: Hashable, Sendable {
    /// How old counts are before new ones are made.
    public static let fresh = TimeSpan.minutes(1)
    /// How old counts may be that are shown.
    public static let lasting = TimeSpan.hours(1)

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

/// The latest counts, and whether new ones are being made.
private struct LatestCounts {
    var counts: InventoryCounts?
    var isCounting = false

    /// Returns whether nobody is counting yet, and notes that the caller does.
    mutating func begin() -> Bool {
        defer { isCounting = true }
        return !isCounting
    }
}
