public import Ledger
internal import PostgreSQL
internal import SQL
internal import Tokens

extension PostgreSQLLedger {
    /// Reads everything as it is at one moment. Following begins at the first load.
    public func load(into reader: some LedgerReader) async throws(LedgerError) {
        let isCancelled = CancellationMark()
        let outcome: Result<ChangeMark, LedgerError> = await withTaskCancellationHandler {
            do throws(LedgerError) {
                let head = try await pool.perform { connection in
                    try connection.reading { try $0.load(into: reader, until: isCancelled) }
                }
                return .success(head)
            } catch {
                return .failure(error)
            }
        } onCancel: {
            isCancelled.set()
        }
        order.endLoading(at: try outcome.get())
    }
}

extension PostgreSQLConnection {
    /// Reads everything and returns the latest change. Call it within a transaction that sees one moment.
    fileprivate func load(
        into reader: some LedgerReader, until isCancelled: CancellationMark
    ) throws -> ChangeMark {
        let head = try Changes.head(knowing: nil, in: self).latest
        let count = try statement("SELECT count(*) FROM tokens").first { $0.integer(0) }
        reader.begin(tokens: Int(count ?? 0))
        reader.read(try signInPolicy())
        reader.read(try tokenPolicy())
        try forEachRow(of: "subjects", Subject.columns) { reader.read(try $0.subject()) }
        try forEachRow(of: "tokens", LoadedToken.columns) { row in
            try row.readToken(into: reader)
            if isCancelled.isSet { throw LedgerError.cancelled }
        }
        try forEachRow(of: "decoys", DecoyRecord.columns) { reader.read(try $0.decoyRecord()) }
        reader.end()
        return head
    }

    /// Reads everything again as changes, after a long disconnection.
    func reload(_ body: (Change) -> Void) throws {
        try forEachRow(of: "subjects", Subject.columns) { body(.subject(try $0.subject())) }
        try forEachRow(of: "tokens", TokenRecord.columns) { row in
            let (record, digest) = try row.tokenRecord()
            body(.secret(record, digest))
        }
        try forEachRow(of: "decoys", DecoyRecord.columns) { body(.decoy(try $0.decoyRecord())) }
        body(.signInPolicy(try signInPolicy()))
        body(.tokenPolicy(try tokenPolicy()))
    }

    /// Reads a table in portions, so that few rows are in memory at once. Call it within a transaction.
    func forEachRow(
        of table: String, _ columns: String, _ body: (borrowing Row) throws -> Void
    ) throws {
        // The name includes what it reads, because a prepared `FETCH` must always return the same columns.
        let cursor = "\(table)_\(columns.utf8.count)"
        try execute("DECLARE \(cursor) NO SCROLL CURSOR FOR SELECT \(columns) FROM \(table)")
        while true {
            var isOver = true
            try statement("FETCH 2000 FROM \(cursor)").forEach([]) { row in
                isOver = false
                try body(row)
                return true
            }
            if isOver { break }
        }
        try execute("CLOSE \(cursor)")
    }
}
