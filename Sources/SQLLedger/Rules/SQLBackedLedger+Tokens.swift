public import Ledger
internal import SQL
public import Tokens

extension SQLBackedLedger {
    public func add(
        _ token: Token, digest: TokenDigest, within limits: [TokenCountLimit], event: Event
    ) async throws(LedgerError) {
        try await write { transaction in
            try transaction.insert(token, digest: digest, within: limits)
            try transaction.insert(event)
        }
    }

    @discardableResult
    public func revoke(
        _ id: TokenID, _ revocation: Token.Revocation, event: Event
    ) async throws(LedgerError) -> Token {
        try await write { transaction in
            guard let token = try transaction.token(id) else { throw LedgerError.noSuchToken }
            if try transaction.revoke(token.id, revocation) { try transaction.insert(event) }
            return try transaction.token(id) ?? token
        }
    }

    @discardableResult
    public func end(
        _ secret: SecretID, _ revocation: Token.Revocation, event: Event
    ) async throws(LedgerError) -> Bool {
        try await write { transaction in
            let replaced = try transaction.statement(
                "SELECT 1 FROM tokens WHERE id = ? AND replaced_at IS NOT NULL"
            ).first(secret) { _ in true }
            guard replaced != nil else { throw LedgerError.noSuchToken }
            let isEnded = try transaction.revoke(secret, revocation)
            if isEnded { try transaction.insert(event) }
            return isEnded
        }
    }

    public func token(_ id: TokenID) async throws(LedgerError) -> Token? {
        try await read { try $0.token(id) }
    }

    public func token(_ digest: TokenDigest) async throws(LedgerError) -> (token: Token, secret: SecretID)? {
        try await read { database in
            let found: SecretID? = try database.statement("SELECT id FROM tokens WHERE digest = ?")
                .first(digest) { $0.identifier(0) }
            guard let secret = found, let token = try database.token(secret.alias) else { return nil }
            return (token, secret)
        }
    }
}

extension SQLDatabase {
    /// The token of an identifier or alias.
    func token(_ id: TokenID) throws -> Token? {
        try statement(
            """
            SELECT \(Token.columns) FROM tokens, (SELECT coalesce(token, id) AS id FROM tokens WHERE id = ?)
                AS known
            WHERE (tokens.id = known.id OR tokens.token = known.id) AND tokens.replaced_at IS NULL
            """
        ).first(id) { try $0.token() }
    }
}

extension Transaction {
    func token(_ id: TokenID) throws -> Token? {
        try database.token(id)
    }

    func insert(_ token: Token, digest: TokenDigest, within limits: [TokenCountLimit] = []) throws {
        if token.isLasting { try claimName(token.name, of: token.owner, at: token.createdAt) }
        try refuseBeyond(limits, of: token.owner, at: token.createdAt)
        try refuseTooMany(of: token.owner, adding: 1, at: token.createdAt)
        try insertRow(of: token, digest: digest)
    }

    /// Inserts the row of a token's current secret.
    func insertRow(of token: Token, digest: TokenDigest) throws {
        let client = token.client ?? token.assertedClient
        try statement(
            """
            INSERT INTO tokens (id, token, owner, digest, name, name_folded, holds_name, description, scopes,
                addresses, created_at, issued_at, origin, origin_token, device, expires_at, expiry_set_at,
                pauses, paused_until, reach, oauth_client, oauth_client_title,
                oauth_client_address, trust_rule, job, actor, actors_before, delegated_from)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """
        ).run(
            token.secret, token.id == token.secret.alias ? nil : token.id, token.owner, digest,
            token.name.text, token.name.text.folded, token.isLasting, token.description,
            token.scopes.text, token.addresses.column, token.secretCreatedAt,
            token.rotatedAt == nil ? nil : token.createdAt, token.origin.column, token.origin.token,
            token.origin.device, token.expiresAt,
            token.expirySetAt == token.secretCreatedAt ? nil : token.expirySetAt, token.pauses.column,
            token.pauses.latestEnd, token.scopes.reach, client?.id, client?.title,
            client?.address, token.job?.rule, token.job?.column, token.delegation?.actor,
            token.delegation?.columnOfOthers, token.delegation?.from)
        notify(.secret(token.record, digest))
    }

    /// Refuses the name of a token that has not ended, and takes it from an expired one.
    func claimName(_ name: TokenName, of owner: SubjectID, at now: Timestamp) throws {
        let holder = try statement(
            """
            SELECT 1 FROM tokens WHERE owner = ? AND name_folded = ? AND revoked_at IS NULL
                AND replaced_at IS NULL AND origin <> 'trade' AND (expires_at IS NULL OR expires_at > ?)
            """
        ).first(owner, name.text.folded, now) { _ in true }
        if holder != nil { throw LedgerError.nameTaken }
        try statement(
            "UPDATE tokens SET holds_name = 0 WHERE owner = ? AND name_folded = ? AND holds_name = 1"
        )
        .run(owner, name.text.folded)
    }

