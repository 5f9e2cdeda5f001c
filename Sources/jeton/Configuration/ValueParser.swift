import Tokens

/// A kind of value that keys take: how to say it, and how to read it.
struct ValueParser<Value: Sendable>: Sendable {
    /// What to write, for the reference: `ADDRESS:PORT`.
    let notation: String
    /// The same for editors.
    let schema: ValueSchema
    /// Reads what was written.
    let read: @Sendable (String) throws(BadValue) -> Value

    init(
        _ notation: String, schema: ValueSchema = .text,
        read: @escaping @Sendable (String) throws(BadValue) -> Value
    ) {
        self.notation = notation
        self.schema = schema
        self.read = read
    }

    /// A form that is told by one sentence: `expected` is what follows that word.
    init(
        _ notation: String, expected: String, schema: ValueSchema = .text,
        read: @escaping @Sendable (String) -> Value?
    ) {
        self.init(notation, schema: schema) { (text) throws(BadValue) in
            guard let value = read(text) else { throw BadValue(expected: expected, found: text) }
            return value
        }
    }
}

extension ValueParser<Bool> {
    static let truth = ValueParser("`true` or `false`", expected: "true or false", schema: .truth) { text in
        ["true": true, "false": false][text]
    }
}

extension ValueParser<TimeSpan> {
    /// A length of time that is longer than none.
    static let span = ValueParser(
        "a time such as `90s`, `15m`, `12h`, `30d`", expected: "a time such as 90s, 15m, 12h or 30d",
        schema: .pattern("^[0-9]+[smhdw]$")
    ) { text in
        TimeSpan(text: text).flatMap { $0 > .seconds(0) ? $0 : nil }
    }

    /// A length of time that may be none.
    static let delay = ValueParser(
        "a time such as `10s`, or `0s`", expected: "a time such as 10s or 1m, or 0s",
        schema: .pattern("^[0-9]+[smhdw]$"), read: { TimeSpan(text: $0) })
}

extension ValueParser<Int> {
    /// A whole number within a range.
    static func number(_ range: ClosedRange<Int>) -> ValueParser {
        ValueParser(
            "a number from \(range.lowerBound) to \(range.upperBound)",
            expected: "a number from \(range.lowerBound) to \(range.upperBound)", schema: .number(range)
        ) { text in
            guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
            return Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// A number of bytes, with `KiB` or `MiB` where it is many.
    static func bytes(_ range: ClosedRange<Int>) -> ValueParser {
        let (least, most) = (Self.inUnits(range.lowerBound), Self.inUnits(range.upperBound))
        return ValueParser(
            "a size such as `64KiB`, from \(least) to \(most)",
            expected: "a size such as 64KiB, from \(least) to \(most)",
            schema: .pattern("^[0-9]+(KiB|MiB)?$")
        ) { text in
            let unit = units.first { text.hasSuffix($0.name) } ?? ("", 1)
            let digits = text.dropLast(unit.name.count)
            guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let count = Int(digits), count <= range.upperBound / unit.bytes
            else { return nil }
            return range.contains(count * unit.bytes) ? count * unit.bytes : nil
        }
    }

    private static let units = [(name: "MiB", bytes: 1 << 20), (name: "KiB", bytes: 1 << 10)]

    /// `bytes` as they would be written.
    static func inUnits(_ bytes: Int) -> String {
        guard let unit = units.first(where: { bytes % $0.bytes == 0 }) else { return "\(bytes)" }
        return "\(bytes / unit.bytes)\(unit.name)"
    }
}
