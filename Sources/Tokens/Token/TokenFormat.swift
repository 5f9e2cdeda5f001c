private import Sodium

/// The form of a token's string, and the only place that creates and parses it.
///
/// `jtn_` + 32 characters of base62 from the system's CSPRNG (190 bits) + 6 characters of base62 holding the
/// CRC-32 of all that precedes them. The checksum lets the gate refuse typing errors and passwords without a
/// look-up, and lets leak scanners find tokens without false alarms.
///
/// **Changing anything here makes every token that was ever issued stop working.**
public struct TokenFormat: Sendable {
    /// The prefix of every token: `jtn_` unless the operator chose another.
    public let prefix: String
    let prefixBytes: [UInt8]

    private static let randomLength = 32
    private static let checksumLength = 6

    /// `jtn_`.
    public static let standard = TokenFormat(known: "jtn_")

    private init(known prefix: String) {
        self.prefix = prefix
        self.prefixBytes = Array(prefix.utf8)
    }

    /// A format with the operator's own prefix: 1 to 15 of `a-z` and `0-9`, a letter first, then `_`. `nil`
    /// for any other prefix.
    public init?(prefix: String) {
        let bytes = Array(prefix.utf8)
        guard (2...16).contains(bytes.count), bytes.last == UInt8(ascii: "_"), bytes[0].isLowercaseLetter,
            bytes.dropLast().allSatisfy({ $0.isLowercaseLetter || $0.isDigit })
        else { return nil }
        self.init(known: prefix)
    }

    /// The number of characters of a token.
    public var length: Int { prefixBytes.count + Self.randomLength + Self.checksumLength }

    /// A new random secret.
    public func makeSecret() -> TokenSecret {
        var bytes = prefixBytes
        bytes.reserveCapacity(length)
        for _ in 0..<Self.randomLength {
            bytes.append(Base62.alphabet[Int(Sodium.random(below: 62))])
        }
        bytes += Base62.digits(of: CRC32.checksum(of: bytes.span), count: Self.checksumLength)
        return TokenSecret(bytes: bytes)
    }

    /// The digest of a token; `nil` where `bytes` are not well-formed. Allocates nothing, since the gate
    /// calls it for every request.
    public func digest(of bytes: Span<UInt8>) -> TokenDigest? {
        hasForm(bytes) ? TokenDigest(of: bytes) : nil
    }

    /// The secret; `nil` where `text` is not well-formed.
    public func parse(_ text: String) -> TokenSecret? {
        let bytes = Array(text.utf8)
        return hasForm(bytes.span) ? TokenSecret(bytes: bytes) : nil
    }

    /// Whether `text` contains a token anywhere, such as a password into which a token was pasted.
    public func isFound(in text: String) -> Bool {
        isFound(in: text.utf8.span)
    }

    /// As above, for bytes in place.
    public func isFound(in bytes: Span<UInt8>) -> Bool {
        guard bytes.count >= length else { return false }
        for start in 0...bytes.count - length where hasForm(bytes.extracting(start..<start + length)) {
            return true
        }
        return false
    }

    func hasForm(_ bytes: Span<UInt8>) -> Bool {
        guard bytes.count == length else { return false }
        for index in prefixBytes.indices where bytes[index] != prefixBytes[index] { return false }
        let payload = length - Self.checksumLength
        for index in prefixBytes.count..<payload where !bytes[index].isBase62 { return false }
        var rest = CRC32.checksum(of: bytes.extracting(0..<payload))
        for index in stride(from: length - 1, through: payload, by: -1) {
            guard bytes[index] == Base62.alphabet[Int(rest % 62)] else { return false }
            rest /= 62
        }
        return true
    }
}

/// `0-9A-Za-z`.
enum Base62 {
    static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    /// `number` as exactly `count` digits, most significant first.
    static func digits(of number: UInt32, count: Int) -> [UInt8] {
        var digits = [UInt8](repeating: alphabet[0], count: count)
        var rest = number
        for index in digits.indices.reversed() {
            digits[index] = alphabet[Int(rest % 62)]
            rest /= 62
        }
        return digits
    }
}

/// CRC-32 as in IEEE 802.3, zlib and PNG (reflected polynomial `EDB88320`).
enum CRC32 {
    /// Tables that process four bytes at a time: 256 entries for each number of bytes, 0 to 3, that follow a
    /// byte.
    private static let tables: [UInt32] = {
        var tables: [UInt32] = (0..<256).map { index in
            (0..<8).reduce(UInt32(index)) { value, _ in
                value & 1 == 1 ? 0xEDB8_8320 ^ value >> 1 : value >> 1
            }
        }
        for index in 256..<1024 {
            let shorter = tables[index - 256]
            tables.append(tables[Int(shorter & 0xFF)] ^ shorter >> 8)
        }
        return tables
    }()

    static func checksum(of bytes: Span<UInt8>) -> UInt32 {
        let tables = tables
        var value = UInt32.max
        var index = 0
        while index + 4 <= bytes.count {
            value ^=
                UInt32(bytes[index]) | UInt32(bytes[index + 1]) << 8 | UInt32(bytes[index + 2]) << 16
                | UInt32(bytes[index + 3]) << 24
            value =
                tables[768 + Int(value & 0xFF)] ^ tables[512 + Int(value >> 8 & 0xFF)]
                ^ tables[256 + Int(value >> 16 & 0xFF)] ^ tables[Int(value >> 24)]
            index += 4
        }
        while index < bytes.count {
            value = tables[Int(UInt8(truncatingIfNeeded: value) ^ bytes[index])] ^ value >> 8
            index += 1
        }
        return ~value
    }
}
