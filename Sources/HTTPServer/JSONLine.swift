/// A line with one JSON object (RFC 8259), written from front to back.
struct JSONLine {
    private var bytes: [UInt8] = []

    init() {
        bytes.reserveCapacity(384)
    }

    mutating func add(_ key: StaticString, _ value: String?) {
        guard let value else { return }
        begin(key)
        bytes.append(UInt8(ascii: "\""))
        for scalar in value.unicodeScalars { add(scalar) }
        bytes.append(UInt8(ascii: "\""))
    }

    mutating func add(_ key: StaticString, _ value: Int) {
        begin(key)
        bytes += String(value).utf8
    }

    /// Milliseconds with three places.
    mutating func add(_ key: StaticString, microseconds: Int64) {
        begin(key)
        let places = String(microseconds % 1000)
        bytes +=
            "\(microseconds / 1000).\(String(repeating: "0", count: 3 - places.utf8.count))\(places)".utf8
    }

    /// The whole object and the end of the line.
    var finished: [UInt8] { (bytes.isEmpty ? Array("{".utf8) : bytes) + Array("}\n".utf8) }

    private mutating func begin(_ key: StaticString) {
        bytes.append(UInt8(ascii: bytes.isEmpty ? "{" : ","))
        bytes.append(UInt8(ascii: "\""))
        key.withUTF8Buffer { bytes += $0 }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
    }

    private mutating func add(_ scalar: Unicode.Scalar) {
        switch scalar {
        case "\"", "\\":
            bytes.append(UInt8(ascii: "\\"))
            bytes.append(UInt8(ascii: scalar))
        case " "..."~": bytes.append(UInt8(ascii: scalar))
        default:
            // What ends a line somewhere, moves a terminal's cursor or turns text round is spelled out.
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
