internal import JSON
internal import Ledger
internal import SQL
internal import Tokens

/// What a ``TokenQuery`` asks of the tables `tokens`, `subjects` and `last_uses`, joined, in SQL. It contains only what the
/// query asks for, so that the database can use the right index.
struct TokenConditions {
    private var conditions: [String] = []
    /// The `?n` of the list of all tokens that may match, by their numbers, where they are few.
    private var few: String?
    /// The values of ``sql``'s `?n`.
    private(set) var values: [(any Bindable)?] = []
    let dialect: SQLDialect

    /// All conditions, joined.
    var sql: String { conditions.joined(separator: " AND ") }

    mutating func add(_ condition: String) {
        conditions.append(condition)
    }

    /// Returns the `?n` of a value.
    mutating func bind(_ value: any Bindable) -> String {
        values.append(value)
        return "?\(values.count)"
    }

    /// No conditions.
    init(in database: any SQLDatabase) {
        dialect = database.dialect
    }

    init(_ query: TokenQuery, in database: any SQLDatabase) throws {
        self.init(in: database)
        add("tokens.replaced_at IS NULL")
        if let before = query.before { add("tokens.id < \(bind(before))") }
        if query.ownerKind == .agent {
            add(
                "(tokens.actor IS NOT NULL OR tokens.origin = 'trade' AND tokens.origin_token = \(Token.Origin.noParent.number))"
            )
        } else if let kind = query.ownerKind {
            add(
                "tokens.owner IN (SELECT id FROM subjects WHERE purpose IS \(kind == .person ? "" : "NOT ")NULL)"
            )
        }
        addStates(query)
        if let moment = query.unusedSince { add(Self.unused(since: bind(moment))) }
        if let isOfJob = query.isOfJob {
            add("tokens.trust_rule IS \(isOfJob ? "NOT " : "")NULL")
        }
        if let name = query.name { add("tokens.name_folded = \(bind(name.folded))") }
        if let part = query.namePart { add(dialect.holds(bind(part.folded), in: "tokens.name_folded")) }
        if let from = query.created.from { add("tokens.created_at >= \(bind(from))") }
        if let until = query.created.until { add("tokens.created_at < \(bind(until))") }
        if let service = query.allowing {
            let scope = bind(" \(service.text)")
            let scopes = "replace(' ' || tokens.scopes || ' ', ' ', ': ')"
            add("(tokens.scopes = '' OR \(dialect.holds("\(scope) || ':'", in: scopes)))")
        }
        if let scope = query.holding {
            add(dialect.holds("' ' || \(bind(scope.text)) || ' '", in: "' ' || tokens.scopes || ' '"))
        }
        var few: [Set<TokenID>] = []
        if let owner = query.owner { few += [try add(owner: owner, in: database)].compactMap(\.self) }
        if let created = try fewCreated(query.created, in: database) { few.append(created) }
        if let tokens = query.among { few += [add(among: tokens)].compactMap(\.self) }
        if let finding = query.finding { few += [try add(finding, query, in: database)].compactMap(\.self) }
        if let used = query.used { few += [try add(used, in: database)].compactMap(\.self) }
        if let search = query.search { few += [try add(search: search, in: database)].compactMap(\.self) }
        guard let first = few.first else { return }
        let common = few.dropFirst().reduce(first) { $0.intersection($1) }
        self.few = bind(common.sorted().numberList)
        add("tokens.token_id = few.number")
    }

    /// The tables that the conditions need where no subject is read.
    var tables: String { "\(tokens) LEFT JOIN last_uses ON last_uses.token = tokens.token_id" }

    /// The tables of a list. The first one has its order where its tokens are many. CROSS JOIN keeps SQLite from reading
    /// another first; there, the conditions that join them are among the others
    /// (<https://www.sqlite.org/optoverview.html#crossjoin>).
    func tables(ofMany tables: String) -> String {
        few == nil
            ? tables
            : "\(tokens) CROSS JOIN subjects LEFT JOIN last_uses ON last_uses.token = tokens.token_id"
    }

    private var tokens: String {
        few.map { "\(dialect.numbers(of: $0, called: "few")) CROSS JOIN tokens" } ?? "tokens"
    }

