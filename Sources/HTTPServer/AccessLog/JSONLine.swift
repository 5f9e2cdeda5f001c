import Glibc
import Tokens

/// A line with one JSON object (RFC 8259), written from front to back into memory of its own.
struct JSONLine: ~Copyable {
    private var start: UnsafeMutablePointer<UInt8>
    private var capacity = 1024
    private var count = 0

    init() {
        start = .allocate(capacity: capacity)
    }

    deinit {
        start.deallocate()
    }

    mutating func add(_ key: StaticString, _ value: String) {
        add(key, value.utf8.span)
    }

    /// Adds text in UTF-8; invalid bytes become U+FFFD.
    mutating func add(_ key: StaticString, _ value: Span<UInt8>) {
        begin(key, quoted: true)
        let plain = value.plainPrefix
        append(value.extracting(0..<plain))
        if plain < value.count {
            for scalar in value.extracting(plain..<value.count).text.unicodeScalars { append(scalar) }
        }
        append(UInt8(ascii: "\""))
    }

    mutating func add(_ key: StaticString, _ value: Int) {
        begin(key, quoted: false)
        append(decimal: UInt64(clamping: value))
    }

    /// `2026-03-01T12:00:00.000Z` (RFC 3339), where `prefix` is all before the point.
    mutating func add(_ key: StaticString, _ prefix: Span<UInt8>, milliseconds: Int64) {
        begin(key, quoted: true)
        append(prefix)
        append(UInt8(ascii: "."))
        append(threeDigits: UInt64(clamping: milliseconds))
        append(UInt8(ascii: "Z"))
        append(UInt8(ascii: "\""))
    }

    mutating func add(_ key: StaticString, _ value: IPAddress) {
        begin(key, quoted: true)
        if value.isV4 {
            for shift in stride(from: 24, through: 0, by: -8) {
                append(decimal: value.low >> UInt64(shift) & 0xFF)
                if shift > 0 { append(UInt8(ascii: ".")) }
            }
        } else {
            var text: [UInt8] = []
            text.append(value)
            append(text.span)
        }
        append(UInt8(ascii: "\""))
    }

    /// Adds milliseconds with three decimals.
    mutating func add(_ key: StaticString, microseconds: Int64) {
        let microseconds = UInt64(clamping: microseconds)
        begin(key, quoted: false)
        append(decimal: microseconds / 1000)
        append(UInt8(ascii: "."))
        append(threeDigits: microseconds % 1000)
    }

    /// Calls `body` with the finished object and a line break.
    consuming func finish(_ body: (Span<UInt8>) -> Void) {
        if count == 0 { append(UInt8(ascii: "{")) }
        append(UInt8(ascii: "}"))
        append(UInt8(ascii: "\n"))
        body(UnsafeBufferPointer(start: start, count: count).span)
    }

    private mutating func begin(_ key: StaticString, quoted: Bool) {
        let length = key.utf8CodeUnitCount
        reserve(length + 5)
        start[count] = UInt8(ascii: count == 0 ? "{" : ",")
        start[count + 1] = UInt8(ascii: "\"")
        memcpy(start + count + 2, key.utf8Start, length)
        count += length + 2
        start[count] = UInt8(ascii: "\"")
        start[count + 1] = UInt8(ascii: ":")
        count += 2
        if quoted { append(UInt8(ascii: "\"")) }
    }

    @inline(__always)
    private mutating func reserve(_ more: Int) {
        if count + more > capacity { grow(by: more) }
    }

    @inline(never)
    private mutating func grow(by more: Int) {
        capacity = (count + more) * 2
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        memcpy(larger, start, count)
        start.deallocate()
        start = larger
    }

    private mutating func append(_ byte: UInt8) {
        reserve(1)
        start[count] = byte
        count += 1
    }

    private mutating func append(_ text: Span<UInt8>) {
        reserve(text.count)
        text.withUnsafeBufferPointer {
            if let source = $0.baseAddress { memcpy(start + count, source, $0.count) }
        }
        count += text.count
    }

    private mutating func append(decimal number: UInt64) {
        if number >= 10 { append(decimal: number / 10) }
        append(UInt8(ascii: "0") + UInt8(number % 10))
    }

    /// Appends a number below a thousand.
    private mutating func append(threeDigits number: UInt64) {
        append(UInt8(ascii: "0") + UInt8(number / 100 % 10))
        append(UInt8(ascii: "0") + UInt8(number / 10 % 10))
        append(UInt8(ascii: "0") + UInt8(number % 10))
    }

    private mutating func append(_ scalar: Unicode.Scalar) {
        switch scalar {
        case "\"", "\\":
            append(UInt8(ascii: "\\"))
            append(UInt8(ascii: scalar))
        case " "..."~": append(UInt8(ascii: scalar))
        default:
            // Escapes what could break a line, move a terminal's cursor or reverse text.
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator:
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16)
                    append("\\u\(String(repeating: "0", count: 4 - digits.utf8.count))\(digits)".utf8.span)
                }
            default: append(String(scalar).utf8.span)
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
