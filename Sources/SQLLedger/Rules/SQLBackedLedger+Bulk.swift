public import Ledger
internal import SQL
public import Tokens

extension SQLBackedLedger {
    public func identifiers(_ query: TokenQuery) async throws(LedgerError) -> [TokenID] {
        guard !query.states.isEmpty, query.limit > 0 else { return [] }
        return try await read { database in
            var matching = try TokenConditions(query, in: database)
            let sql = """
                SELECT tokens.token_id FROM \(matching.tables) WHERE \(matching.sql)
                ORDER BY tokens.id LIMIT \(matching.bind(query.limit))
                """
            return try database.statement(sql).all(matching.values) { $0.identifier(0) }
        }
    }

    public func summary(
        of tokens: [TokenID], usedSince: Timestamp, at now: Timestamp
    ) async throws(LedgerError) -> BulkSummary {
        try await read { database in
            let list = database.dialect.numbers(of: "?1")
            var summary = BulkSummary()
            let owners = try database.statement(
                """
                SELECT count(*), CAST(coalesce(sum(CASE WHEN purpose IS NULL THEN 1 ELSE 0 END), 0) AS BIGINT) FROM subjects
                WHERE id IN (SELECT owner FROM tokens WHERE token_id IN \(list) AND replaced_at IS NULL)
                """
            ).first(tokens.numberList) { ($0.integer(0), $0.integer(1)) }
            summary.people = Int(owners?.1 ?? 0)
            summary.accounts = Int((owners?.0 ?? 0) - (owners?.1 ?? 0))
            summary.used = Int(
                try database.statement(
                    "SELECT count(*) FROM last_uses WHERE token IN \(list) AND last_at >= ?2"
                )
                .first(tokens.numberList, usedSince) { $0.integer(0) } ?? 0)
            summary.services = try database.statement(
                """
                SELECT service, count(DISTINCT token) AS tokens FROM use_places
                WHERE token IN \(list) AND last_day >= ?2 AND service <> ''
                GROUP BY service ORDER BY tokens DESC, service LIMIT 20
                """
            ).all([tokens.numberList, usedSince.day]) { .init(name: $0.text(0), tokens: Int($0.integer(1))) }
            return summary
        }
    }

    public func add(_ selection: TokenSelection) async throws(LedgerError) {
        try await write { transaction in
            _ = try transaction.statement(
                "INSERT INTO token_selections (id, subject, at, tokens, spared) VALUES (?, ?, ?, ?, ?)"
            ).run(
                selection.id, selection.by, selection.at, selection.tokens.numberList,
                selection.spared.numberList)
        }
    }

    public func selection(_ id: SelectionID) async throws(LedgerError) -> TokenSelection? {
        try await read { database in
            try database.statement(
                "SELECT id, subject, at, tokens, spared FROM token_selections WHERE id = ?"
            )
            .first(id) { row in
                TokenSelection(
                    id: row.identifier(0), by: row.optionalIdentifier(1), at: row.timestamp(2),
                    tokens: try row.known([TokenID](numberList: row.text(3)), "selection"),
                    spared: try row.known([TokenID](numberList: row.text(4)), "selection"))
            }
        }
    }

    public func change(_ bulk: BulkChange) async throws(LedgerError) -> BulkOutcome {
        try await write { try $0.change(bulk) }
    }
}

extension [TokenID] {
    /// The numbers as a JSON array, which ``SQL/SQLDialect/numbers(of:)`` reads.
    var numberList: String { "[\(map { "\($0.number)" }.joined(separator: ","))]" }

    /// Reads ``numberList``; `nil` for anything else.
    fileprivate init?(numberList: String) {
        self = []
        guard numberList.first == "[", numberList.last == "]" else { return nil }
        for number in numberList.dropFirst().dropLast().split(separator: ",") {
            guard let number = Int64(number) else { return nil }
            append(TokenID(number: number))
        }
    }
}
