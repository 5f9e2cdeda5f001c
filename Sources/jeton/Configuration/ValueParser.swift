import Ledger
import Tokens

/// Parses the values of keys of one form, and describes that form.
struct ValueParser<Value: Sendable>: Sendable {
    /// The form, for the reference: `ADDRESS:PORT`.
    let notation: String
    /// The form, for the JSON Schema.
    let schema: ValueSchema
    let read: @Sendable (String) throws(BadValue) -> Value

    init(
        _ notation: String, schema: ValueSchema = .text,
        read: @escaping @Sendable (String) throws(BadValue) -> Value
    ) {
        self.notation = notation
        self.schema = schema
        self.read = read
    }

    /// A parser with one error: “expected `expected`, found …”.
    init(
        _ notation: String, expected: String, schema: ValueSchema = .text,
        read: @escaping @Sendable (String) -> Value?
    ) {
        self.init(notation, schema: schema) { (text) throws(BadValue) in
            guard let value = read(text) else { throw BadValue(expected: expected, found: text) }
            return value
        }
    }

    /// The values of a list. Throws at the first that is wrong.
    func read(all texts: [String]) throws(BadValue) -> [Value] {
        var values: [Value] = []
        for text in texts { values.append(try read(text)) }
        return values
    }
}

extension ValueParser {
    /// The path of a file that contains only a secret, on one line, from which `make` creates the value.
    static func secretFile(
        _ make: @escaping @Sendable (String) throws(BadValue) -> Value
    ) -> ValueParser {
        ValueParser("the path of a file") { (path) throws(BadValue) in try make(secret(in: path)) }
    }

    /// The secret in that file, without the line break.
    private static func secret(in path: String) throws(BadValue) -> String {
        let limit = 4096
        let bytes: [UInt8]
        do throws(Files.Fault) {
            bytes = try Files.read(path, limit: limit)
        } catch {
            throw BadValue("the file cannot be read: \(error.reason)")
        }
        var secret = String(decoding: bytes, as: UTF8.self)
        while secret.last?.isNewline == true { secret.removeLast() }
        guard !secret.isEmpty, bytes.count <= limit, !secret.contains(where: \.isNewline) else {
            throw BadValue("the file must contain only the secret, on one line")
        }
        return secret
    }
}

extension ValueParser<Endpoint> {
    static let endpoint = ValueParser(
        "`ADDRESS:PORT` or `[ADDRESS]:PORT`",
        expected: "an address and a port such as 127.0.0.1:8080 or [::1]:8080", read: Endpoint.init)
}

extension ValueParser<ListenAddress> {
    static let listenAddress = ValueParser(
        "`ADDRESS:PORT`, `[ADDRESS]:PORT` or `unix:PATH`"
    ) { (text) throws(BadValue) in
        guard text.hasPrefix(ListenAddress.socketPrefix) else {
            guard let endpoint = Endpoint(text) else {
                throw BadValue(
                    expected:
                        "an address and a port such as 127.0.0.1:8080 or [::1]:8080, or a socket such as "
                        + "unix:/run/jeton/gate.sock", found: text)
            }
            return .tcp(endpoint)
        }
        return .unix(path: try ValueParser<String>.socketPath.read(String(text.dropFirst(5))))
    }
}

extension ValueParser<AddressRange> {
    static let addresses = ValueParser(
        "addresses or ranges such as `10.0.0.0/8`",
        expected: "addresses or ranges such as 10.0.0.0/8 or 2001:db8::/32", read: AddressRange.init)
}

extension ValueParser<String> {
    static let title = ValueParser("1 to 100 characters") { (text) throws(BadValue) in
        do throws(TextFault) {
            // The rules for a person's name: both are shown in lists.
            return try PersonName(text).text
        } catch {
            throw BadValue(error.description)
        }
    }

    static let path = ValueParser("the path of a file", expected: "the path of a file") { text in
        text.isEmpty || text.utf8.contains(0) ? nil : text
    }

    static let socketPath = ValueParser("an absolute path") { (text) throws(BadValue) in
        guard text.hasPrefix("/"), !text.hasSuffix("/"), !text.utf8.contains(0) else {
            throw BadValue(
                expected: "the absolute path of a socket such as /run/jeton/gate.sock", found: text)
        }
        guard text.utf8.count <= 107 else {
            throw BadValue(
                "the path of a socket has at most 107 bytes (unix(7)), and this one has \(text.utf8.count): use a "
                    + "shorter one, such as /run/jeton/gate.sock")
        }
        return text
    }

    static let machineGroup = ValueParser(
        "a group of this machine", expected: "the name of a group of this machine"
    ) { text in
        (1...32).contains(text.utf8.count) && !text.utf8.contains(0) ? text : nil
    }

    static let group = ValueParser(
        "names of groups",
        expected: "the name of a group of at most \(GroupName.byteLimit) bytes, without a comma"
    ) { GroupName.isTold($0) ? $0 : nil }
}

extension ValueParser<UInt32> {
    /// The permissions of a socket.
    static let socketMode = ValueParser(
        "`0600`, `0660` or `0666`", expected: "0600, 0660 or 0666"
    ) { text in
        ["0600": 0o600, "0660": 0o660, "0666": 0o666][text]
    }
}

extension ValueParser<Bool> {
    static let truth = ValueParser("`true` or `false`", expected: "true or false", schema: .truth) { text in
        ["true": true, "false": false][text]
    }
}

extension ValueParser<TimeSpan> {
    /// A length of time, longer than zero.
    static let span = ValueParser(
        "a time such as `90s`, `15m`, `12h`, `30d`", expected: "a time such as 90s, 15m, 12h or 30d",
        schema: .pattern("^[0-9]+[smhdw]$")
    ) { text in
        TimeSpan(text: text).flatMap { $0 > .seconds(0) ? $0 : nil }
    }

    /// A length of time, or zero.
    static let delay = ValueParser(
        "a time such as `10s`, or `0s`", expected: "a time such as 10s or 1m, or 0s",
        schema: .pattern("^[0-9]+[smhdw]$"), read: { TimeSpan(text: $0) })
}

extension ValueParser<TimeSpan?> {
    /// A length of time, or zero; `nil` for never.
    static let spanOrNever = ValueParser(
        "a time such as `365d`, or `0s`, or `never`",
        expected: "a time such as 30d or 365d, 0s for at once, or never",
        schema: .pattern("^([0-9]+[smhdw]|never)$")
    ) { text in text == "never" ? .some(nil) : TimeSpan(text: text).map { $0 } }
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

    /// A number of bytes, also in `KiB` or `MiB`.
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

    /// `bytes` in the largest unit without a remainder: `64KiB`.
    static func inUnits(_ bytes: Int) -> String {
        guard let unit = units.first(where: { bytes % $0.bytes == 0 }) else { return "\(bytes)" }
        return "\(bytes / unit.bytes)\(unit.name)"
    }
}
