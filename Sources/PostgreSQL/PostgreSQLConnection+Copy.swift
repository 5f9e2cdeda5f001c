internal import CPostgreSQL

extension PostgreSQLConnection {
    /// Adds rows to a table, written `table (column, column)`, many at a time; says how many they were.
    ///
    /// Each row is as the binary form of COPY has it
    /// (<https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9.4>): how many columns there are
    /// in two bytes, and of each its length in four, -1 for NULL, and its bytes; numbers the highest byte
    /// first. It waits for a server that takes nothing for as long as the system does.
    @discardableResult
    public func copy(_ rows: [UInt8], into table: String) throws(PostgreSQLError) -> Int {
        let signature = Array("PGCOPY\n".utf8) + [0xFF] + Array("\r\n\0".utf8)
        // No flags, and no more of a header.
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
