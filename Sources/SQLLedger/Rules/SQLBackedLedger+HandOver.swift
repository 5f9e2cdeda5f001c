public import Ledger
internal import SQL
public import Tokens

extension SQLBackedLedger {
    @discardableResult
    public func handOver(_ handingOver: HandingOver, event: Event) async throws(LedgerError) -> Token {
        try await write { try $0.handOver(handingOver, event: event) }
    }

    @discardableResult
    public func handOver(
        _ handingOver: HandingOver, event: Event, for request: RequestID,
        _ change: @escaping @Sendable (inout TokenRequest) throws(LedgerError) -> [Event]
    ) async throws(LedgerError) -> Token {
        try await write { transaction in
            try transaction.change(request, change)
            return try transaction.handOver(handingOver, event: event)
        }
    }
}

extension Transaction {
    fileprivate func handOver(_ handingOver: HandingOver, event: Event) throws -> Token {
        let known = handingOver.token
        guard let token = try self.token(known.id) else { throw LedgerError.noSuchToken }
        guard token.id == known.id, token.isWorking(at: handingOver.at), token.isLasting else {
            throw LedgerError.notActive
        }
        guard token.owner == known.owner, token.scopes == known.scopes, token.name == known.name else {
            throw LedgerError.changedMeanwhile
        }
        guard try subject(handingOver.account)?.account != nil,
            let owner = try subject(token.owner), owner.isPerson
        else { throw LedgerError.noSuchSubject }
        try claimName(handingOver.name, of: handingOver.account, at: handingOver.at)
        // They act on behalf of the person.
        try endDelegations(of: token.id, at: handingOver.at)
        try move(token, handingOver)
        try insert(event)
        try noticeRotation(of: owner, at: handingOver.at)
        return try self.token(token.id) ?? token
    }
}

extension Transaction {
    /// A subject that has not ended.
    fileprivate func subject(_ id: SubjectID) throws -> Subject? {
        try statement("SELECT \(Subject.columns) FROM subjects WHERE id = ? AND ended_at IS NULL")
            .first(id) { try $0.subject() }
    }

    /// Gives all secrets of a token, and those of the tokens that were exchanged for it, another owner.
    fileprivate func move(_ token: Token, _ handingOver: HandingOver) throws {
        let secrets = "(SELECT id FROM tokens WHERE id = ?1 OR token = ?1)"
        let chain = "(id IN \(secrets) OR origin = 'trade' AND origin_token IN \(secrets))"
        let working = "revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?2)"
        let moving = try statement(
            "SELECT count(*) FROM tokens WHERE \(chain) AND \(working) AND replaced_at IS NULL"
        ).first(token.id, handingOver.at) { $0.integer(0) }
        try refuseTooMany(of: handingOver.account, adding: Int(moving ?? 0), at: handingOver.at)
        // The name first, as no two of an owner hold the same.
        try statement("UPDATE tokens SET holds_name = 0 WHERE id = ?").run(token.secret)
        try update(
            """
            owner = ?3, scopes = ?4, reach = ?5,
                handed_over_from = CASE WHEN \(working) THEN owner ELSE handed_over_from END,
                handed_over_at = CASE WHEN \(working) THEN ?2 ELSE handed_over_at END
            WHERE \(chain)
            """, token.id, handingOver.at, handingOver.account, handingOver.scopes.text,
            handingOver.scopes.reach)
        try statement("UPDATE tokens SET name = ?2, name_folded = ?3, holds_name = 1 WHERE id = ?1").run(
            token.secret, handingOver.name.text, handingOver.name.text.folded)
    }

    /// Keeps an event for each token that the people in `changes` handed over and whose secret they know, where they
    /// have just left.
    func noticeRotations(after changes: ArraySlice<Change>, at now: Timestamp) throws {
        for case .subject(let subject) in changes where subject.isPerson {
            try noticeRotation(of: subject, at: now)
        }
    }

    /// Keeps an event for each token that `person` handed over and whose secret they know, where they have left and
    /// nobody was told yet.
    fileprivate func noticeRotation(of person: Subject, at now: Timestamp) throws {
        guard let left = person.leftAt else { return }
        let tokens = try statement(
            """
            SELECT \(Token.columns) FROM tokens
            WHERE handed_over_from = ?1 AND replaced_at IS NULL AND origin <> 'trade' AND revoked_at IS NULL
                AND (expires_at IS NULL OR expires_at > ?2)
                AND NOT EXISTS (
                    SELECT 1 FROM events WHERE events.token = coalesce(tokens.token, tokens.id)
                        AND events.kind = '\(Event.Kind.rotationDue.rawValue)' AND events.at >= ?3
                )
            """
        ).all([person.id, now, left]) { try $0.token() }
        guard !tokens.isEmpty else { return }
        let grace = try database.tokenPolicy().grace
        for token in tokens {
            guard let due = token.handOver?.rotationDue(of: person, grace: grace) else { continue }
            try insert(
                Event(
                    .rotationDue, at: now, actor: nil, subject: token.owner, token: token.id,
                    detail: "\(token.name), known to \(person.login), by \(due.rfc3339)"))
        }
    }
}
