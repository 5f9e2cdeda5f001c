public import Ledger
internal import SQL
public import Tokens

extension SQLBackedLedger {
    public func subjects(_ query: SubjectQuery) async throws(LedgerError) -> [ListedSubject] {
        guard query.limit > 0 else { return [] }
        return try await read { database in
            var found: [SignedInSubject] = []
            for part in query.order.parts(after: query.after) where found.count < query.limit {
                found += try part.subjects(query, limit: query.limit - found.count, in: database)
            }
            let tokens = try database.workingTokens(of: found.map(\.subject.id), at: query.now)
            return found.map { one in
                let own = tokens[one.subject.id]
                return ListedSubject(
                    subject: one.subject, loginKey: one.loginKey, lastSignIn: one.lastSignIn,
                    tokens: own?.count ?? 0, lastUse: own?.lastUse)
            }
        }
    }

    public func count(_ query: SubjectQuery) async throws(LedgerError) -> Int {
        try await read { database in
            let matching = SubjectConditions(query, in: database)
            let count = try database.statement("SELECT count(*) FROM subjects WHERE \(matching.sql)")
                .all(matching.values) { $0.integer(0) }.first
            return Int(count ?? 0)
        }
    }

    public func stewards(of accounts: [Subject]) async throws(LedgerError) -> [Subject] {
        let records = accounts.compactMap(\.account)
        let named = TokenConditions.list(records.flatMap(\.stewards).map { "\($0.number)" })
        let owners = TokenConditions.list(records.flatMap(\.owners).uniqued().map { TextList.join([$0]) })
        let people = try await read { database in
            // The text finds candidates; `isSteward` reads the list.
            try database.statement(
                """
                WITH owner (text) AS MATERIALIZED (SELECT texts.text FROM \(database.dialect.elements(of: "?1", called: "texts")))
                SELECT \(Subject.columns) FROM subjects
                WHERE suspended_at IS NULL AND deactivated_at IS NULL AND ended_at IS NULL AND purpose IS NULL
                    AND (CAST(id AS TEXT) IN \(database.dialect.elements(of: "?2")) OR groups <> ''
                        AND EXISTS (SELECT 1 FROM owner WHERE \(database.dialect.holds("owner.text", in: "groups"))))
                ORDER BY login_folded
                """
            ).all([owners, named]) { try $0.subject() }
        }
        let byName = Set(records.flatMap(\.stewards))
        let groups = Set(records.flatMap(\.owners).map { ExactText($0) })
        return people.filter { person in
            byName.contains(person.id) || person.groups.contains { groups.contains(ExactText($0)) }
        }
    }
}

/// A subject with its last sign-in.
private struct SignedInSubject {
    let subject: Subject
    let lastSignIn: LastSignIn?
    /// Its `login_folded`.
    let loginKey: String
}

/// What a ``SubjectQuery`` asks of the table `subjects`, in SQL.
private struct SubjectConditions {
    private var conditions: [String] = []
    /// The values of ``sql``'s `?n`.
    private(set) var values: [(any Bindable)?] = []

    var sql: String { conditions.joined(separator: " AND ") }

    mutating func add(_ condition: String) { conditions.append(condition) }

    /// Returns the `?n` of a value.
    mutating func bind(_ value: any Bindable) -> String {
        values.append(value)
        return "?\(values.count)"
    }

    init(_ query: SubjectQuery, in database: any SQLDatabase) {
        add("purpose IS \(query.kind == .person ? "" : "NOT ")NULL")
        if query.state != .removed { add("ended_at IS NULL") }
        if let state = query.state { add(condition(state, query)) }
        if let search = query.search {
            let text = bind(search.folded)
            let found = ["login_folded", "name_folded", "email_folded"]
                .map { database.dialect.holds(text, in: $0) }
            add("(\(found.joined(separator: " OR ")))")
        }
    }

    private mutating func condition(_ state: SubjectState, _ query: SubjectQuery) -> String {
        switch state {
        case .active:
            "suspended_at IS NULL AND deactivated_at IS NULL AND unattended_since IS NULL AND NOT \(dormant(query))"
        case .suspended: "suspended_at IS NOT NULL"
        case .deactivated: "deactivated_at IS NOT NULL"
        case .dormant: dormant(query)
        case .administrator: "is_administrator = 1"
        case .neverSignedIn: "signed_in_at IS NULL"
        case .unattended: "unattended_since IS NOT NULL"
        case .removed: "ended_at IS NOT NULL"
        }
    }

