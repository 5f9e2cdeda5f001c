public import Ledger
internal import SQL
internal import Tokens

extension SQLBackedLedger {
    public func tokens(_ query: TokenQuery) async throws(LedgerError) -> [ListedToken] {
        guard !query.states.isEmpty, query.limit > 0 else { return [] }
        return try await read { database in
            let matching = try TokenConditions(query, in: database)
            var found: [ListedToken] = []
            for part in query.order.parts(of: query) where found.count < query.limit {
                found += try part.tokens(matching, limit: query.limit - found.count, in: database)
            }
            return found
        }
    }

    public func count(_ query: TokenQuery, upTo most: Int?) async throws(LedgerError) -> Int {
        guard !query.states.isEmpty, query.limit > 0 else { return 0 }
        return try await read { database in
            var matching = try TokenConditions(query, in: database)
            let rows = "FROM \(matching.tables) WHERE \(matching.sql)"
            let sql =
                if let most {
                    "SELECT count(*) FROM (SELECT 1 \(rows) LIMIT \(matching.bind(most + 1))) AS counted"
                } else {
                    "SELECT count(*) \(rows)"
                }
            return Int(try database.statement(sql).all(matching.values) { $0.integer(0) }.first ?? 0)
        }
    }

    public func findingCounts(_ query: TokenQuery) async throws(LedgerError) -> FindingCounts {
        try await read { database in
            var matching = try TokenConditions(query, in: database)
            let findings = TokenFinding.allCases
            // All in one pass over the tokens.
            let sums = findings.map { finding in
                "coalesce(sum(CASE WHEN \(matching.condition(of: finding, query)) THEN 1 ELSE 0 END), 0)"
            }
            let columns = ["count(*)"] + sums.map { "CAST(\($0) AS BIGINT)" }
            let sql = """
                SELECT \(columns.joined(separator: ", ")) FROM \(matching.tables) WHERE \(matching.sql)
                """
            return try database.statement(sql).all(matching.values) { row in
                FindingCounts(
                    all: Int(row.integer(0)),
                    of: Dictionary(
                        uniqueKeysWithValues: findings.enumerated().map {
                            ($1, Int(row.integer(Int32($0 + 1))))
                        }))
            }.first ?? FindingCounts(all: 0, of: [:])
        }
    }
}

/// A part of a list of tokens that one index has in order: with an index by expiry, those that expire, and those that do not.
private struct TokenListPart {
    /// What all tokens of the part have in common.
    var condition: String?
    /// What they are ordered by before the identifier.
    var key: String?
    var isDescending = false
    /// Where the part is read from on; `nil` for its beginning.
    var after: TokenCursor?
    /// The tables, the one first that has the order.
    var tables = "tokens CROSS JOIN subjects LEFT JOIN last_uses ON last_uses.token = tokens.token_id"

    /// The first tokens of the part that match.
    func tokens(
        _ matching: TokenConditions, limit: Int, in database: any SQLDatabase
    ) throws -> [ListedToken] {
        var matching = matching
        if let condition { matching.add(condition) }
        if let after {
            let than = isDescending ? "<" : ">"
            let place = after.key.bound { matching.bind($0) }
            if let key, let place {
                // The key alone, as it may be another table's: an index of that one finds the place.
                matching.add("\(key) \(than)= \(place)")
                matching.add("(\(key), tokens.id) \(than) (\(place), \(matching.bind(after.secret)))")
            } else {
                matching.add("tokens.id \(than) \(matching.bind(after.secret))")
            }
        }
        let direction = isDescending ? " DESC" : ""
        let order = [key, "tokens.id"].compactMap(\.self).map { $0 + direction }.joined(separator: ", ")
        let sql = """
            SELECT \(Token.columns), \(Subject.columns), \(UseColumn.list(of: "last_uses")), subjects.login_folded
            FROM \(matching.tables(ofMany: tables)) WHERE subjects.id = tokens.owner AND \(matching.sql) ORDER BY \(order) LIMIT \(matching.bind(limit))
            """
        return try database.statement(sql).all(matching.values) { try $0.listedToken() }
    }
}

