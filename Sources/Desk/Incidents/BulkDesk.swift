public import Ledger
public import Tokens

/// Pausing and revoking many tokens at once, and incidents.
///
/// It takes two steps. The first one keeps which tokens are meant, exactly; the second changes these and no others, however
/// many match the same filter by then:
///
///     let selection = try await desk.select(query, by: administrator)
///     let preview = try await desk.preview(selection.id, by: administrator) // what will stop working
///     let result = try await desk.apply(.pause(nil), to: selection.id, because: "clean-up", by: administrator)
public struct BulkDesk: Sendable {
    let ledger: any BulkLedger & TokenLedger & PolicyLedger
    let inventory: Inventory
    let format: TokenFormat
    let clock: Clock

    /// The most tokens that a page or an answer lists by name.
    public static let listed = 50
    /// The most characters of a reason.
    public static let longestReason = 200

    public init(
        ledger: any BulkLedger & TokenLedger & PolicyLedger, inventory: Inventory, format: TokenFormat,
        clock: Clock
    ) {
        self.ledger = ledger
        self.inventory = inventory
        self.format = format
        self.clock = clock
    }

    // MARK: Selecting

    /// Keeps the working tokens that match. Throws ``DeskFault/invalid(_:)`` where there is none, or more than
    /// ``TokenSelection/limit``.
    public func select(_ query: TokenQuery, by requester: Requester) async throws(DeskFault) -> TokenSelection
    {
        try requester.refuseUnlessAdministering()
        var query = try await inventory.measured(query)
        query.states.formIntersection(Token.State.working)
        query.limit = TokenSelection.limit + 1
        let asked = query
        let found = try await read { () throws(LedgerError) in try await ledger.identifiers(asked) }
        return try await keep(found, requester)
    }

    /// Keeps those of these tokens that work.
    public func select(_ tokens: [TokenID], by requester: Requester) async throws(DeskFault) -> TokenSelection
    {
        var query = TokenQuery(states: Token.State.working, now: clock.now)
        query.among = tokens
        return try await select(query, by: requester)
    }

    /// Keeps the tokens whose secrets stand in a text, such as a list of what leaked. The text is not kept. Returns how many
    /// of the secrets belong to no token that works, too.
    public func select(
        secretsIn text: String, by requester: Requester
    ) async throws(DeskFault) -> (selection: TokenSelection, unknown: Int) {
        try requester.refuseUnlessAdministering()
        let secrets = format.secrets(in: text)
        guard !secrets.isEmpty else {
            throw .invalid([
                FieldFault(
                    "secrets", "There is no secret of this desk in the text: paste whole secrets",
                    isWhole: true)
            ])
        }
        var found: [TokenID] = []
        for secret in secrets {
            let digest = secret.digest
            let known = try await read { () throws(LedgerError) in try await ledger.token(digest) }
            if let token = known?.token, token.isWorking(at: clock.now) { found.append(token.id) }
        }
        return (try await select(found, by: requester), secrets.count - found.count)
    }

    private func keep(_ tokens: [TokenID], _ requester: Requester) async throws(DeskFault) -> TokenSelection {
        guard !tokens.isEmpty else {
            throw .invalid([
                FieldFault("tokens", "There is no token among these that works: select others", isWhole: true)
            ])
        }
        guard tokens.count <= TokenSelection.limit else {
            let limit = TokenSelection.limit
            throw .invalid([
                FieldFault("tokens", "These are more than \(limit) tokens: select fewer", isWhole: true)
            ])
        }
        let spared = Set(try await spared(tokens, requester))
        let selection = TokenSelection(
            by: requester.subject?.id, at: clock.now, tokens: tokens.filter { !spared.contains($0) },
            spared: tokens.filter(spared.contains))
        try await read { () throws(LedgerError) in try await ledger.add(selection) }
        return selection
    }

    /// Those of the tokens that provision people or oversee the desk, and the requester's own: whoever pauses the first may
    /// keep leavers from being shut out, and whoever pauses the others may shut out themselves.
    private func spared(_ tokens: [TokenID], _ requester: Requester) async throws(DeskFault) -> [TokenID] {
        var query = TokenQuery(states: Token.State.working, now: clock.now, limit: TokenSelection.limit)
        query.among = tokens
        var spared: [TokenID] = []
        for scope in DeskScope.allCases where scope.isSpared {
            query.holding = scope
            let asked = query
            spared += try await read { () throws(LedgerError) in try await ledger.identifiers(asked) }
        }
        guard let own = requester.subject?.id else { return spared }
        query.holding = nil
        query.owner = own
        let asked = query
        return try await spared + read { () throws(LedgerError) in try await ledger.identifiers(asked) }
    }

    /// A selection of the requester's own. Throws ``DeskFault/noSuchSelection``.
    public func selection(_ id: SelectionID, by requester: Requester) async throws(DeskFault)
        -> TokenSelection
    {
        try requester.refuseUnlessAdministering()
        let found = try await read { () throws(LedgerError) in try await ledger.selection(id) }
        guard let found, found.by == requester.subject?.id, clock.now - found.at < TokenSelection.lasting
        else {
            throw .noSuchSelection
        }
        return found
    }

    // MARK: Preview

    /// What will stop working where a selection is changed.
    public func preview(_ id: SelectionID, by requester: Requester) async throws(DeskFault) -> BulkPreview {
        let selection = try await selection(id, by: requester)
        let now = clock.now
        let summary = try await read { () throws(LedgerError) in
            try await ledger.summary(of: selection.tokens, usedSince: now - BulkPreview.usedWithin, at: now)
        }
        return BulkPreview(
            selection: selection, summary: summary, tokens: try await list(selection.tokens),
            spared: try await list(selection.spared))
    }

    /// The first of these tokens, those first that were used last.
    func list(_ tokens: [TokenID]) async throws(DeskFault) -> [ListedToken] {
        guard !tokens.isEmpty else { return [] }
        var query = TokenQuery(now: clock.now, limit: Self.listed)
        query.among = tokens
        query.order = .lastUse
        let asked = query
        return try await read { () throws(LedgerError) in try await ledger.tokens(asked) }
    }
}

/// What a bulk change will do.
public struct BulkPreview: Sendable {
    /// How far back uses count as what will stop working.
    public static let usedWithin = TimeSpan.days(7)

    public let selection: TokenSelection
    public let summary: BulkSummary
    /// The first ``BulkDesk/listed`` tokens, those first that were used last.
    public let tokens: [ListedToken]
    /// The first of those that are left out.
    public let spared: [ListedToken]
}

extension DeskScope {
    /// Whether bulk changes leave a token that has it alone unless somebody asks for it.
    var isSpared: Bool {
        switch self {
        case .scim, .admin, .audit: true
        case .manage, .rotate, .leaks: false
        }
    }
}
