public import Tokens

/// Tokens, found by identifier, by digest, or in lists.
public protocol TokenLedger: Sendable {
    /// Adds a token that is neither revoked nor replaced.
    ///
    /// Throws ``LedgerError/nameTaken`` where its owner has a token of that name (folded) that is active at
    /// `token.createdAt` and has no successor, and ``LedgerError/tooManyTokens`` at
    /// ``LedgerLimits/activeTokensPerSubject``.
    func add(_ token: Token, digest: TokenDigest, event: Event) async throws(LedgerError)
    /// Replaces `old` by a new token and makes that its successor. Where `oldEnds` is not after `token.createdAt`, `old`
    /// is revoked as regenerated; else it expires at `oldEnds`, or when it would have anyway if that is sooner.
    ///
    /// Throws ``LedgerError/notActive`` where `old` is not active or has a successor already,
    /// ``LedgerError/noSuchToken`` where the owner has no such token, and what adding a token throws.
    func replace(
        _ old: TokenID, with token: Token, digest: TokenDigest, oldEnds: Timestamp, event: Event
    ) async throws(LedgerError)
    /// Adds a token that was traded for another, its parent, see ``Tokens/Token/origin``. It replaces the active one
    /// that a program of the same name on the same device got for that parent from the same `place`, which is
    /// revoked as regenerated: programs give every device the same name. Names of traded tokens need not be unique.
    ///
    /// Whatever ends the parent ends it in the same transaction: it is revoked with the parent, and gets the expiry
    /// that regenerating gives the parent.
    ///
    /// Throws ``LedgerError/noSuchToken`` where the owner has no such parent, ``LedgerError/notActive`` where the
    /// parent is not active, was traded itself, or ends before the new token would, and
    /// ``LedgerError/tooManyTokens`` at ``LedgerLimits/activeExchangesPerToken``.
    func exchange(
        _ token: Token, digest: TokenDigest, from place: String, event: Event
    ) async throws(LedgerError)
    /// Revokes a token and returns it as it now is. A token that was revoked before stays as it was, and no second
    /// event is kept. Throws ``LedgerError/noSuchToken``.
    @discardableResult
    func revoke(_ id: TokenID, _ revocation: Token.Revocation, event: Event) async throws(LedgerError)
        -> Token
    func token(_ id: TokenID) async throws(LedgerError) -> Token?
    func token(_ digest: TokenDigest) async throws(LedgerError) -> Token?
    /// One page of a list, the newest first.
    func tokens(_ query: TokenQuery) async throws(LedgerError) -> [ListedToken]
}

extension TokenLedger {
    /// The latest use of a token, however long ago, where ``UseLedger/uses(of:since:)`` goes back
    /// ``LedgerLimits/daysOfUses`` only.
    public func lastUse(of token: Token) async throws(LedgerError) -> Use? {
        let query = TokenQuery(
            owner: token.owner, now: token.createdAt, before: TokenID(number: token.id.number &+ 1), limit: 1)
        return try await tokens(query).first { $0.token.id == token.id }?.lastUse
    }
}

/// Which tokens to list.
public struct TokenQuery: Hashable, Sendable {
    /// Only those of this subject.
    public var owner: SubjectID?
    /// Only those in one of these states at `now`.
    public var states: Set<Token.State>
    /// The moment for which states are decided.
    public var now: Timestamp
    /// Only those of this name (folded).
    public var name: String?
    /// Only those whose name, or whose owner's login or name, contains this text (folded).
    public var search: String?
    /// The cursor: only those before this one, which are older.
    public var before: TokenID?
    /// The most to return.
    public var limit: Int

    /// A query for tokens by their states at `now`.
    public init(
        owner: SubjectID? = nil, states: Set<Token.State> = Set(Token.State.allCases), now: Timestamp,
        search: String? = nil, before: TokenID? = nil, limit: Int = 100
    ) {
        self.owner = owner
        self.states = states
        self.now = now
        self.search = search
        self.before = before
        self.limit = limit
    }
}

/// A token with what lists show beside it.
public struct ListedToken: Hashable, Sendable {
    public let token: Token
    public let owner: Subject
    /// The latest use; `nil` where the token was never used.
    public let lastUse: Use?

    public init(token: Token, owner: Subject, lastUse: Use?) {
        self.token = token
        self.owner = owner
        self.lastUse = lastUse
    }
}
