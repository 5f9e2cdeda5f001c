internal import SQL
internal import Sodium

/// The number of rows, and the sum of their SHA-256 digests as numbers modulo 2²⁵⁶.
///
/// It does not depend on the order of the rows, and can be stored and continued.
public struct RowSum: Hashable, Sendable {
    public private(set) var count: Int64 = 0
    // The most significant word first.
    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    init() {}

    /// Restores a sum; `nil` where `bytes` are not 32.
    init?(count: Int64, bytes: [UInt8]) {
        guard let digest = SHA256Digest(bytes: bytes) else { return nil }
        (self.count, words) = (count, digest.words)
    }

    mutating func add(_ row: RowBytes) {
        let digest = SHA256Digest(of: row.bytes.span).words
        count += 1
        var carry: UInt64 = 0
        func sum(_ left: UInt64, _ right: UInt64) -> UInt64 {
            let (half, first) = left.addingReportingOverflow(right)
            let (whole, second) = half.addingReportingOverflow(carry)
            carry = first || second ? 1 : 0
            return whole
        }
        words.3 = sum(words.3, digest.3)
        words.2 = sum(words.2, digest.2)
        words.1 = sum(words.1, digest.1)
        words.0 = sum(words.0, digest.0)
    }

    /// The 32 bytes of the sum, big-endian.
    var bytes: [UInt8] {
        [words.0, words.1, words.2, words.3].flatMap { word in
            stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> UInt64($0)) }
        }
    }

    public var hex: String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    public static func == (left: Self, right: Self) -> Bool {
        left.count == right.count && left.words == right.words
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(count)
        hasher.combine(words.3)
    }
}

/// A row in a form that does not depend on the engine: the binary format of PostgreSQL's COPY, with the
/// number of columns, and for each its length, or -1 for NULL, and its bytes.
struct RowBytes {
    private(set) var bytes: [UInt8] = []

    /// Encodes a row with the columns of `table` in their order.
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
            // PostgreSQL's texts cannot contain U+0000, and are written so.
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
    /// Whether it is ASCII without zeros, and so valid UTF-8.
    fileprivate var isPlain: Bool {
        for index in indices where self[index] == 0 || self[index] >= 0x80 { return false }
        return true
    }
}
