internal import CSQLite
public import SQL

/// A prepared statement. Values are bound by position for one run.
public final class Statement: SQLStatement {
    private let handle: OpaquePointer

    init(_ sql: String, in database: Database) throws(SQLiteError) {
        var prepared: OpaquePointer?
        // The statement will be cached: https://www.sqlite.org/c3ref/c_prepare_normalize.html
        let flags = UInt32(SQLITE_PREPARE_PERSISTENT)
        try database.check(sqlite3_prepare_v3(database.handle, sql, -1, flags, &prepared, nil))
        guard let prepared else { throw SQLiteError(code: SQLITE_MISUSE, handle: nil) }
        handle = prepared
    }

    deinit {
        sqlite3_finalize(handle)
    }

    /// Calls `body` for each row until it returns `false`. Returns how many rows were inserted, changed or
    /// deleted.
    @discardableResult
    public func forEach(_ values: [(any Bindable)?], _ body: (borrowing Row) throws -> Bool) throws -> Int {
        defer {
            // It repeats the result of the last step, which was checked then.
            sqlite3_reset(handle)
            sqlite3_clear_bindings(handle)
        }
        for (index, value) in values.enumerated() {
            try bind(value?.bindable ?? .null, at: Int32(index + 1))
        }
        let row = Row(self)
        while true {
            let status = sqlite3_step(handle)
            if status == SQLITE_DONE { break }
            guard status == SQLITE_ROW else { throw error(status) }
            guard try body(row) else { break }
        }
        return Int(sqlite3_changes64(sqlite3_db_handle(handle)))
    }

    private func bind(_ value: Value, at index: Int32) throws(SQLiteError) {
        let status =
            switch value {
            case .null: sqlite3_bind_null(handle, index)
            case .integer(let number): sqlite3_bind_int64(handle, index, number)
            case .text(let text): jeton_bind_text(handle, index, text, UInt64(text.utf8.count))
            case .bytes(let bytes): jeton_bind_blob(handle, index, bytes, UInt64(bytes.count))
            }
        guard status == SQLITE_OK else { throw error(status) }
    }

    private func error(_ status: Int32) -> SQLiteError {
        SQLiteError(code: status, handle: sqlite3_db_handle(handle))
    }
}

/// The current row.
extension Statement: Columns {
    public func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }

    public func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

    public func text(_ column: Int32) -> String {
        guard let start = sqlite3_column_text(handle, column) else { return "" }
        // The length is read after the text: https://www.sqlite.org/c3ref/column_blob.html
        let length = Int(sqlite3_column_bytes(handle, column))
        return String(decoding: UnsafeBufferPointer(start: start, count: length), as: UTF8.self)
    }

    /// The column's text in UTF-8, or its bytes, without a copy; empty for NULL. Reading the same column as
    /// another type may move them (https://www.sqlite.org/c3ref/column_blob.html).
    @_lifetime(borrow self)
    public func span(_ column: Int32) -> Span<UInt8> {
        guard let start = sqlite3_column_blob(handle, column) else { return Span() }
        let bytes = UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column)))
        // The bytes are valid until the statement moves on, which it does not while the row is borrowed.
        return _overrideLifetime(Span(_unsafeBytes: bytes), borrowing: self)
    }

    public func bytes(_ column: Int32) -> [UInt8] {
        guard let start = sqlite3_column_blob(handle, column) else { return [] }
        return Array(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column))))
    }
}
