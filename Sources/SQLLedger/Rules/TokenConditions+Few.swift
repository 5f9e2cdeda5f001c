internal import Ledger
internal import SQL
internal import Synchronization
internal import Tokens

/// A list in some order is found by an index of that order, which is read until enough tokens match. That is slow where
/// hardly any does. Then the tokens are looked up first, and ordered after that.
extension TokenConditions {
    /// The most rows that are looked up first. Tests change it.
    static let most = Atomic(3000)

    /// The tokens that a query finds, whose first column is their identifiers, where they are few; `nil` otherwise. They
    /// are none where `query` returns none.
    static func few(
        in database: any SQLDatabase, _ query: (inout TokenConditions) throws -> String?
    ) throws -> Set<TokenID>? {
        var part = TokenConditions(in: database)
        guard let sql = try query(&part) else { return [] }
        let most = most.load(ordering: .relaxed)
        let found = try database.statement("\(sql) LIMIT \(most + 1)").all(part.values) {
            $0.identifier(0) as TokenID
        }
        return found.count > most ? nil : Set(found)
    }

    /// Adds the owner. Returns their tokens where they are few.
    mutating func add(owner: SubjectID, in database: any SQLDatabase) throws -> Set<TokenID>? {
        let few = try Self.few(in: database) { part in
            "SELECT tokens.token_id FROM tokens WHERE tokens.replaced_at IS NULL AND tokens.owner = \(part.bind(owner))"
        }
        if few == nil { add("tokens.owner = \(bind(owner))") }
        return few
    }

    /// The tokens that were created between two moments where they are few.
    func fewCreated(_ range: MomentRange, in database: any SQLDatabase) throws -> Set<TokenID>? {
        guard let from = range.from, let until = range.until else { return nil }
        return try Self.few(in: database) { part in
            "SELECT tokens.token_id FROM tokens WHERE tokens.replaced_at IS NULL "
                + "AND tokens.created_at >= \(part.bind(from)) AND tokens.created_at < \(part.bind(until))"
        }
    }

    /// Adds the tokens among which they are. Returns them where they are few.
    mutating func add(among tokens: [TokenID]) -> Set<TokenID>? {
        if tokens.count <= Self.most.load(ordering: .relaxed) { return Set(tokens) }
        add("tokens.token_id IN \(dialect.numbers(of: bind(tokens.numberList)))")
        return nil
    }

    /// Adds a finding. Returns the tokens of which it may be true where they are few.
    mutating func add(
        _ finding: TokenFinding, _ query: TokenQuery, in database: any SQLDatabase
    ) throws -> Set<TokenID>? {
        let few: Set<TokenID>? =
            switch finding {
            case .newNetwork, .shared, .oldSecret, .leaked, .misused:
                try Self.few(in: database) { part in part.candidates(of: finding, query) }
            case .expiring:
                try Self.few(in: database) { part in
                    "SELECT tokens.token_id FROM tokens WHERE tokens.replaced_at IS NULL AND "
                        + part.condition(of: finding, query)
                }
            case .unlimited, .unused, .neverUsed, .ownerAway, .wide: nil
            }
        if few == nil { add("(\(condition(of: finding, query)))") }
        return few
    }
}
