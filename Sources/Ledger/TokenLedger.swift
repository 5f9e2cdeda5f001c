public import Tokens

/// Tokens, found by identifier, by digest, or in lists.
///
/// A token keeps its identifier while its secrets change. Each secret has an identifier, too, and those of earlier
/// secrets are aliases of the token's: see ``token(_:)``.
public protocol TokenLedger: Sendable {
    /// Adds a token that is not revoked.
    ///
    /// Throws ``LedgerError/nameTaken`` where its owner has a token of that name (folded) that has not ended at
    /// `token.createdAt`, ``LedgerError/tooManyTokens`` at ``LedgerLimits/activeTokensPerSubject``, and
    /// ``LedgerError/limitReached(_:)`` where one of `limits` leaves no room for it.
    func add(
        _ token: Token, digest: TokenDigest, within limits: [TokenCountLimit], event: Event
    ) async throws(LedgerError)
    /// Gives a token a new secret, and returns it as it now is. Tokens that were exchanged for the previous secret
    /// expire with it.
    ///
    /// Throws ``LedgerError/noSuchToken``, ``LedgerError/notActive`` where the token has ended or was
    /// exchanged, or where `id` is an alias, and ``LedgerError/beingRotated`` where a previous secret still works.
    @discardableResult
    func rotate(_ id: TokenID, _ rotation: Rotation, event: Event) async throws(LedgerError) -> Token
    /// Revokes a previous secret, and the tokens that were exchanged for it. Returns whether it was not revoked
    /// before; then the event is kept. Throws ``LedgerError/noSuchToken`` where there is no such secret, or where it
    /// is the current one.
    @discardableResult
    func end(_ secret: SecretID, _ revocation: Token.Revocation, event: Event) async throws(LedgerError)
        -> Bool
    /// Adds a token that was exchanged for another, its parent, see ``Tokens/Token/origin``. It replaces the active one
    /// that a program of the same name on the same device got for that parent from the same `place`, which is
    /// revoked as rotated: programs give every device the same name. Names of exchanged tokens need not be unique.
    ///
    /// An agent's token (``Tokens/Token/Delegation``) replaces none, and may do less than its parent; when the parent may do
    /// less, it keeps what both may do.
    ///
    /// It belongs to the secret that was exchanged. Whatever ends that ends it in the same transaction: it is
    /// revoked with the token or the secret, and gets the expiry that rotating gives the secret.
    ///
    /// Throws ``LedgerError/noSuchToken`` where the owner has no such parent, ``LedgerError/notActive`` where the
    /// secret is not the parent's current one, or the parent is not active, was exchanged itself, ends before the new
    /// token would, or has other scopes at services or other addresses, and
    /// for an agent's token where an agent is not active, or where the token may do more than its parent or than the other
    /// agent's token; and ``LedgerError/tooManyTokens`` at ``LedgerLimits/activeExchangesPerToken``.
    func exchange(
        _ token: Token, digest: TokenDigest, from place: String, event: Event
    ) async throws(LedgerError)
    /// Revokes a token with all its secrets, and the tokens that were exchanged for it. Returns it as it now is. A
    /// token that was revoked before stays as it was, and no second event is kept. Throws
    /// ``LedgerError/noSuchToken``.
    @discardableResult
    func revoke(_ id: TokenID, _ revocation: Token.Revocation, event: Event) async throws(LedgerError)
        -> Token
    /// Changes what a token may do, its name, description, expiry or pauses, and returns it as it now is; the tokens
    /// that were exchanged for it change with it. `change` gets the token as it is in the same transaction, and returns
    /// the events to keep; where it returns none, nothing changes. Its errors are thrown.
    ///
    /// Throws ``LedgerError/noSuchToken``, and ``LedgerError/nameTaken`` as ``add(_:digest:within:event:)`` does at `now`.
    @discardableResult
    func change(
        _ id: TokenID, at now: Timestamp,
        _ change: @escaping @Sendable (inout Token) throws(LedgerError) -> [Event]
    ) async throws(LedgerError) -> Token
    /// Gives a token of a person to a service account, with all its secrets and the tokens that were exchanged for it.
    /// Returns it as it now is: with other scopes, and with ``Tokens/Token/handOver`` until it is rotated. Where its
    /// former owner has left, an event says when it has to be rotated; so does the transaction in which they leave.
    ///
    /// Throws ``LedgerError/noSuchToken``, ``LedgerError/notActive`` where the token has ended or was exchanged, or where
    /// the identifier is an alias, ``LedgerError/changedMeanwhile`` where it is no longer as it was when its new scopes
    /// were decided, ``LedgerError/noSuchSubject`` where there is no such account or it is no token of a person, and
    /// ``LedgerError/nameTaken`` and ``LedgerError/tooManyTokens`` as ``add(_:digest:within:event:)`` does for the account.
    @discardableResult
    func handOver(_ handingOver: HandingOver, event: Event) async throws(LedgerError) -> Token
    /// The token of that identifier, or the one that it is an alias of.
    func token(_ id: TokenID) async throws(LedgerError) -> Token?
    /// The token of that secret, and which of its secrets it is.
    func token(_ digest: TokenDigest) async throws(LedgerError) -> (token: Token, secret: SecretID)?
    /// The earlier secrets of a token that have not ended at `now`, the latest first.
    func previousSecrets(of token: TokenID, at now: Timestamp) async throws(LedgerError) -> [PreviousSecret]
    /// The identifiers of tokens whose previous secret ends when everything has moved, and has not ended at `now`.
    func tokensThatMove(at now: Timestamp) async throws(LedgerError) -> [TokenID]
    /// What ended when a token was revoked; `nil` where it is not revoked.
    func ended(with token: TokenID) async throws(LedgerError) -> EndedTogether?
    /// The tokens of `owner` that have ended at `now`, while an earlier secret of theirs has not.
    func partlyEnded(of owner: SubjectID, at now: Timestamp) async throws(LedgerError) -> [Token]
    /// One page of a list, in the order of ``TokenQuery/order``.
    func tokens(_ query: TokenQuery) async throws(LedgerError) -> [ListedToken]
    /// The number of tokens that match, on all pages; 0 where ``TokenQuery/limit`` is. Where there are more than `most`,
    /// one more than that, which is found soon.
    func count(_ query: TokenQuery, upTo most: Int?) async throws(LedgerError) -> Int
    /// The number of tokens that match, and of how many of them each finding is true.
    func findingCounts(_ query: TokenQuery) async throws(LedgerError) -> FindingCounts
}

