/// Decodes base64 (RFC 4648, section 4) where it stands between a request and its verdict.
///
/// libsodium's decoder takes the same time whatever the text is, and five times as long. Here nothing can be learnt from
/// the time: whoever measures it has sent the text.
enum Base64 {
    /// The value of each character; 64 and more where a byte is none.
    private static let values: [UInt8] = {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var values = [UInt8](repeating: 64, count: 256)
        for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
        return values
    }()

    /// Calls `body` with the bytes that `text` stands for, with or without padding, without allocating for short ones.
    /// `nil` if it is no base64, or ends in bits that are not zero.
    static func decode<Result>(_ text: Span<UInt8>, _ body: (Span<UInt8>) -> Result) -> Result? {
        guard let digits = withoutPadding(text) else { return nil }
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: digits.count / 4 * 3 + 3) { room in
            guard let count = decode(digits, into: room) else { return nil }
            return body(UnsafeBufferPointer(rebasing: room[..<count]).span)
        }
    }

    /// Text that ends in `=` has whole groups of four.
    @_lifetime(copy text)
    private static func withoutPadding(_ text: Span<UInt8>) -> Span<UInt8>? {
        guard !text.isEmpty, text[text.count - 1] == UInt8(ascii: "=") else { return text }
        guard text.count % 4 == 0 else { return nil }
        return text.extracting(0..<text.count - (text[text.count - 2] == UInt8(ascii: "=") ? 2 : 1))
    }

    private static func decode(_ digits: Span<UInt8>, into room: UnsafeMutableBufferPointer<UInt8>) -> Int? {
        let values = values
        var bits: UInt32 = 0
        var seen: UInt8 = 0
        var count = 0
        for index in digits.indices {
            let value = values[Int(digits[index])]
            seen |= value
            bits = bits << 6 | UInt32(value & 63)
            guard index & 3 == 3 else { continue }
            room[count] = UInt8(truncatingIfNeeded: bits >> 16)
            room[count + 1] = UInt8(truncatingIfNeeded: bits >> 8)
            room[count + 2] = UInt8(truncatingIfNeeded: bits)
            count += 3
        }
        guard seen < 64 else { return nil }
        switch digits.count & 3 {
        case 0: return count
        case 2 where bits & 0xF == 0:
            room[count] = UInt8(truncatingIfNeeded: bits >> 4)
            return count + 1
        case 3 where bits & 3 == 0:
            room[count] = UInt8(truncatingIfNeeded: bits >> 10)
            room[count + 1] = UInt8(truncatingIfNeeded: bits >> 2)
            return count + 2
        default: return nil
        }
    }
}
