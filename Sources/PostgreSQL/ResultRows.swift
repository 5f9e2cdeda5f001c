internal import CPostgreSQL
internal import SQL

/// What a statement gave: rows in binary form, and the one that is looked at.
final class ResultRows: Columns {
    private var rows: [[Field]] = []
    private var position = 0
    /// How many rows were inserted, changed or deleted.
    private(set) var changed = 0

    /// A value of a row as the server sent it; `nil` is NULL.
    private typealias Field = [UInt8]?

    /// Takes in what libpq holds, which goes when this returns.
    func take(_ result: OpaquePointer) {
        changed = PQcmdTuples(result).flatMap { Int(String(cString: $0)) } ?? 0
        let columns = PQnfields(result)
        for row in 0..<PQntuples(result) {
            rows.append(
                (0..<columns).map { column in
                    guard PQgetisnull(result, row, column) == 0, let start = PQgetvalue(result, row, column)
                    else { return nil }
                    let length = Int(PQgetlength(result, row, column))
                    return Array(UnsafeRawBufferPointer(start: start, count: length))
                })
        }
    }

    /// Hands each row to `body` for as long as that gives `true`.
    func forEachRow(_ body: (borrowing Row) throws -> Bool) throws {
        let row = Row(self)
        for index in rows.indices {
            position = index
            guard try body(row) else { return }
        }
    }

    func isNull(_ column: Int32) -> Bool { rows[position][Int(column)] == nil }

    func integer(_ column: Int32) -> Int64 {
        // Numbers of 2, 4 and 8 bytes, the highest first, and truths of one.
        let bytes = bytes(column)
        let sign: Int64 = bytes.count > 1 && bytes.first.map { $0 & 0x80 != 0 } ?? false ? -1 : 0
        return bytes.reduce(sign) { $0 << 8 | Int64($1) }
    }

    func text(_ column: Int32) -> String { String(decoding: bytes(column), as: UTF8.self) }

    func bytes(_ column: Int32) -> [UInt8] { rows[position][Int(column)] ?? [] }
}
