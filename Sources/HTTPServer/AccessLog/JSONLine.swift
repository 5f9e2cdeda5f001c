import Tokens

/// A line with one JSON object (RFC 8259), written from front to back.
struct JSONLine {
    private var bytes: [UInt8] = []

    init() {
        bytes.reserveCapacity(512)
    }

    mutating func add(_ key: StaticString, _ value: String) {
        add(key, value.utf8.span)
    }

    /// Adds text in UTF-8; invalid bytes become U+FFFD.
    mutating func add(_ key: StaticString, _ value: Span<UInt8>) {
        begin(key)
        quote { line in
            let plain = value.plainPrefix
            line.append(value.extracting(0..<plain))
            if plain < value.count { line.append(escaping: value.extracting(plain..<value.count).text) }
        }
    }

    mutating func add(_ key: StaticString, _ value: Int) {
        begin(key)
        bytes.append(decimal: UInt64(clamping: value))
    }

    /// `2026-03-01T12:00:00.000Z` (RFC 3339).
    mutating func add(_ key: StaticString, _ value: Timestamp) {
        begin(key)
        quote { $0.bytes.append(rfc3339: value, milliseconds: true) }
    }

    mutating func add(_ key: StaticString, _ value: IPAddress) {
        begin(key)
        quote { $0.bytes.append(value) }
    }

    /// Adds milliseconds with three decimals.
    mutating func add(_ key: StaticString, microseconds: Int64) {
        let microseconds = UInt64(clamping: microseconds)
        begin(key)
        bytes.append(decimal: microseconds / 1000)
        bytes.append(UInt8(ascii: "."))
        bytes.append(decimal: microseconds % 1000, width: 3)
    }

    /// The finished object with a line break.
    consuming func finish() -> [UInt8] {
        if bytes.isEmpty { bytes.append(UInt8(ascii: "{")) }
        bytes.append(UInt8(ascii: "}"))
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }

    private mutating func begin(_ key: StaticString) {
        bytes.append(UInt8(ascii: bytes.isEmpty ? "{" : ","))
        quote { line in key.withUTF8Buffer { line.bytes += $0 } }
        bytes.append(UInt8(ascii: ":"))
    }

    private mutating func quote(_ body: (inout JSONLine) -> Void) {
        bytes.append(UInt8(ascii: "\""))
        body(&self)
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func append(_ text: Span<UInt8>) {
        text.withUnsafeBufferPointer { bytes += $0 }
    }

    private mutating func append(escaping text: String) {
        for scalar in text.unicodeScalars { append(scalar) }
    }

    private mutating func append(_ scalar: Unicode.Scalar) {
        switch scalar {
        case "\"", "\\":
            bytes.append(UInt8(ascii: "\\"))
            bytes.append(UInt8(ascii: scalar))
        case " "..."~": bytes.append(UInt8(ascii: scalar))
        default:
            // Escapes what could break a line, move a terminal's cursor or reverse text.
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator:
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16)
                    bytes += "\\u\(String(repeating: "0", count: 4 - digits.utf8.count))\(digits)".utf8
                }
            default: bytes += String(scalar).utf8
            }
        }
    }
}

extension Span<UInt8> {
    /// The number of leading bytes that need no escape in a JSON string: printable ASCII without `"` and `\`.
    fileprivate var plainPrefix: Int {
        for index in indices {
            let byte = self[index]
            guard byte >= 0x20, byte < 0x7F, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") else {
                return index
            }
        }
        return count
    }
}
