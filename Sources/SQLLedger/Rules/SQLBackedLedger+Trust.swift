public import Ledger
internal import SQL
public import Tokens

extension SQLBackedLedger {
    public func add(_ rule: TrustRule, event: Event) async throws(LedgerError) {
        try await write { transaction in
            guard try transaction.activeOwner(rule.owner) != nil else { throw LedgerError.noSuchSubject }
            let rules = try transaction.database.trustRules(of: rule.owner, about: nil)
            guard rules.count < LedgerLimits.trustRulesPerSubject else { throw LedgerError.tooManyRules }
            guard !rules.contains(where: { $0.name.isSame(as: rule.name) }) else {
                throw LedgerError.ruleNameTaken
            }
            try transaction.statement(
                """
                INSERT INTO trust_rules (id, owner, name, name_folded, issuer, claims, scopes, lifetime,
                    created_at, created_by, expires_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """
            ).run(
                rule.id, rule.owner, rule.name.text, rule.name.text.folded, rule.issuer, rule.claimColumn,
                rule.scopes.text, rule.lifetime.milliseconds, rule.createdAt, rule.createdBy, rule.expiresAt)
            try transaction.insert(event)
        }
    }

    public func trustRule(_ id: TrustRuleID) async throws(LedgerError) -> TrustRule? {
        try await read { try $0.trustRule(id) }
    }

    public func trustRules(
        of owner: SubjectID?, about issuer: String?
    ) async throws(LedgerError) -> [TrustRule] {
        try await read { try $0.trustRules(of: owner, about: issuer) }
    }

    @discardableResult
    public func removeTrustRule(
        _ id: TrustRuleID, event: Event
    ) async throws(LedgerError) -> (rule: TrustRule, revoked: Int) {
        try await write { transaction in
            guard var rule = try transaction.database.trustRule(id) else { throw LedgerError.noSuchRule }
            guard rule.removedAt == nil else { return (rule, 0) }
            try transaction.statement("UPDATE trust_rules SET removed_at = ?2 WHERE id = ?1").run(
                id, event.at)
            rule.removedAt = event.at
            let revoked = try transaction.revokeTokens(givenBy: id, at: event.at, by: event.actor)
            let count = revoked == 1 ? "1 token" : "\(revoked) tokens"
            try transaction.insert(
                revoked == 0 ? event : event.with(detail: "\(event.detail), with \(count)"))
            return (rule, revoked)
        }
    }

    public func trade(_ trade: Trade, event: Event) async throws(LedgerError) {
        try await write { transaction in
            try transaction.refuseUntrusted(trade.token)
            guard
                try transaction.use(trade.mark, until: trade.markedUntil, at: trade.token.createdAt)
            else { throw LedgerError.identityUsed }
            try transaction.insertRow(of: trade.token, digest: trade.digest)
            try transaction.insert(event)
        }
    }

    public func issue(_ trade: Trade, event: Event) async throws(LedgerError) {
        try await write { transaction in
            guard try transaction.activeOwner(trade.token.owner)?.isPerson == true else {
                throw LedgerError.ownerInactive
            }
            guard
                try transaction.use(trade.mark, until: trade.markedUntil, at: trade.token.createdAt)
            else { throw LedgerError.identityUsed }
            try transaction.insert(trade.token, digest: trade.digest)
            try transaction.insert(event)
        }
    }

    public func tokensOfJobs(
        of owner: SubjectID, before: TokenID?, limit: Int
    ) async throws(LedgerError) -> [ListedToken] {
        var query = TokenQuery(owner: owner, now: .distantFuture, before: before?.firstSecret, limit: limit)
        query.isOfJob = true
        return try await tokens(query)
    }
}

extension SQLDatabase {
    func trustRule(_ id: TrustRuleID) throws -> TrustRule? {
        try statement("SELECT \(TrustRule.columns) FROM trust_rules WHERE id = ?").first(id) {
            try $0.trustRule()
        }
    }