    private mutating func addStates(_ query: TokenQuery) {
        guard query.states.count < Token.State.allCases.count else { return }
        // Revoked tokens are found without the time.
        let now = query.states == [.revoked] ? "" : bind(query.now)
        let states = query.states.map { Self.condition($0, at: now) }
        add("(\(states.sorted().joined(separator: " OR ")))")
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

    static func isWorking(at now: String) -> String {
        "tokens.revoked_at IS NULL AND (tokens.expires_at IS NULL OR tokens.expires_at > \(now))"
    }

    // MARK: Search

    /// The identifier alone where it is one, so that nothing else is looked through. Returns the tokens that are found
    /// where they are few; otherwise a condition finds them.
    private mutating func add(search: String, in database: any SQLDatabase) throws -> Set<TokenID>? {
        if let id = TokenID(search.folded), let token = try database.token(id) { return [token.id] }
        // The places by themselves: with them, every row of the tokens would have to be read.
        let named = try Self.few(in: database) { part in
            // The names alone are a tenth of the table.
            let tokens = part.dialect.table("tokens", by: "tokens_by_name")
            return
                "SELECT tokens.token_id FROM \(tokens) WHERE tokens.replaced_at IS NULL AND \(part.condition(naming: search))"
        }
        let used = try named == nil ? nil : few(usedFrom: search, in: database)
        if let named, let used { return named.union(used) }
        var ways = [condition(naming: search)]
        if let range = AddressRange(search),
            let places = try places(UsePlaceQuery(addresses: range), in: database)
        {
            ways.append("tokens.token_id IN (SELECT token FROM use_places WHERE \(places))")
        }
        add("(\(ways.joined(separator: " OR ")))")
        return nil
    }

    /// The tokens that were used from an address or a range, if the text is one, where they are few.
    private func few(usedFrom search: String, in database: any SQLDatabase) throws -> Set<TokenID>? {
        guard let range = AddressRange(search) else { return [] }
        return try Self.few(in: database) { part in
            try part.places(UsePlaceQuery(addresses: range), in: database).map {
                "SELECT token FROM use_places WHERE \($0)"
            }
        }
    }

    private mutating func condition(naming search: String) -> String {
        let text = bind(search.folded)
        let found = ["login_folded", "name_folded", "email_folded"].map { dialect.holds(text, in: $0) }
        // The owners are looked through once, and not again for each token.
        return """
            (\(dialect.holds(text, in: "tokens.name_folded"))
                OR tokens.owner IN (SELECT id FROM subjects WHERE \(found.joined(separator: " OR "))))
            """
    }

    private mutating func add(_ used: UsePlaceQuery, in database: any SQLDatabase) throws -> Set<TokenID>? {
        let few = try Self.few(in: database) { part in
            try part.places(used, in: database).map { "SELECT token FROM use_places WHERE \($0)" }
        }
        if few == nil, let places = try places(used, in: database) {
            add("EXISTS (SELECT 1 FROM use_places WHERE token = tokens.token_id AND \(places))")
        }
        return few
    }

    /// What is true of the places of those that were used that way; `nil` where there are none.
    private mutating func places(_ used: UsePlaceQuery, in database: any SQLDatabase) throws -> String? {
        var places: [String] = []
        if let service = used.service { places.append("service = \(bind(service))") }
        if let range = used.addresses {
            if let address = range.onlyAddress {
                places.append(
                    "network = \(bind(address.site.description)) AND address = \(bind(address.description))")
            } else {
                let networks = try database.distinct("network").filter {
                    AddressRange($0).map { range.contains($0) || $0.contains(range) } ?? false
                }
                guard let list = try addresses(range, of: networks, in: database) else { return nil }
                places.append(list)
            }
        }
        if let client = used.client?.folded {
            let clients = try database.distinct("client").filter { $0.folded.contains(client) }
            guard !clients.isEmpty else { return nil }
            places.append("client IN \(dialect.elements(of: bind(Self.list(clients))))")
        }
        if let from = used.at.from { places.append("last_day >= \(bind(from.day))") }
        if let until = used.at.until {
            places.append("first_day <= \(bind((until - TimeSpan(milliseconds: 1)).day))")
        }
        return places.isEmpty ? "TRUE" : places.joined(separator: " AND ")
    }

    /// The places of a range: those in `networks`, and of a range within one network, those of its addresses.
    private mutating func addresses(
        _ range: AddressRange, of networks: [String], in database: any SQLDatabase
    ) throws -> String? {
        guard let first = networks.first else { return nil }
        let isWithin = networks.count == 1 && AddressRange(first).map { !range.contains($0) } ?? false
        guard isWithin else { return "network IN \(dialect.elements(of: bind(Self.list(networks))))" }
        let addresses = try database.statement("SELECT DISTINCT address FROM use_places WHERE network = ?")
            .all([first]) { $0.text(0) }
            .filter { IPAddress($0).map(range.contains) ?? false }
        guard !addresses.isEmpty else { return nil }
        return "network = \(bind(first)) AND address IN \(dialect.elements(of: bind(Self.list(addresses))))"
    }

    /// A JSON array, as ``SQL/SQLDialect/elements(of:)`` takes it.
    static func list(_ texts: [String]) -> String {
        JSONValue.array(texts.map { .string($0) }).text
    }
}

extension SQLDatabase {
    /// The texts in a column of `use_places` that an index begins with. Each is found by one step down the index.
    fileprivate func distinct(_ column: String) throws -> [String] {
        try statement(
            """
            WITH RECURSIVE found (text) AS (
                SELECT min(\(column)) FROM use_places
                UNION ALL
                SELECT (SELECT min(\(column)) FROM use_places WHERE \(column) > found.text) FROM found
                    WHERE found.text IS NOT NULL
            ) SELECT text FROM found WHERE text IS NOT NULL
            """
        ).all([]) { $0.text(0) }
    }
}
