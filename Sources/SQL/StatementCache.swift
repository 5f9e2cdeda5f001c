/// The statements that a connection has prepared, by their SQL. Filters have very many forms, so only those that were
/// used last are kept.
public struct StatementCache<Statement> {
    /// The number of statements that a connection keeps.
    public static var usual: Int { 128 }

    private let limit: Int
    private var kept: [String: (statement: Statement, lastUse: UInt64)] = [:]
    private var uses: UInt64 = 0

    /// A cache of at most `limit` statements.
    public init(limit: Int = Self.usual) {
        self.limit = max(1, limit)
    }

    /// The number of statements that are kept.
    public var count: Int { kept.count }

    /// The statement for `sql`, which then counts as used last.
    public mutating func find(_ sql: String) -> Statement? {
        guard let index = kept.index(forKey: sql) else { return nil }
        uses += 1
        kept.values[index].lastUse = uses
        return kept.values[index].statement
    }

    /// Removes and returns the statement that was not used for longest, where there is no room for one more.
    public mutating func makeRoom() -> Statement? {
        guard kept.count >= limit else { return nil }
        let oldest = kept.min { $0.value.lastUse < $1.value.lastUse }
        return oldest.flatMap { kept.removeValue(forKey: $0.key)?.statement }
    }

    /// Keeps a statement as the one that was used last.
    public mutating func keep(_ statement: Statement, for sql: String) {
        uses += 1
        kept[sql] = (statement, uses)
    }

    public mutating func removeAll() {
        kept.removeAll()
    }
}
