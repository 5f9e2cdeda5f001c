internal import Ledger
internal import SQL
internal import Tokens

extension Transaction {
    /// Changes many tokens by a few statements for every ``portion`` of them.
    func change(_ bulk: BulkChange) throws -> BulkOutcome {
        let portions = bulk.tokens.portions(of: Self.portion)
        let ready = try portions.map { try tokens($0, ready: bulk) }.filter { !$0.isEmpty }
        let moment = try bulk.incident == nil ? bulk.event.at : momentOfPause(from: bulk.event.at)
        for tokens in ready {
            // Before the change, while names and owners are those that it found.
            try insertEvents(of: bulk, tokens)
            switch bulk.act {
            case .pause(let source, let until):
                let pause = Pause(source: source, at: moment, until: until, by: bulk.event.actor)
                let replaced = try replacePauses(of: tokens, by: pause)
                try pauseAll(tokens.filter { !replaced.contains($0) }, by: pause)
                if let incident = bulk.incident { try note(tokens, in: incident, pause) }
            case .release(let incident): try releaseAll(tokens, from: incident)
            case .revoke(let reason):
                let revocation = Token.Revocation(at: bulk.event.at, by: bulk.event.actor, reason: reason)
                try revokeAll(tokens, revocation, incident: bulk.incident)
            case .notify: break
            }
        }
        let changed = ready.flatMap(\.self).sorted()
        let done = Set(changed)
        return BulkOutcome(changed: changed, left: bulk.tokens.filter { !done.contains($0) })
    }

    /// The most tokens of one statement. PostgreSQL ends a statement that takes too long, and a row of `tokens` has many
    /// indexes.
    private static let portion = 4000

    /// Those of the tokens that the change is still possible for.
    private func tokens(_ tokens: [TokenID], ready bulk: BulkChange) throws -> [TokenID] {
        var condition = Self.isWorking
        var values: [any Bindable] = [tokens.numberList, bulk.event.at]
        if case .release(let incident) = bulk.act {
            values.append(incident)
            condition += " AND \(isPaused(by: "?3"))"
        }
        return try statement(
            """
            SELECT token_id FROM tokens
            WHERE token_id IN \(database.dialect.numbers(of: "?1")) AND replaced_at IS NULL AND \(condition)
            ORDER BY token_id
            """
        ).all(values) { $0.identifier(0) }
    }

    /// Whether a row's secret has not ended at `?2`.
    private static let isWorking =
        "tokens.revoked_at IS NULL AND (tokens.expires_at IS NULL OR tokens.expires_at > ?2)"

    /// Whether an incident's pause is among those of a row.
    private func isPaused(by incident: String) -> String {
        let pause = "' \(Pause.Source.incident.rawValue),' || incident_tokens.paused_at || ','"
        return """
            EXISTS (SELECT 1 FROM incident_tokens WHERE incident_tokens.token = tokens.token_id
                AND incident_tokens.incident = \(incident)
                AND \(database.dialect.holds(pause, in: "' ' || tokens.pauses")))
            """
    }

    private func insertEvents(of bulk: BulkChange, _ tokens: [TokenID]) throws {
        let event = bulk.event
        latestEventAt = event.at
        let list = database.dialect.numbers(of: "?1")
        try statement(
            """
            INSERT INTO events (\(EventColumn.list))
            SELECT (SELECT CASE WHEN latest >= CAST(?2 AS BIGINT) THEN latest ELSE CAST(?2 AS BIGINT) END
                    FROM (SELECT coalesce(max(id), 0) AS latest FROM events) AS newest)
                    + row_number() OVER (ORDER BY tokens.id),
                CAST(?3 AS BIGINT), CAST(?4 AS TEXT), CAST(?5 AS BIGINT), owner, token_id, CAST(?6 AS TEXT),
                name || CAST(?7 AS TEXT), CAST(?8 AS BIGINT), CAST(?9 AS BIGINT)
            FROM tokens WHERE token_id IN \(list) AND replaced_at IS NULL
            """
        ).run(
            tokens.numberList, event.id, event.at, event.kind.rawValue, event.actor, event.address, bulk.note,
            event.actorToken, bulk.incident)
    }

    // MARK: Acts

