internal import Ledger
public import SQL
public import Sodium
public import Tokens

// How values of Tokens and Sodium are stored. (A conformance of a public type to a public protocol is always
// public.)

extension Identifier: Bindable {
    public var bindable: Value { .integer(number) }
}

extension Timestamp: Bindable {
    public var bindable: Value { .integer(milliseconds) }
}

extension SHA256Digest: Bindable {
    public var bindable: Value { .bytes(bytes) }
}

extension TokenDigest: Bindable {
    public var bindable: Value { .bytes(bytes) }
}

/// The columns of a record, one case each, in the order in which they are selected. `case createdAt` is the column
/// `created_at`, and its raw value the position in the row.
///
///     enum EventColumn: Int32, ColumnList {
///         case id, at, kind
///     }
///
///     try database.statement("SELECT \(EventColumn.list) FROM events").all([]) { row in
///         row.timestamp(EventColumn.at.rawValue)
///     }
protocol ColumnList: CaseIterable, RawRepresentable<Int32> {}

extension ColumnList {
    /// The number of columns, which is the position of the next column in a longer row.
    static var count: Int32 { Int32(allCases.count) }

    /// The names, separated by commas.
    static var list: String { names.joined(separator: ", ") }

    /// The names with their table, separated by commas.
    static func list(of table: String) -> String { names.map { "\(table).\($0)" }.joined(separator: ", ") }

    /// As many `?` as there are columns, for an INSERT.
    static var placeholders: String { Array(repeating: "?", count: allCases.count).joined(separator: ", ") }

    private static var names: [String] {
        allCases.map { column in
            "\(column)".map { $0.isUppercase ? "_\($0.lowercased())" : String($0) }.joined()
        }
    }
}

extension Row {
    func optionalInteger(_ column: Int32) -> Int64? { isNull(column) ? nil : integer(column) }

    func optionalText(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }

    func timestamp(_ column: Int32) -> Timestamp { Timestamp(milliseconds: integer(column)) }

    func optionalTimestamp(_ column: Int32) -> Timestamp? {
        optionalInteger(column).map(Timestamp.init(milliseconds:))
    }

    func identifier<Kind>(_ column: Int32) -> Identifier<Kind> { Identifier(number: integer(column)) }

    func optionalIdentifier<Kind>(_ column: Int32) -> Identifier<Kind>? {
        optionalInteger(column).map(Identifier.init(number:))
    }

    func accessSet(_ column: Int32) -> AccessSet {
        AccessSet(rawValue: UInt8(truncatingIfNeeded: integer(column)))
    }

    func digest(_ column: Int32) throws -> SHA256Digest {
        try known(SHA256Digest(bytes: bytes(column)), "digest")
    }

    /// Unwraps a value, which can be missing only where somebody else wrote the row.
    func known<T>(_ value: T?, _ what: String) throws -> T {
        guard let value else { throw LedgerError.failed(reason: "a row holds no valid \(what)") }
        return value
    }
}

/// Stores a list of texts as one text. Each is preceded by its length in bytes, so it may contain any
/// character: `3:dev,5:a,b:c,`.
enum TextList {
    static func join(_ texts: [String]) -> String {
        texts.map { "\($0.utf8.count):\($0)," }.joined()
    }

    static func split(_ list: String) -> [String]? {
        var rest = list.utf8[...]
        var texts: [String] = []
        while !rest.isEmpty {
            guard let colon = rest.firstIndex(of: UInt8(ascii: ":")),
                let length = String(rest[..<colon]).flatMap({ Int($0) }), length >= 0
            else { return nil }
            let body = rest[rest.index(after: colon)...]
            guard body.count > length else { return nil }
            texts.append(String(decoding: body.prefix(length), as: UTF8.self))
            rest = body.dropFirst(length + 1)
        }
        return texts
    }
}
