internal import CPostgreSQL
internal import SQL

/// A statement on a connection, prepared at its first run. Values are bound by position.
final class PostgreSQLStatement: SQLStatement {
    private let text: String
    private let name: String
    // The connection owns its statements.
    private unowned let connection: PostgreSQLConnection
    private var isPrepared = false
    /// Whether the connection prepares it at its first run.
    private var isKept = true

    init(_ sql: String, in connection: PostgreSQLConnection) {
        text = Placeholders.numbered(sql)
        // The name is a hash of the statement: where a pooler mixes up connections, the server may not know
        // the name, but never runs another statement. FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/).
        let hash = text.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        name = "jeton_\(String(hash, radix: 16))"
        self.connection = connection
    }

    @discardableResult
    func forEach(_ values: [(any Bindable)?], _ body: (borrowing Row) throws -> Bool) throws -> Int {
        let result = try run(Parameters(values))
        try result?.forEachRow(body)
        return result?.changed ?? 0
    }

    /// Has the server forget it. Whoever still holds it runs it without preparation.
    func endPreparation() throws(PostgreSQLError) {
        isKept = false
        guard isPrepared else { return }
        isPrepared = false
        do {
            try connection.execute("DEALLOCATE \(name)")
        } catch {
            // The name may still be taken.
            connection.isLost = true
            throw error
        }
    }

    private func run(_ parameters: Parameters) throws(PostgreSQLError) -> ResultRows? {
        if connection.prepares, isKept, !isPrepared {
            try connection.exchange {
                PQsendPrepare(connection.handle, name, text, 0, nil)
            } take: { _ in
            }
            isPrepared = true
        }
        var result: ResultRows?
        try connection.exchange {
            parameters.send(isPrepared ? name : text, isPrepared: isPrepared, over: connection.handle)
        } take: { rows in
            result = ResultRows(rows)
        }
        return result
    }
}

/// The values of one run in libpq's form.
private struct Parameters {
    private var bytes: [CChar] = []
    private var offsets: [Int32] = []
    private var lengths: [Int32] = []
    private var formats: [Int32] = []

    init(_ values: [(any Bindable)?]) {
        for value in values {
            switch value?.bindable ?? .null {
            case .null: add([], isBinary: false, isNull: true)
            // As text, so that the server converts it to the parameter's type, be it a number or a boolean.
            case .integer(let number): add("\(number)".utf8, isBinary: false)
            // Texts cannot contain U+0000 (https://www.postgresql.org/docs/current/datatype-character.html).
            case .text(let text):
                add(text.utf8.contains(0) ? text.withoutNulls.utf8 : text.utf8, isBinary: true)
            case .bytes(let bytes): add(bytes, isBinary: true)
            }
        }
    }

    private mutating func add(_ value: some Sequence<UInt8>, isBinary: Bool, isNull: Bool = false) {
        offsets.append(isNull ? -1 : Int32(bytes.count))
        let start = bytes.count
        bytes.append(contentsOf: value.lazy.map { CChar(bitPattern: $0) })
        lengths.append(Int32(bytes.count - start))
        // Texts are terminated by zero.
        bytes.append(0)
        formats.append(isBinary ? 1 : 0)
    }

    func send(_ statement: String, isPrepared: Bool, over handle: OpaquePointer) -> Int32 {
        jeton_send(
            handle, statement, isPrepared ? 1 : 0, Int32(offsets.count), bytes, offsets, lengths, formats)
    }
}

extension String {
    fileprivate var withoutNulls: String {
        String(String.UnicodeScalarView(unicodeScalars.map { $0.value == 0 ? "\u{FFFD}" : $0 }))
    }
}

/// Converts parameters to PostgreSQL's `$1`.
enum Placeholders {
    /// Replaces each `?` by the next `$n` and each `?n` by `$n`; quoted text stays as it is.
    static func numbered(_ sql: String) -> String {
        var result: [UInt8] = []
        var (next, quote) = (1, nil as UInt8?)
        let bytes = Array(sql.utf8)
        for (index, byte) in bytes.enumerated() {
            if quote != nil {
                if byte == quote { quote = nil }
            } else if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
                quote = byte
            } else if byte == UInt8(ascii: "?") {
                result.append(UInt8(ascii: "$"))
                let following = index + 1 < bytes.count ? bytes[index + 1] : 0
                if !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(following) {
                    result += Array("\(next)".utf8)
                    next += 1
                }
                continue
            }
            result.append(byte)
        }
        return String(decoding: result, as: UTF8.self)
    }
}