    /// Pauses those of the tokens that have a pause of the same source, which it replaces. Returns them.
    private func replacePauses(of tokens: [TokenID], by pause: Pause) throws -> Set<TokenID> {
        guard pause.source != .incident else { return [] }
        let named = database.dialect.holds("' \(pause.source.rawValue),'", in: "' ' || pauses")
        let paused: [TokenID] = try statement(
            """
            SELECT token_id FROM tokens
            WHERE token_id IN \(database.dialect.numbers(of: "?1")) AND replaced_at IS NULL AND \(named)
            """
        ).all([tokens.numberList]) { $0.identifier(0) }
        for id in paused {
            guard let token = try token(id) else { continue }
            var changed = token
            changed.pauses = token.pauses.adding(pause)
            try write(changed, insteadOf: token, at: pause.at)
        }
        return Set(paused)
    }

    private func pauseAll(_ tokens: [TokenID], by pause: Pause) throws {
        let list = database.dialect.numbers(of: "?1")
        let assignment = """
            pauses = CASE WHEN pauses = '' THEN CAST(?3 AS TEXT) ELSE pauses || ' ' || CAST(?3 AS TEXT) END,
                paused_until = CASE WHEN paused_until > ?4 THEN paused_until ELSE CAST(?4 AS BIGINT) END
            """
        let end = pause.until ?? .distantFuture
        try update(
            "\(assignment) WHERE token_id IN \(list) AND \(Self.isWorking)", tokens.numberList, pause.at,
            [pause].column, end)
        for condition in Self.areExchanged(for: list) {
            try update(
                "\(assignment) WHERE \(condition) AND \(Self.isWorking)", tokens.numberList, pause.at,
                [pause.inherited].column, end)
        }
    }

    private func releaseAll(_ tokens: [TokenID], from incident: Int) throws {
        let list = database.dialect.numbers(of: "?1")
        let pauses = try statement(
            "SELECT DISTINCT paused_at, paused_by FROM incident_tokens WHERE incident = ?"
        ).all([incident]) { row in
            Pause(source: .incident, at: row.timestamp(0), until: nil, by: row.optionalIdentifier(1))
        }
        for pause in pauses {
            let exchanged = Self.areExchanged(for: list).map { (pause.inherited, $0) }
            for (pause, condition) in [(pause, "token_id IN \(list)")] + exchanged {
                let rest = "trim(replace(' ' || pauses || ' ', CAST(?2 AS TEXT), ' '))"
                let changed = try update(
                    """
                    pauses = \(rest), paused_until = CASE WHEN \(rest) = '' THEN NULL ELSE paused_until END
                    WHERE \(condition) AND revoked_at IS NULL
                        AND \(database.dialect.holds("CAST(?2 AS TEXT)", in: "' ' || pauses || ' '"))
                    """, tokens.numberList, " \([pause].column) ")
                for record in changed where !record.pauses.isEmpty {
                    try statement("UPDATE tokens SET paused_until = ?2 WHERE id = ?1")
                        .run(record.secret, record.pauses.latestEnd)
                }
            }
        }
    }

    private func revokeAll(
        _ tokens: [TokenID], _ revocation: Token.Revocation, incident: Int?
    ) throws {
        let list = database.dialect.numbers(of: "?1")
        let assignment =
            "holds_name = 0, revoked_at = ?2, revoked_by = CAST(?3 AS BIGINT), revoked_reason = ?4"
        let exchanged = revocation.ofExchanged
        for condition in Self.areExchanged(for: list) {
            let ended = try update(
                "\(assignment) WHERE \(condition) AND token_id NOT IN \(list) AND revoked_at IS NULL",
                tokens.numberList, exchanged.at, exchanged.by, exchanged.reason.rawValue)
            try noticeExchanged(ended, revocation, incident: incident)
        }
        try update(
            "\(assignment) WHERE token_id IN \(list) AND revoked_at IS NULL", tokens.numberList,
            revocation.at,
            revocation.by, revocation.reason.rawValue)
    }

    /// Whether a row was exchanged for a secret of these tokens; and whether an agent got it for one of these, which are
    /// other agents'. Two conditions that never hold at once, each with an index of its own.
    private static func areExchanged(for list: String) -> [String] {
        let parents = "(SELECT id FROM tokens AS parents WHERE parents.token_id IN \(list))"
        return [
            "origin = 'trade' AND origin_token IN \(parents)",
            "delegated_from IN \(parents) AND origin_token NOT IN \(parents)",
        ]
    }
}

extension Array {
    /// The elements in order, in arrays of at most `count`.
    fileprivate func portions(of count: Int) -> [[Element]] {
        stride(from: 0, to: self.count, by: count).map { Array(self[$0..<Swift.min($0 + count, self.count)]) }
    }
}
