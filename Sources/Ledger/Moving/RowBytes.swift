internal import SQL

/// A row written down in a way that is the same whichever engine it was read from: as the binary form of
/// PostgreSQL's COPY has it, with how many columns there are, and of each its length, or -1, and its bytes.
struct RowBytes {
    private(set) var bytes: [UInt8] = []

    /// The row that holds the columns of `table` in their order.
    init(_ row: borrowing Row, of table: MigratedTable) {
        bytes.reserveCapacity(256)
        append(Int16(table.columns.count))
        for (index, column) in table.columns.enumerated() {
            append(row, Int32(index), column.kind)
        }
    }

    private mutating func append(_ row: borrowing Row, _ column: Int32, _ kind: MigratedTable.Column.Kind) {
        if row.isNull(column) { return append(-1 as Int32) }
        switch kind {
        case .integer:
            append(8 as Int32)
            append(row.integer(column))
        case .bytes: append(row.span(column))
        case .text:
            let span = row.span(column)
            if span.isPlain { return append(span) }
            // What PostgreSQL's texts cannot hold is written to them so.
            append(Array(row.text(column).replacing("\0", with: "\u{FFFD}").utf8).span)
        }
    }

    private mutating func append(_ value: Span<UInt8>) {
        append(Int32(value.count))
        for index in value.indices { bytes.append(value[index]) }
    }

    private mutating func append(_ number: some FixedWidthInteger) {
        withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
    }
}

extension Span<UInt8> {
    /// Whether it is ASCII without a zero: text in UTF-8 whatever else it is.
    fileprivate var isPlain: Bool {
        for index in indices where self[index] == 0 || self[index] >= 0x80 { return false }
        return true
    }
}
