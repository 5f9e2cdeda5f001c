public import Ledger
internal import SQL
public import Tokens

extension SQLBackedLedger {
    @discardableResult
    public func rotate(
        _ id: TokenID, _ rotation: Rotation, event: Event
    ) async throws(LedgerError) -> Token {
        try await write { try $0.rotate(id, rotation, event: event) }
    }

    public func previousSecrets(
        of token: TokenID, at now: Timestamp
    ) async throws(LedgerError) -> [PreviousSecret] {
        try await read { try $0.previousSecrets(of: token, at: now) }
    }

    public func tokensThatMove(at now: Timestamp) async throws(LedgerError) -> [TokenID] {
        try await read { database in
            try database.statement(
                """
                SELECT DISTINCT coalesce(token, id) FROM tokens
                WHERE ends_when_moved = 1 AND revoked_at IS NULL AND expires_at > ?
                """
            ).all([now]) { $0.identifier(0) }
        }
    }
}

extension Token {
    fileprivate func rotated(by rotation: Rotation) -> Token {
        Token(
            id: rotation.renames ? rotation.secret.alias : id, secret: rotation.secret, owner: owner,
            name: name,
            description: description, scopes: scopes, addresses: addresses, createdAt: createdAt,
            origin: origin, expiresAt: rotation.expiresAt, expirySetAt: rotation.expirySetAt,
            rotatedAt: rotation.at, pauses: pauses)
    }
}

extension Transaction {
    func rotate(_ id: TokenID, _ rotation: Rotation, event: Event) throws -> Token {
        guard let token = try self.token(id) else { throw LedgerError.noSuchToken }
        guard token.id == id, token.isWorking(at: rotation.at), token.isLasting else {
            throw LedgerError.notActive
        }
        guard try database.previousSecrets(of: id, at: rotation.at).isEmpty else {
            throw LedgerError.beingRotated
        }
        let rotated = token.rotated(by: rotation)
        try replace(token, by: rotated, rotation, actor: event.actor)
        try insertRow(of: rotated, digest: rotation.digest)
        if rotation.renames {
            try moveLastUse(from: id, to: rotated.id)
            try movePlaces(from: id, to: rotated.id)
        }
        try insert(event)
        return rotated
    }

    /// Makes the current secret of `token` the previous one.
    fileprivate func replace(
        _ token: Token, by rotated: Token, _ rotation: Rotation, actor: SubjectID?
    ) throws {
        if rotation.renames {
            try statement("UPDATE tokens SET token = ?2 WHERE id = ?1 OR token = ?1").run(
                token.id, rotated.id)
        }
        try statement(
            """
            UPDATE tokens SET successor = ?2, replaced_at = ?3, ends_when_moved = ?4, holds_name = 0
            WHERE id = ?1
            """
        ).run(token.secret, rotated.secret, rotation.at, rotation.endsWhenMoved)
        if rotation.previousEndsAt <= rotation.at {
            try revoke(token.secret, Token.Revocation(at: rotation.at, by: actor, reason: .rotated))
        } else {
            try update(
                """
                expires_at = CASE WHEN expires_at < ?2 THEN expires_at ELSE ?2 END
                WHERE id = ?1 OR origin = 'trade' AND origin_token = ?1 AND revoked_at IS NULL
                """, token.secret, rotation.previousEndsAt)
        }
    }

    /// Copies the latest use of a token that gets another identifier.
    fileprivate func moveLastUse(from id: TokenID, to new: TokenID) throws {
        try statement(
            """
            INSERT INTO last_uses (token, \(UseColumn.list))
            SELECT ?2, \(UseColumn.list) FROM last_uses WHERE token = ?1
            """
        ).run(id, new)
    }
}

extension SQLDatabase {
    /// The earlier secrets of a token that have not ended at `now`, the latest first.
    func previousSecrets(of token: TokenID, at now: Timestamp) throws -> [PreviousSecret] {
        try statement(
            """
            SELECT id, created_at, replaced_at, expires_at, ends_when_moved FROM tokens
            WHERE (id = ?1 OR token = ?1) AND replaced_at IS NOT NULL AND revoked_at IS NULL
                AND (expires_at IS NULL OR expires_at > ?2)
            ORDER BY id DESC
            """
        ).all([token, now]) { row in
            PreviousSecret(
                id: row.identifier(0), createdAt: row.timestamp(1), replacedAt: row.timestamp(2),
                endsAt: row.optionalTimestamp(3), endsWhenMoved: row.integer(4) != 0)
        }
    }
}
