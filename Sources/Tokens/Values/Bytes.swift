/// Reading bytes in place, without a copy.
extension Span where Element == UInt8 {
    /// Whether the bytes are `text` (ASCII, given in lower case), without regard to case.
    public func equals(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        return text.withUTF8Buffer { expected in
            for index in indices where self[index].lowercased != expected[index] { return false }
            return true
        }
    }

    /// Whether the bytes are exactly those of `text`.
    public func isExactly(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        return text.withUTF8Buffer { expected in
            for index in indices where self[index] != expected[index] { return false }
            return true
        }
    }

    /// Whether the bytes are exactly those of `other`.
    public func isSame(as other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        for index in indices where self[index] != other[index] { return false }
        return true
    }

    /// Whether the bytes are exactly those of `other`.
    public func isSame(as other: [UInt8]) -> Bool { isSame(as: other.span) }

    /// The index of the first such byte, if any.
    public func firstIndex(of byte: UInt8) -> Int? {
        for index in indices where self[index] == byte { return index }
        return nil
    }

    /// The index of the first space or tab, if any.
    var firstBlank: Int? {
        for index in indices where self[index] == 0x20 || self[index] == 0x09 { return index }
        return nil
    }

    /// The bytes without spaces and tabs around them.
    public var trimmed: Span<UInt8> {
        @_lifetime(copy self) get {
            var start = 0
            var end = count
            while start < end, self[start] == 0x20 || self[start] == 0x09 { start += 1 }
            while end > start, self[end - 1] == 0x20 || self[end - 1] == 0x09 { end -= 1 }
            return extracting(start..<end)
        }
    }

    /// An array of the same bytes.
    public var copied: [UInt8] {
        withUnsafeBufferPointer { Array($0) }
    }

    /// The bytes as text; each that is not UTF-8 becomes U+FFFD.
    public var text: String {
        withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }

    /// A number that distinguishes these bytes from others within this process, and means nothing outside it.
    var fingerprint: Int {
        var hasher = Hasher()
        withUnsafeBytes { hasher.combine(bytes: $0) }
        return hasher.finalize()
    }
}

/// Writing numbers as bytes, without a `String` in between.
extension [UInt8] {
    /// Appends `number` in decimal digits, with leading zeros up to `width`.
    public mutating func append(decimal number: UInt64, width: Int = 1) {
        var power: UInt64 = 1
        var digits = 1
        while number / power >= 10 {
            power *= 10
            digits += 1
        }
        for _ in 0..<Swift.max(0, width - digits) { append(UInt8(ascii: "0")) }
        while power > 0 {
            append(UInt8(ascii: "0") + UInt8(number / power % 10))
            power /= 10
        }
    }
}

extension UInt8 {
    var isDigit: Bool { self >= 0x30 && self <= 0x39 }
    var isLowercaseLetter: Bool { self >= 0x61 && self <= 0x7A }
    var isUppercaseLetter: Bool { self >= 0x41 && self <= 0x5A }
    public var isBase62: Bool { isDigit || isLowercaseLetter || isUppercaseLetter }
    /// The ASCII letter in lower case; any other byte as it is.
    var lowercased: UInt8 { isUppercaseLetter ? self | 0x20 : self }

    /// The value of a hexadecimal digit; `nil` for any other byte.
    public var hexDigit: UInt8? {
        switch self {
        case 0x30...0x39: self - 0x30
        case 0x41...0x46: self - 0x41 + 10
        case 0x61...0x66: self - 0x61 + 10
        default: nil
        }
    }

    func isOneOf(_ text: StaticString) -> Bool {
        text.withUTF8Buffer { $0.contains(self) }
    }
}
