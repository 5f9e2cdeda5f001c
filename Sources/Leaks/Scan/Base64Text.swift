import Tokens

/// Base64 within other text: both alphabets of RFC 4648, with or without padding, also broken into lines.
enum Base64Text {
    /// The value of each digit; 255 for what is none.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 255, count: 256)
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        for (value, digit) in digits.enumerated() { values[Int(digit)] = UInt8(value) }
        values[Int(UInt8(ascii: "-"))] = 62
        values[Int(UInt8(ascii: "_"))] = 63
        return values
    }()

    /// The lengths of lines into which Base64 is broken (RFC 7468, RFC 2045).
    private static let lineLengths: Set<Int> = [64, 76]

    static func isDigit(_ byte: UInt8) -> Bool { values[Int(byte)] != 255 }

    /// Calls `body` with the digits of every run of at least `least`, and with the run's position.
    static func forEachRun(
        in bytes: [UInt8], ofAtLeast least: Int, _ body: (_ digits: [UInt8], _ position: Int) -> Void
    ) {
        let values = values
        let count = bytes.count
        var index = 0
        while index < count {
            guard values[Int(bytes[index])] != 255 else {
                index += 1
                continue
            }
            let start = index
            while index < count, values[Int(bytes[index])] != 255 { index += 1 }
            guard index - start >= least || lineLengths.contains(index - start) else { continue }
            var digits = Array(bytes[start..<index])
            var line = index - start
            while lineLengths.contains(line), let next = lineBreak(in: bytes, at: index) {
                let begin = next
                index = next
                while index < count, values[Int(bytes[index])] != 255 { index += 1 }
                line = index - begin
                digits += bytes[begin..<index]
            }
            if digits.count >= least { body(digits, start) }
        }
    }

    /// The position after a line break, and after the spaces by which the next line is indented; `nil` where there is none.
    private static func lineBreak(in bytes: [UInt8], at index: Int) -> Int? {
        var next = index
        if next < bytes.count, bytes[next] == UInt8(ascii: "\r") { next += 1 }
        guard next < bytes.count, bytes[next] == UInt8(ascii: "\n") else { return nil }
        next += 1
        while next < bytes.count, bytes[next] == UInt8(ascii: " ") { next += 1 }
        return next
    }

    /// The bytes that the digits from a position on stand for; a rest of less than a group is decoded as far as it goes.
    static func decode(_ digits: [UInt8], from start: Int) -> [UInt8] {
        let values = values
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 4 * 3 + 3)
        var group: UInt32 = 0
        var filled = 0
        for index in start..<max(start, digits.count) {
            group = group << 6 | UInt32(values[Int(digits[index])])
            filled += 1
            guard filled == 4 else { continue }
            bytes.append(UInt8(truncatingIfNeeded: group >> 16))
            bytes.append(UInt8(truncatingIfNeeded: group >> 8))
            bytes.append(UInt8(truncatingIfNeeded: group))
            (group, filled) = (0, 0)
        }
        if filled >= 2 {
            group <<= UInt32(6 * (4 - filled))
            bytes.append(UInt8(truncatingIfNeeded: group >> 16))
            if filled == 3 { bytes.append(UInt8(truncatingIfNeeded: group >> 8)) }
        }
        return bytes
    }
}

/// Text with percent-encoding (RFC 3986, section 2.1) and escapes of JSON (`\u005f`) replaced by what they stand for.
struct EscapedText {
    let bytes: [UInt8]
    /// Where the escapes were: the position after each in ``bytes``, and how many bytes longer the original is up to there.
    private var shifts: [(position: Int, by: Int)] = []

    /// `nil` where no character of a secret, or of Base64, is escaped.
    init?(decoding text: [UInt8]) {
        var bytes: [UInt8] = []
        var shift = 0
        var copied = 0
        var index = 0
        while index + 2 < text.count {
            guard let escape = Self.escape(in: text, at: index) else {
                index += 1
                continue
            }
            bytes += text[copied..<index]
            bytes.append(escape.byte)
            shift += escape.length - 1
            shifts.append((bytes.count, shift))
            index += escape.length
            copied = index
        }
        guard !shifts.isEmpty else { return nil }
        self.bytes = bytes + text[copied...]
    }

    /// The position in the original.
    func position(of position: Int) -> Int {
        var low = 0
        var high = shifts.count
        while low < high {
            let middle = (low + high) / 2
            if shifts[middle].position <= position { low = middle + 1 } else { high = middle }
        }
        return position + (low == 0 ? 0 : shifts[low - 1].by)
    }

    private static func escape(in text: [UInt8], at index: Int) -> (byte: UInt8, length: Int)? {
        var digits = index + 1
        if text[index] == UInt8(ascii: "\\") {
            // \u005f, or \/ as some programs write it.
            if text[index + 1] == UInt8(ascii: "/") { return (UInt8(ascii: "/"), 2) }
            guard index + 5 < text.count, text[index + 1] == UInt8(ascii: "u"),
                text[index + 2] == UInt8(ascii: "0"), text[index + 3] == UInt8(ascii: "0")
            else { return nil }
            digits = index + 4
        } else if text[index] != UInt8(ascii: "%") {
            return nil
        }
        guard let high = text[digits].hexDigit, let low = text[digits + 1].hexDigit else {
            return nil
        }
        let byte = high << 4 | low
        guard Base64Text.isDigit(byte) || byte == UInt8(ascii: "=") else { return nil }
        return (byte, digits + 2 - index)
    }
}
