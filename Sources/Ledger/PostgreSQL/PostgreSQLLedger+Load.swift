internal import PostgreSQL
internal import SQL
internal import Tokens

extension PostgreSQLLedger {
    /// Hands all to `observer` as it is at one moment, but for what this node changed after it. The first
    /// load is where following begins.
    public func load(into observer: @escaping @Sendable (Change) -> Void) async throws(LedgerError) {
        order.beginLoading()
        do throws(LedgerError) {
            let head = try await pool.perform { [order] line in
                try line.reading { connection in
                    try connection.forEachPage { page, head in order.load(page, at: head, into: observer) }
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
    /// Hands all that a gate must know to `body`, so many records at a time that few are in memory at once,
    /// with the number of the latest change, which it gives, too. Within one transaction that sees one moment.
    @discardableResult
    func forEachPage(_ body: ([Change], _ head: Int64) -> Void) throws -> Int64 {
        let head = try Changes.head(in: self)
        try forEachPage(of: "subjects", Subject.columns) {
            .subject(try $0.subject())
        } body: {
            body($0, head)
        }
        try forEachPage(of: "tokens", "\(Token.columns), digest") {
            .token(try $0.token(), try $0.tokenDigest())
        } body: {
            body($0, head)
        }
        if let demand = try signInDemand() { body([.signInDemand(demand)], head) }
        return head
    }

    private func forEachPage(
        of table: String, _ columns: String, read: (borrowing Row) throws -> Change, body: ([Change]) -> Void
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
