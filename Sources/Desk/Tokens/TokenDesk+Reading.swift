public import Ledger
public import Tokens

/// A page of tokens, newest first.
public struct TokenList: Sendable {
    public let tokens: [ListedToken]
    /// The cursor for the next page: its ``TokenQuery/before``. `nil` on the last page.
    public let next: SecretID?
}

extension TokenDesk {
    // MARK: One token

    /// A token of `owner`, or of anybody if that is `nil`.
    public func token(_ id: TokenID, of owner: Subject?) async throws(DeskFault) -> Token {
        let token = try await read { () throws(LedgerError) in try await ledger.token(id) }
        guard let token, owner == nil || token.owner == owner?.id else { throw .noSuchToken }
        return token
    }

    /// The token of that digest, in any state, with its owner.
    public func token(_ digest: TokenDigest) async throws(DeskFault) -> (token: Token, owner: Subject)? {
        try await read { () throws(LedgerError) in
            guard let (token, _) = try await ledger.token(digest),
                let owner = try await ledger.subject(token.owner)
            else { return nil }
            return (token, owner)
        }
    }

    /// The earlier secrets of a token that still work unless it is paused, the latest first.
    public func previousSecrets(of token: Token) async throws(DeskFault) -> [PreviousSecret] {
        try await read { () throws(LedgerError) in
            try await ledger.previousSecrets(of: token.id, at: clock.now)
        }
    }

    // MARK: Lists

    /// A page of tokens, at most `query.limit`.
    public func list(_ query: TokenQuery) async throws(DeskFault) -> TokenList {
        var more = query
        more.limit += 1
        let found = try await tokens(more)
        let shown = Array(found.prefix(query.limit))
        return TokenList(tokens: shown, next: found.count > shown.count ? shown.last?.token.secret : nil)
    }

    /// The number of tokens that match, on all pages.
    public func count(_ query: TokenQuery) async throws(DeskFault) -> Int {
        try await read { () throws(LedgerError) in try await ledger.count(query) }
    }

    /// All matching tokens, read in pages of `query.limit`.
    public func all(_ query: TokenQuery) async throws(DeskFault) -> [ListedToken] {
        var query = query
        var found: [ListedToken] = []
        while true {
            let page = try await tokens(query)
            found += page
            guard page.count == query.limit, let last = page.last else { return found }
            query.before = last.token.secret
        }
    }

    /// The tokens of `owner` that are active or paused, without those that jobs got for their identities.
    public func working(of owner: SubjectID) async throws(DeskFault) -> [ListedToken] {
        var query = TokenQuery(
            owner: owner, states: Token.State.working, now: clock.now,
            limit: LedgerLimits.activeTokensPerSubject)
        query.isOfJob = false
        return try await tokens(query)
    }

    /// The active tokens that programs got in exchange for `token`.
    public func exchanged(for token: Token) async throws(DeskFault) -> [ListedToken] {
        let secrets = [token.secret] + (try await previousSecrets(of: token)).map(\.id)
        return try await working(of: token.owner).filter { listed in
            listed.token.exchange.map { secrets.contains($0.parent) } ?? false
        }
    }

    /// What ended when `token` was revoked; `nil` where it is not revoked.
    public func ended(with token: Token) async throws(DeskFault) -> EndedTogether? {
        guard token.revocation != nil else { return nil }
        return try await read { () throws(LedgerError) in try await ledger.ended(with: token.id) }
    }

    /// The tokens of `owner` that have ended, while an earlier secret of theirs still works. Earlier versions revoked
    /// one secret at a time.
    public func partlyEnded(of owner: SubjectID) async throws(DeskFault) -> [Token] {
        try await read { () throws(LedgerError) in try await ledger.partlyEnded(of: owner, at: clock.now) }
    }

    func tokens(_ query: TokenQuery) async throws(DeskFault) -> [ListedToken] {
        try await read { () throws(LedgerError) in try await ledger.tokens(query) }
    }

    // MARK: Uses

    /// The latest use of a token, however long ago.
    public func lastUse(of token: Token) async throws(DeskFault) -> Use? {
        try await read { () throws(LedgerError) in try await ledger.lastUse(of: token) }
    }

    /// The uses of a token since the day of `since`, 30 days ago by default; latest first.
    public func uses(of id: TokenID, since: Timestamp? = nil) async throws(DeskFault) -> [Use] {
        let since = since ?? clock.now - .days(30)
        return try await read { () throws(LedgerError) in try await ledger.uses(of: id, since: since) }
    }

    /// The refusals of a token's secrets since `since`, 30 days ago by default; latest first.
    public func refusals(of id: TokenID, since: Timestamp? = nil) async throws(DeskFault) -> [RefusedUse] {
        let since = since ?? clock.now - .days(30)
        return try await read { () throws(LedgerError) in
            try await ledger.refusals(of: id, since: since)
        }
    }

    /// The uses of a token by day and service in the last year, the earliest first.
    public func history(of token: Token) async throws(DeskFault) -> [UseDay] {
        let since = clock.now - .days(Int64(LedgerLimits.daysOfHistory))
        return try await read { () throws(LedgerError) in
            try await ledger.history(of: token.id, since: since)
        }
    }

    // MARK: Events

    /// A page of at most `limit` events about a token older than `before`, newest first, and the cursor for the next
    /// page; of these `kinds` where there are any.
    public func events(
        of token: Token, kinds: Set<Event.Kind> = [], before: EventID? = nil, limit: Int
    ) async throws(DeskFault) -> (events: [Event], next: EventID?) {
        try await read { () throws(LedgerError) in
            try await ledger.events(of: token.id, kinds: kinds, before: before, limit: limit + 1)
        }.page(limit)
    }

    // MARK: Policy

    /// How often people have to sign in for their tokens to work; `nil` for no such policy.
    public func signInPolicy() async throws(DeskFault) -> SignInPolicy? {
        try await read { () throws(LedgerError) in try await ledger.signInPolicy() }
    }
}