    fileprivate func trustRules(of owner: SubjectID?, about issuer: String?) throws -> [TrustRule] {
        var conditions = ["removed_at IS NULL"]
        var values: [any Bindable] = []
        if let owner {
            values.append(owner)
            conditions.append("owner = ?\(values.count)")
        }
        if let issuer {
            values.append(issuer)
            conditions.append("issuer = ?\(values.count)")
        }
        return try statement(
            """
            SELECT \(TrustRule.columns) FROM trust_rules WHERE \(conditions.joined(separator: " AND "))
            ORDER BY id
            """
        ).all(values) { try $0.trustRule() }
    }
}

extension Transaction {
    /// The subject, unless it is suspended, removed, or a service account without a steward.
    fileprivate func activeOwner(_ id: SubjectID) throws -> Subject? {
        let owner = try statement("SELECT \(Subject.columns) FROM subjects WHERE id = ?").first(id) {
            try $0.subject()
        }
        guard let owner, owner.mayTrade else { return nil }
        return owner
    }

    /// Refuses a token that its rule, as it now is, does not give.
    fileprivate func refuseUntrusted(_ token: Token) throws {
        guard let job = token.job, let rule = try database.trustRule(job.rule), let end = token.expiresAt,
            rule.owner == token.owner, rule.isInForce(at: token.createdAt),
            end <= rule.tokenEnd(at: token.createdAt), rule.gives(token.scopes)
        else { throw LedgerError.noSuchRule }
        guard try activeOwner(token.owner) != nil else { throw LedgerError.ownerInactive }
        let active = try statement(
            """
            SELECT count(*) FROM tokens WHERE trust_rule = ? AND revoked_at IS NULL AND expires_at > ?
            """
        ).first(rule.id, token.createdAt) { $0.integer(0) }
        guard Int(active ?? 0) < LedgerLimits.activeTokensPerTrustRule else {
            throw LedgerError.tooManyTokens
        }
    }

    /// Revokes the tokens that a rule gave and that have not expired, with an event for each. Returns how many.
    fileprivate func revokeTokens(
        givenBy rule: TrustRuleID, at now: Timestamp, by actor: SubjectID?
    ) throws -> Int {
        let ended = try update(
            """
            revoked_at = ?2, revoked_by = ?3, revoked_reason = ?4
            WHERE trust_rule = ?1 AND revoked_at IS NULL AND expires_at > ?2
            """, rule, now, actor, Token.Revocation.Reason.withParent.rawValue)
        for record in ended {
            let name = try token(record.id)?.name.text ?? ""
            try insert(
                Event(
                    .tokenRevoked, at: now, actor: actor, subject: record.owner, token: record.id,
                    detail: "\(name), with the trust rule that gave it"))
        }
        return ended.count
    }

    /// Removes some tokens of jobs and agents that ended long ago, with what is known of their uses; not those that something
    /// else still refers to. Returns whether there were any. `condition` says which tokens are meant.
    fileprivate func sweepSomeShortTokens(_ condition: String, at now: Timestamp) throws -> Bool {
        let end = now - .days(Int64(LedgerLimits.daysOfEndedJobs))
        let chosen = """
            SELECT id FROM tokens WHERE \(condition) AND expires_at < ?1
                AND NOT EXISTS (SELECT 1 FROM leaks WHERE secret = tokens.id)
                AND NOT EXISTS (SELECT 1 FROM incident_tokens WHERE token = tokens.id)
            ORDER BY expires_at, id LIMIT 500
            """
        for table in ["uses", "last_uses", "use_days", "use_places", "refusals", "told_expiries"] {
            try statement("DELETE FROM \(table) WHERE token IN (\(chosen))").run(end)
        }
        let removed = try statement("DELETE FROM tokens WHERE id IN (\(chosen)) RETURNING id").all([end]) {
            _ in
            true
        }
        return !removed.isEmpty
    }
}

extension SQLBackedLedger {
    /// Removes tokens of jobs and agents that ended long ago, in portions, so that no change waits for long. Ends between two
    /// portions when its task is cancelled.
    func sweepShortTokens(at now: Timestamp) async throws(LedgerError) {
        let asserted = "origin = 'trade' AND origin_token = \(Token.Origin.noParent.number)"
        for condition in ["trust_rule IS NOT NULL", "actor IS NOT NULL", asserted] {
            repeat {
            } while try await write { try $0.sweepSomeShortTokens(condition, at: now) } && !Task.isCancelled
        }
    }
}