    private mutating func dormant(_ query: SubjectQuery) -> String {
        guard let moment = query.dormantSince else { return "must_sign_in_since IS NOT NULL" }
        return """
            (must_sign_in_since IS NOT NULL
                OR is_break_glass = 0 AND last_sign_in_at IS NOT NULL AND last_sign_in_at <= \(bind(moment)))
            """
    }
}

/// A part of a list of subjects that one index has in order.
private struct SubjectListPart {
    /// What all subjects of the part have in common.
    var condition: String?
    /// What they are ordered by before the identifier.
    var key: String?
    var isDescending = false
    /// Where the part is read from on; `nil` for its beginning.
    var after: SubjectCursor?

    /// The first subjects of the part that match.
    func subjects(
        _ query: SubjectQuery, limit: Int, in database: any SQLDatabase
    ) throws -> [SignedInSubject] {
        var matching = SubjectConditions(query, in: database)
        if let condition { matching.add(condition) }
        if let after {
            let than = isDescending ? "<" : ">"
            let place = after.key.bound { matching.bind($0) }
            if let key, let place {
                matching.add("(\(key), id) \(than) (\(place), \(matching.bind(after.id)))")
            } else {
                matching.add("id \(than) \(matching.bind(after.id))")
            }
        }
        let direction = isDescending ? " DESC" : ""
        let order = [key, "id"].compactMap(\.self).map { $0 + direction }.joined(separator: ", ")
        return try database.statement(
            """
            SELECT \(Subject.columns), signed_in_at, signed_in_from, login_folded FROM subjects
            WHERE \(matching.sql) ORDER BY \(order) LIMIT \(matching.bind(limit))
            """
        ).all(matching.values) { row in
            SignedInSubject(
                subject: try row.subject(), lastSignIn: row.lastSignIn(from: SubjectColumn.count),
                loginKey: row.text(SubjectColumn.count + 2))
        }
    }
}

extension SubjectOrder {
    /// The parts of the list, in order, from the one on in which `cursor` stands. The cursor has a key where that part
    /// has one.
    fileprivate func parts(after cursor: SubjectCursor?) -> [SubjectListPart] {
        let parts: [SubjectListPart] =
            switch self {
            case .login: [SubjectListPart(key: "login_folded")]
            case .name: [SubjectListPart(key: "name_folded")]
            case .lastSignIn:
                [
                    SubjectListPart(
                        condition: "signed_in_at IS NOT NULL", key: "signed_in_at", isDescending: true),
                    SubjectListPart(condition: "signed_in_at IS NULL"),
                ]
            }
        guard let cursor else { return parts }
        var rest = Array(parts.drop { ($0.key != nil) != (cursor.key != .none) })
        if !rest.isEmpty { rest[0].after = cursor }
        return rest
    }
}

extension SQLDatabase {
    /// The number of active and paused tokens of each of these owners, and the latest use of one of them.
    fileprivate func workingTokens(
        of owners: [SubjectID], at now: Timestamp
    ) throws -> [SubjectID: (count: Int, lastUse: Use?)] {
        guard !owners.isEmpty else { return [:] }
        let list = TokenConditions.list(owners.map { "\($0.number)" })
        let rows = try statement(
            """
            SELECT owner, working, id, \(UseColumn.list) FROM (
                SELECT tokens.owner, tokens.id, \(UseColumn.list(of: "last_uses")),
                    count(*) OVER (PARTITION BY tokens.owner) AS working,
                    row_number() OVER (PARTITION BY tokens.owner ORDER BY last_uses.last_at DESC NULLS LAST, tokens.id)
                        AS place
                FROM tokens LEFT JOIN last_uses ON last_uses.token = coalesce(tokens.token, tokens.id)
                WHERE tokens.owner IN (SELECT CAST(texts.text AS BIGINT) FROM \(dialect.elements(of: "?1", called: "texts")))
                    AND tokens.replaced_at IS NULL AND \(TokenConditions.isWorking(at: "?2"))
            ) AS ranked WHERE place = 1
            """
        ).all([list, now]) { row -> (SubjectID, Int, Use?) in
            let use = row.isNull(3) ? nil : row.use(of: row.identifier(2), from: 3)
            return (row.identifier(0), Int(row.integer(1)), use)
        }
        return Dictionary(rows.map { ($0.0, ($0.1, $0.2)) }, uniquingKeysWith: { first, _ in first })
    }
}
