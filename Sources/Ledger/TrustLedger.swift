public import Sodium
public import Tokens

/// Trust rules, and the tokens that they give to jobs.
public protocol TrustLedger: Sendable {
    /// Adds a rule.
    ///
    /// Throws ``LedgerError/noSuchSubject``, ``LedgerError/ruleNameTaken`` where its owner has a rule of that name (folded)
    /// that is not removed, and ``LedgerError/tooManyRules`` at ``LedgerLimits/trustRulesPerSubject``.
    func add(_ rule: TrustRule, event: Event) async throws(LedgerError)
    /// The rule of that identifier, also one that was removed.
    func trustRule(_ id: TrustRuleID) async throws(LedgerError) -> TrustRule?
    /// The rules that are not removed, the oldest first: those of `owner`, and those about `issuer`, where they are given.
    func trustRules(of owner: SubjectID?, about issuer: String?) async throws(LedgerError) -> [TrustRule]
    /// Removes a rule, and revokes the tokens that it gave and that have not ended, in one transaction. Returns the rule, and
    /// how many tokens that revoked. No event is kept where it was removed before.
    ///
    /// Throws ``LedgerError/noSuchRule``.
    @discardableResult
    func removeTrustRule(
        _ id: TrustRuleID, event: Event
    ) async throws(LedgerError) -> (rule: TrustRule, revoked: Int)
    /// Adds a token that a rule gives to a job, and marks the job's identity as used, in one transaction: of two trades of
    /// one identity at once, also on different nodes, one throws.
    ///
    /// Names of such tokens need not be unique, and they do not count among the owner's active tokens.
    ///
    /// Throws ``LedgerError/identityUsed``, ``LedgerError/noSuchRule`` where the rule is gone, has ended, or does not give
    /// this token, ``LedgerError/ownerInactive`` where its owner may not have tokens at the moment, and
    /// ``LedgerError/tooManyTokens`` at ``LedgerLimits/activeTokensPerTrustRule``.
    func trade(_ trade: Trade, event: Event) async throws(LedgerError)
    /// Adds a token that a program got for an assertion of the identity provider, and marks the assertion as used, in one
    /// transaction.
    ///
    /// Names of such tokens need not be unique. Throws ``LedgerError/identityUsed``, ``LedgerError/ownerInactive`` where the
    /// owner is no person, is suspended or has ended, and ``LedgerError/tooManyTokens`` at
    /// ``LedgerLimits/activeTokensPerSubject``.
    func issue(_ trade: Trade, event: Event) async throws(LedgerError)
    /// The tokens of `owner` that jobs got, the newest first, at most `limit`: those older than `before` where it is given.
    func tokensOfJobs(
        of owner: SubjectID, before: TokenID?, limit: Int
    ) async throws(LedgerError) -> [ListedToken]
}

/// An identity that is traded for a token.
public struct Trade: Sendable {
    /// The token, whose origin is a job or an assertion.
    public let token: Token
    public let digest: TokenDigest
    /// The identity's mark, and until when it is kept.
    public let mark: SHA256Digest
    public let markedUntil: Timestamp

    public init(token: Token, digest: TokenDigest, mark: SHA256Digest, markedUntil: Timestamp) {
        self.token = token
        self.digest = digest
        self.mark = mark
        self.markedUntil = markedUntil
    }
}
