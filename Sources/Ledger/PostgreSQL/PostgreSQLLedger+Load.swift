internal import PostgreSQL
internal import SQL
internal import Tokens

extension PostgreSQLLedger {
    public func load(into observer: @escaping @Sendable (Change) -> Void) async throws(LedgerError) {
        order.beginLoading()
        do throws(LedgerError) {
            let head = try await pool.perform { [order] line in
                try line.reading { connection in
                    let head = try Changes.head(in: connection)
                    let tell = { order.load($0, at: head, into: observer) }
                    try connection.forEachPage(
                        of: "subjects", Subject.columns, { .subject(try $0.subject()) }, tell)
                    try connection.forEachPage(
                        of: "tokens", "\(Token.columns), digest",
                        { .token(try $0.token(), try $0.tokenDigest()) }, tell)
                    if let demand = try connection.signInDemand() { tell([.signInDemand(demand)]) }
                    return head
                }
            }
            order.endLoading(at: head)
        } catch {
            order.endLoading(at: nil)
            throw error
        }
    }
}

extension PostgreSQLConnection {
    /// Reads a table in the order of its identifiers, so many rows at a time that few are in memory at once.
    fileprivate func forEachPage(
        of table: String, _ columns: String, _ read: (borrowing Row) throws -> Change,
        _ body: ([Change]) -> Void
    ) throws {
        let cursor = "all_\(table)"
        try execute("DECLARE \(cursor) NO SCROLL CURSOR FOR SELECT \(columns) FROM \(table) ORDER BY id")
        let next = try statement("FETCH 2000 FROM \(cursor)")
        while true {
            let page = try next.all([], read: read)
            if page.isEmpty { return }
            body(page)
        }
    }
}
