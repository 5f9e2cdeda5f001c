public import Ledger
internal import SQL
public import Tokens

extension SQLBackedLedger {
    public func add(_ token: Token, digest: TokenDigest, event: Event) async throws(LedgerError) {
        try await writer.write { transaction in
            try transaction.insert(token, digest: digest)
            try transaction.insert(event)
        }
    }

    public func replace(
        _ old: TokenID, with token: Token, digest: TokenDigest, oldEnds: Timestamp, event: Event
    ) async throws(LedgerError) {
        try await writer.write { transaction in
            guard let former = try transaction.token(old), former.owner == token.owner else {
                throw LedgerError.noSuchToken
            }
            guard former.state(at: token.createdAt) == .active, former.successor == nil,
                former.exchange == nil
            else {
                throw LedgerError.notActive
            }
            try transaction.supersede(former, by: token, ends: oldEnds, actor: event.actor)
            try transaction.insert(token, digest: digest)
            try transaction.insert(event)
        }
    }

    @discardableResult
    public func revoke(
        _ id: TokenID, _ revocation: Token.Revocation, event: Event
    ) async throws(LedgerError) -> Token {
        try await writer.write { transaction in
            if try transaction.revoke(id, revocation) { try transaction.insert(event) }
            guard let token = try transaction.token(id) else { throw LedgerError.noSuchToken }
            return token
        }
    }

    public func token(_ id: TokenID) async throws(LedgerError) -> Token? {
        try await read { try $0.token(id) }
    }

    public func token(_ digest: TokenDigest) async throws(LedgerError) -> Token? {
        try await read { database in
            try database.statement("SELECT \(Token.columns) FROM tokens WHERE digest = ?")
                .first(digest) { try $0.token() }
        }
    }
}

extension SQLDatabase {
    fileprivate func token(_ id: TokenID) throws -> Token? {
        try statement("SELECT \(Token.columns) FROM tokens WHERE id = ?").first(id) { try $0.token() }
    }
}

extension Transaction {
    func token(_ id: TokenID) throws -> Token? {
        try database.token(id)
    }

    func insert(_ token: Token, digest: TokenDigest) throws {
        if token.exchange == nil { try claimName(of: token) }
        try refuseTooMany(of: token.owner, at: token.createdAt)
        try statement(
            """
            INSERT INTO tokens (id, owner, digest, name, name_folded, holds_name, scopes, created_at, origin,
                origin_token, device, expires_at, addresses)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """
        ).run(
            token.id, token.owner, digest, token.name.text, token.name.text.folded, token.exchange == nil,
            token.scopes.text, token.createdAt, token.origin.column, token.origin.token,
            token.exchange?.device.text, token.expiresAt, token.addresses.column)
        tell(.token(token, digest))
    }

    /// Refuses the name of an active token, and takes it from an expired one.
    private func claimName(of token: Token) throws {
        let name = token.name.text.folded
        let holder = try statement(
            """
            SELECT 1 FROM tokens WHERE owner = ? AND name_folded = ? AND revoked_at IS NULL
                AND successor IS NULL AND origin <> 'trade' AND (expires_at IS NULL OR expires_at > ?)
            """
        ).first(token.owner, name, token.createdAt) { _ in true }
        if holder != nil { throw LedgerError.nameTaken }
        try statement(
            "UPDATE tokens SET holds_name = 0 WHERE owner = ? AND name_folded = ? AND holds_name = 1"
        )
        .run(token.owner, name)
    }

    private func refuseTooMany(of owner: SubjectID, at now: Timestamp) throws {
        let active = try statement(
            """
            SELECT count(*) FROM tokens
            WHERE owner = ? AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?)
            """
        ).first(owner, now) { $0.integer(0) }
        if active ?? 0 >= LedgerLimits.activeTokensPerSubject { throw LedgerError.tooManyTokens }
    }

    fileprivate func supersede(_ former: Token, by token: Token, ends: Timestamp, actor: SubjectID?) throws {
        try statement("UPDATE tokens SET successor = ?2, holds_name = 0 WHERE id = ?1").run(
            former.id, token.id)
        if ends <= token.createdAt {
            try revoke(former.id, Token.Revocation(at: token.createdAt, by: actor, reason: .regenerated))
        } else {
            try change(
                """
                expires_at = CASE WHEN expires_at < ?2 THEN expires_at ELSE ?2 END
                WHERE id = ?1 OR origin = 'trade' AND origin_token = ?1 AND revoked_at IS NULL
                """, former.id, ends)
        }
    }

    /// Revokes a token and those that were traded for it. Returns whether it was not revoked before.
    @discardableResult
    func revoke(_ id: TokenID, _ revocation: Token.Revocation) throws -> Bool {
        guard try !end("id = ?1", id, revocation).isEmpty else { return false }
        let withIt = Token.Revocation(at: revocation.at, by: revocation.by, reason: .withParent)
        for token in try end("origin = 'trade' AND origin_token = ?1", id, withIt) {
            try insert(
                Event(
                    .tokenRevoked, at: revocation.at, actor: revocation.by, subject: token.owner,
                    token: token.id, detail: "\(token.name), with the token it was traded for"))
        }
        return true
    }

    /// Revokes all tokens of an owner.
    func revokeAll(of owner: SubjectID, _ revocation: Token.Revocation) throws {
        try end("owner = ?1", owner, revocation)
    }

    @discardableResult
    private func end(
        _ condition: String, _ id: any Bindable, _ revocation: Token.Revocation
    ) throws -> [Token] {
        try change(
            """
            holds_name = 0, revoked_at = ?2, revoked_by = ?3, revoked_reason = ?4
            WHERE \(condition) AND revoked_at IS NULL
            """, id, revocation.at, revocation.by, revocation.reason.rawValue)
    }

    /// Updates tokens and notifies the observer. Returns them as they now are.
    @discardableResult
    private func change(_ assignment: String, _ values: (any Bindable)?...) throws -> [Token] {
        let changed = try statement("UPDATE tokens SET \(assignment) RETURNING \(Token.columns), digest")
            .all(values) { (try $0.token(), try $0.tokenDigest()) }
        for (token, digest) in changed { tell(.token(token, digest)) }
        return changed.map(\.0)
    }
}
