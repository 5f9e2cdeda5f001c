internal import CPostgreSQL
internal import SQL

/// The rows of a result in binary format, and the current one.
final class ResultRows: Columns {
    private let result: ServerResult
    private var position: Int32 = 0

    init(_ result: ServerResult) {
        self.result = result
    }

    /// The number of rows that were inserted, changed or deleted.
    var changed: Int { PQcmdTuples(result.handle).flatMap { Int(String(cString: $0)) } ?? 0 }

    /// Calls `body` for each row until it returns `false`.
    func forEachRow(_ body: (borrowing Row) throws -> Bool) throws {
        let row = Row(self)
        for index in 0..<PQntuples(result.handle) {
            position = index
            guard try body(row) else { return }
        }
    }

    func isNull(_ column: Int32) -> Bool { PQgetisnull(result.handle, position, column) != 0 }

    func integer(_ column: Int32) -> Int64 {
        // Big-endian integers of 2, 4 and 8 bytes, and booleans of one.
        let bytes = raw(column)
        let sign: Int64 = bytes.count > 1 && bytes.first.map { $0 & 0x80 != 0 } ?? false ? -1 : 0
        return bytes.reduce(sign) { $0 << 8 | Int64($1) }
    }

    func text(_ column: Int32) -> String { String(decoding: raw(column), as: UTF8.self) }

    func bytes(_ column: Int32) -> [UInt8] { Array(raw(column)) }

    @_lifetime(borrow self)
    func span(_ column: Int32) -> Span<UInt8> {
        // The bytes are valid as long as the result, which this retains.
        _overrideLifetime(Span(_unsafeBytes: raw(column)), borrowing: self)
    }

    private func raw(_ column: Int32) -> UnsafeRawBufferPointer {
        let count = Int(PQgetlength(result.handle, position, column))
        guard count > 0, let start = PQgetvalue(result.handle, position, column) else {
            return UnsafeRawBufferPointer(start: nil, count: 0)
        }
        return UnsafeRawBufferPointer(start: start, count: count)
    }
}

/// Owns a `PGresult`.
final class ServerResult {
    let handle: OpaquePointer

    init(_ handle: OpaquePointer) {
        self.handle = handle
    }

    deinit {
        PQclear(handle)
    }
}