    func refuseTooMany(of owner: SubjectID, adding more: Int, at now: Timestamp) throws {
        let active = try statement(
            """
            SELECT count(*) FROM tokens WHERE owner = ? AND revoked_at IS NULL AND replaced_at IS NULL
                AND trust_rule IS NULL AND (expires_at IS NULL OR expires_at > ?)
            """
        ).first(owner, now) { $0.integer(0) }
        guard Int(active ?? 0) + more <= LedgerLimits.activeTokensPerSubject else {
            throw LedgerError.tooManyTokens
        }
    }

    /// Refuses a token more than the operator's rules allow.
    private func refuseBeyond(_ limits: [TokenCountLimit], of owner: SubjectID, at now: Timestamp) throws {
        guard !limits.isEmpty else { return }
        let others = try statement(
            """
            SELECT scopes FROM tokens WHERE owner = ? AND revoked_at IS NULL AND replaced_at IS NULL
                AND origin <> 'trade' AND (expires_at IS NULL OR expires_at > ?)
            """
        ).all([owner, now]) { row in try row.known(Scopes(text: row.text(0)), "scopes") }
        if let limit = limits.first(where: { $0.isReached(by: others) }) {
            throw LedgerError.limitReached(limit)
        }
    }

    /// Revokes a token with all its secrets, and the tokens that were exchanged for them. Returns whether any of them
    /// was not revoked before.
    @discardableResult
    func revoke(_ id: TokenID, _ revocation: Token.Revocation) throws -> Bool {
        let ended = try end(
            """
            (id = ?1 OR token = ?1) AND (replaced_at IS NULL OR expires_at IS NULL OR expires_at > ?2)
            """, id, revocation)
        for secret in ended { try revokeExchanged(for: secret.secret, revocation) }
        return !ended.isEmpty
    }

    /// Revokes one secret, and the tokens that were exchanged for it. Returns whether it was not revoked before.
    @discardableResult
    func revoke(_ secret: SecretID, _ revocation: Token.Revocation) throws -> Bool {
        guard try !end("id = ?1", secret, revocation).isEmpty else { return false }
        try revokeExchanged(for: secret, revocation)
        return true
    }

    func revokeExchanged(for secret: SecretID, _ revocation: Token.Revocation) throws {
        let ended = try end("origin = 'trade' AND origin_token = ?1", secret, revocation.ofExchanged)
        try noticeExchanged(ended, revocation)
        let delegated = try end("delegated_from = ?1", secret, revocation.ofExchanged)
        try noticeExchanged(delegated, revocation)
        for record in delegated { try revokeExchanged(for: record.secret, revocation) }
    }

    /// Keeps an event for each token that was revoked with the one that it was exchanged for.
    func noticeExchanged(
        _ ended: [TokenRecord], _ revocation: Token.Revocation, incident: Int? = nil
    ) throws {
        for record in ended {
            let name = try token(record.id)?.name.text ?? ""
            try insert(
                Event(
                    .tokenRevoked, at: revocation.at, actor: revocation.by, subject: record.owner,
                    token: record.id, detail: "\(name), with the token it was traded for", incident: incident)
            )
        }
    }

    /// Revokes all tokens of an owner.
    func revokeAll(of owner: SubjectID, _ revocation: Token.Revocation) throws {
        try end("owner = ?1", owner, revocation)
    }

    @discardableResult
    private func end(
        _ condition: String, _ id: any Bindable, _ revocation: Token.Revocation
    ) throws -> [TokenRecord] {
        try update(
            """
            holds_name = 0, revoked_at = ?2, revoked_by = ?3, revoked_reason = ?4
            WHERE \(condition) AND revoked_at IS NULL
            """, id, revocation.at, revocation.by, revocation.reason.rawValue)
    }

    /// Updates secrets and notifies the observer. Returns them as they now are.
    @discardableResult
    func update(_ assignment: String, _ values: (any Bindable)?...) throws -> [TokenRecord] {
        let changed = try statement("UPDATE tokens SET \(assignment) RETURNING \(TokenRecord.columns)")
            .all(values) { try $0.tokenRecord() }
        for (record, digest) in changed { notify(.secret(record, digest)) }
        return changed.map(\.record)
    }
}

extension Token.Revocation {
    /// The revocation of tokens that were exchanged for a token or secret that is revoked by this one.
    var ofExchanged: Self { Self(at: at, by: by, reason: .withParent) }
}

extension [Pause] {
    /// When the last of them ends, for the column `paused_until`; `nil` where there is none.
    var latestEnd: Timestamp? { isEmpty ? nil : map { $0.until ?? .distantFuture }.max() }
}