extension TokenLedger {
    /// As ``add(_:digest:within:event:)``, without limits of the operator's.
    public func add(_ token: Token, digest: TokenDigest, event: Event) async throws(LedgerError) {
        try await add(token, digest: digest, within: [], event: event)
    }

    /// The latest use of a token, however long ago, where ``UseLedger/uses(of:since:)`` goes back
    /// ``LedgerLimits/daysOfUses`` only.
    public func lastUse(of token: Token) async throws(LedgerError) -> Use? {
        let query = TokenQuery(
            owner: token.owner, now: token.createdAt, before: SecretID(number: token.secret.number &+ 1),
            limit: 1)
        return try await tokens(query).first { $0.token.id == token.id }?.lastUse
    }
}

/// What ended in the moment in which a token was revoked.
public struct EndedTogether: Hashable, Sendable {
    /// The number of the token's secrets.
    public let secrets: Int
    /// The tokens that had been exchanged for it.
    public let exchanged: [Token]

    public init(secrets: Int, exchanged: [Token] = []) {
        self.secrets = secrets
        self.exchanged = exchanged
    }
}

/// A new secret for a token.
public struct Rotation: Hashable, Sendable {
    public let secret: SecretID
    public let digest: TokenDigest
    public let at: Timestamp
    /// The moment from which the previous secret is refused. Where it is not after ``at``, the secret is revoked; else it
    /// expires then, or when it would have anyway if that is sooner.
    public let previousEndsAt: Timestamp
    /// Whether the previous secret ends as soon as everything that used it has used the new one.
    public let endsWhenMoved: Bool
    /// The token's expiry from now on, and when it was set.
    public let expiresAt: Timestamp?
    public let expirySetAt: Timestamp
    /// Whether the token gets a new identifier, that of the new secret, and keeps the present one as an alias.
    public let renames: Bool

    public init(
        secret: SecretID, digest: TokenDigest, at: Timestamp, previousEndsAt: Timestamp,
        endsWhenMoved: Bool = false, expiresAt: Timestamp?, expirySetAt: Timestamp, renames: Bool = false
    ) {
        self.secret = secret
        self.digest = digest
        self.at = at
        self.previousEndsAt = previousEndsAt
        self.endsWhenMoved = endsWhenMoved
        self.expiresAt = expiresAt
        self.expirySetAt = expirySetAt
        self.renames = renames
    }
}

/// That a token is given to a service account.
public struct HandingOver: Hashable, Sendable {
    /// The token as it was when this was decided.
    public let token: Token
    public let account: SubjectID
    /// The name that it gets at the account.
    public let name: TokenName
    /// What it may do from now on.
    public let scopes: Scopes
    public let at: Timestamp

    public init(
        of token: Token, to account: SubjectID, name: TokenName? = nil, scopes: Scopes, at now: Timestamp
    ) {
        self.token = token
        self.account = account
        self.name = name ?? token.name
        self.scopes = scopes
        at = now
    }
}

extension TokenLedger {
    /// The number of tokens that match, on all pages; 0 where ``TokenQuery/limit`` is.
    public func count(_ query: TokenQuery) async throws(LedgerError) -> Int {
        try await count(query, upTo: nil)
    }
}
