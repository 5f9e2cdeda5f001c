internal import CPostgreSQL

extension PostgreSQLConnection {
    /// Inserts many rows into a table, written `table (column, column)`, and returns their number.
    ///
    /// Rows are in the binary format of COPY
    /// (<https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9.4>): the number of columns in
    /// two bytes, then each column's length in four (-1 for NULL) and its bytes; numbers are big-endian. It
    /// may block as long as the system allows when the server accepts no data.
    @discardableResult
    public func copy(_ rows: [UInt8], into table: String) throws(PostgreSQLError) -> Int {
        let signature = Array("PGCOPY\n".utf8) + [0xFF] + Array("\r\n\0".utf8)
        // No flags and no header extension.
        let header = signature + [UInt8](repeating: 0, count: 8)
        var count = 0
        try exchange {
            PQsendQuery(handle, "COPY \(table) FROM STDIN (FORMAT binary)")
        } supply: {
            for piece in [header, rows, [0xFF, 0xFF]] where put(piece) != 1 { return 0 }
            return PQputCopyEnd(handle, nil)
        } take: { result in
            count = PQcmdTuples(result.handle).flatMap { Int(String(cString: $0)) } ?? 0
        }
        return count
    }

    private func put(_ bytes: [UInt8]) -> Int32 {
        bytes.withUnsafeBytes { raw in
            PQputCopyData(handle, raw.bindMemory(to: CChar.self).baseAddress, Int32(raw.count))
        }
    }
}
