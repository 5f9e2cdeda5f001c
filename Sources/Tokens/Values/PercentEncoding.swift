/// Percent-encoding (RFC 3986, section 2.1) of paths, queries, forms and headers: the only place that writes
/// and reads it.
extension String {
    /// The text with all but RFC 3986's unreserved characters encoded, byte by byte of its UTF-8: `a%20b`.
    ///
    /// It can stand anywhere in a query or form. It is one segment of a path unless it is `.` or `..`.
    public var percentEncoded: String { percentEncoded(keeping: \.isUnreserved) }

    /// The text with the bytes of its UTF-8 encoded, except where `isKept` holds.
    public func percentEncoded(keeping isKept: (UInt8) -> Bool) -> String {
        utf8.allSatisfy(isKept) ? self : Array(utf8).percentEncoded(keeping: isKept)
    }
}

extension [UInt8] {
    /// The bytes as text, encoded except where `isKept` holds.
    func percentEncoded(keeping isKept: (UInt8) -> Bool) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var encoded: [UInt8] = []
        encoded.reserveCapacity(count)
        for byte in self {
            if isKept(byte) {
                encoded.append(byte)
            } else {
                encoded += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }
}

extension Span where Element == UInt8 {
    /// The decoded text: each `%XX` becomes its byte, and with `plusIsSpace` each `+` a space, as in forms. A
    /// `%` without two hexadecimal digits stays, and bytes that are not UTF-8 become U+FFFD.
    public func percentDecoded(plusIsSpace: Bool = false) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        var index = 0
        while index < count {
            let byte = self[index]
            if byte == UInt8(ascii: "%"), let decoded = decodedByte(at: index) {
                bytes.append(decoded)
                index += 3
            } else {
                bytes.append(plusIsSpace && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
                index += 1
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The byte of the `%XX` at `index`; `nil` where two hexadecimal digits do not follow.
    func decodedByte(at index: Int) -> UInt8? {
        guard index + 2 < count, let high = self[index + 1].hexDigit, let low = self[index + 2].hexDigit
        else { return nil }
        return high << 4 | low
    }
}

extension UInt8 {
    /// Whether it is one of RFC 3986's unreserved characters (section 2.3).
    public var isUnreserved: Bool { isBase62 || isOneOf("-._~") }
}
