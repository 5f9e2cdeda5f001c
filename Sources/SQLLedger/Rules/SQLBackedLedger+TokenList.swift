public import Ledger
internal import SQL
internal import Tokens

extension SQLBackedLedger {
    public func tokens(_ query: TokenQuery) async throws(LedgerError) -> [ListedToken] {
        guard !query.states.isEmpty, query.limit > 0 else { return [] }
        return try await read { database in
            let (conditions, values) = Self.conditions(of: query, dialect: database.dialect)
            let sql = """
                SELECT \(Token.columns), \(Subject.columns), \(UseColumn.list(of: "last_uses"))
                FROM tokens
                JOIN subjects ON subjects.id = tokens.owner
                LEFT JOIN last_uses ON last_uses.token = coalesce(tokens.token, tokens.id)
                WHERE \(conditions) ORDER BY tokens.id DESC LIMIT ?1
                """
            return try database.statement(sql).all(values) { try $0.listedToken() }
        }
    }

    /// The conditions in SQL and the values of its `?n`. It contains only what the query asks for, so that
    /// the database can use the right index; there are few shapes, and each is prepared once.
    private static func conditions(
        of query: TokenQuery, dialect: SQLDialect
    ) -> (sql: String, values: [(any Bindable)?]) {
        var sql = ["tokens.id < ?2", "tokens.replaced_at IS NULL"]
        var values: [(any Bindable)?] = [query.limit, query.before?.number ?? .max]
        if let owner = query.owner {
            values.append(owner)
            sql.append("tokens.owner = ?\(values.count)")
        }
        if query.states.count < Token.State.allCases.count {
            // Revoked tokens are found without the time.
            if query.states != [.revoked] { values.append(query.now) }
            let states = query.states.map { condition($0, at: "?\(values.count)") }
            sql.append("(\(states.sorted().joined(separator: " OR ")))")
        }
        if let moment = query.unusedSince {
            values.append(moment)
            sql.append(unused(since: "?\(values.count)"))
        }
        if let name = query.name {
            values.append(name.folded)
            sql.append("tokens.name_folded = ?\(values.count)")
        }
        if let search = query.search {
            values.append(search.folded)
            let columns = ["tokens.name_folded", "subjects.login_folded", "subjects.name_folded"]
            let found = columns.map { dialect.holds("?\(values.count)", in: $0) }
            sql.append("(\(found.joined(separator: " OR ")))")
        }
        return (sql.joined(separator: " AND "), values)
    }

    private static func unused(since moment: String) -> String {
        """
        tokens.origin <> 'trade' AND tokens.created_at <= \(moment)
            AND (tokens.resumed_at IS NULL OR tokens.resumed_at <= \(moment))
            AND (last_uses.last_at IS NULL OR last_uses.last_at <= \(moment))
            AND NOT EXISTS (SELECT 1 FROM tokens AS exchanged
                JOIN last_uses AS latest ON latest.token = exchanged.id
                WHERE exchanged.origin = 'trade' AND exchanged.origin_token = tokens.id
                    AND latest.last_at > \(moment))
        """
    }

    private static func condition(_ state: Token.State, at now: String) -> String {
        switch state {
        case .active:
            "\(isWorking(at: now)) AND (tokens.paused_until IS NULL OR tokens.paused_until <= \(now))"
        case .paused: "\(isWorking(at: now)) AND tokens.paused_until > \(now)"
        case .expired: "tokens.revoked_at IS NULL AND tokens.expires_at <= \(now)"
        case .revoked: "tokens.revoked_at IS NOT NULL"
        }
    }

    private static func isWorking(at now: String) -> String {
        "tokens.revoked_at IS NULL AND (tokens.expires_at IS NULL OR tokens.expires_at > \(now))"
    }
}

extension Row {
    fileprivate func listedToken() throws -> ListedToken {
        let token = try token()
        let start = TokenColumn.count + SubjectColumn.count
        return ListedToken(
            token: token, owner: try subject(from: TokenColumn.count),
            lastUse: isNull(start) ? nil : use(of: token.secret, from: start))
    }
}