extension TokenOrder {
    /// The parts of the list, in order, from those on in which `cursor` stands.
    fileprivate func parts(of query: TokenQuery) -> [TokenListPart] {
        let cursor = query.after
        return switch self {
        case .newest: [TokenListPart(isDescending: true, after: cursor)]
        case .oldest: [TokenListPart(after: cursor)]
        case .name: [TokenListPart(key: "tokens.name_folded", after: cursor)]
        case .owner:
            [
                TokenListPart(
                    key: "subjects.login_folded", after: cursor,
                    tables:
                        "subjects CROSS JOIN tokens LEFT JOIN last_uses ON last_uses.token = tokens.token_id")
            ]
        case .lastUse:
            Self.rest(
                of: [.used(query, isDescending: true), .neverUsed].filter { $0.mayMatch(query) },
                after: cursor)
        case .leastUsed:
            Self.rest(
                of: [.neverUsed, .used(query, isDescending: false)].filter { $0.mayMatch(query) },
                after: cursor)
        case .expiry: Self.rest(of: [.expiring(query), .unlimited], after: cursor)
        }
    }

    /// The cursor has a key where it stands in the part that has one.
    private static func rest(of parts: [TokenListPart], after cursor: TokenCursor?) -> [TokenListPart] {
        guard let cursor else { return parts }
        let hasKey = cursor.key != .none
        var rest = Array(parts.drop { ($0.key != nil) != hasKey })
        if !rest.isEmpty { rest[0].after = cursor }
        return rest
    }
}

extension TokenListPart {
    fileprivate static let neverUsed = TokenListPart(condition: TokenConditions.isNeverUsed)

    fileprivate static let unlimited = TokenListPart(condition: "tokens.expires_at IS NULL")

    /// The range spares reading those that have expired.
    fileprivate static func expiring(_ query: TokenQuery) -> Self {
        let isWorking = query.states.isSubset(of: Token.State.working)
        return TokenListPart(
            condition: "tokens.expires_at \(isWorking ? "> \(query.now.milliseconds)" : "IS NOT NULL")",
            key: "tokens.expires_at")
    }

    /// Whether a part by last use may have tokens that match. One that has none would be read to its end.
    fileprivate func mayMatch(_ query: TokenQuery) -> Bool {
        let isUsed = query.used != nil || [.unused, .shared, .wide, .newNetwork].contains(query.finding)
        return key == nil ? !isUsed : query.finding != .neverUsed
    }

    fileprivate static func used(_ query: TokenQuery, isDescending: Bool) -> Self {
        // Where they were used is forgotten after some time, and there is nothing to find before that.
        let recent = "last_uses.last_at >= (SELECT min(last_day) FROM use_places) * 86400000"
        return TokenListPart(
            condition: "tokens.token_id = last_uses.token\(query.used == nil ? "" : " AND \(recent)")",
            key: "last_uses.last_at", isDescending: isDescending,
            tables: "last_uses CROSS JOIN tokens CROSS JOIN subjects")
    }
}

extension Row {
    fileprivate func listedToken() throws -> ListedToken {
        let token = try token()
        let start = TokenColumn.count + SubjectColumn.count
        return ListedToken(
            token: token, owner: try subject(from: TokenColumn.count),
            ownerKey: text(start + UseColumn.count),
            lastUse: isNull(start) ? nil : use(of: token.secret, from: start))
    }
}

extension CursorKey {
    /// The place of the key among the values of a statement; `nil` where there is none.
    func bound(_ bind: (any Bindable) -> String) -> String? {
        switch self {
        case .none: nil
        case .number(let number): bind(number)
        case .text(let text): bind(text)
        }
    }
}
