/// An IPv4 or IPv6 address. IPv4 is held as IPv4-mapped IPv6 (RFC 4291, section 2.5.5.2), so that both ways
/// of writing an address are equal.
public struct IPAddress: Hashable, Sendable {
    /// The upper and lower 64 bits of the IPv6 form.
    public let high: UInt64, low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    public init(v4 bits: UInt32) {
        self.init(high: 0, low: 0xFFFF << 32 | UInt64(bits))
    }

    /// `::`, which no host has (RFC 4291, section 2.5.2). Throttles count clients without a known address
    /// under it: otherwise their guesses would be free, or slow down others behind the same proxy.
    static let unspecified = IPAddress(high: 0, low: 0)
    /// The most characters of an address: an IPv6 one whose end is written as IPv4.
    static let longest = 45

    /// The network by which a client is counted: the address itself, or for IPv6 its network of 64 bits, all
    /// of which one customer holds.
    public var network: IPAddress { isV4 ? self : IPAddress(high: high, low: 0) }

    /// The network that tells a place from another: /24 of IPv4, /48 of IPv6, which is what one site usually has.
    public var site: AddressRange {
        isV4
            ? AddressRange(self, prefix: 128 - 8) : AddressRange(self, prefix: 48)
    }

    /// `127.0.0.1`.
    public static let loopback = IPAddress(v4: 0x7F00_0001)

    /// Reads `192.0.2.1` or `2001:db8::1`, without brackets, port or zone; `nil` for anything else.
    public init?(_ text: some StringProtocol) {
        self.init(bytes: Array(text.utf8).span)
    }

    /// As above, for bytes in place. IPv4 allocates nothing.
    public init?(bytes: Span<UInt8>) {
        if let bits = Self.v4Bits(bytes) {
            self.init(v4: bits)
            return
        }
        guard bytes.count <= Self.longest, let groups = Self.v6Groups(bytes) else { return nil }
        func word(_ part: Range<Int>) -> UInt64 { part.reduce(0) { $0 << 16 | UInt64(groups[$1]) } }
        self.init(high: word(0..<4), low: word(4..<8))
    }

    /// Four numbers of up to three digits without leading zeros, which some read as octal.
    private static func v4Bits(_ text: Span<UInt8>) -> UInt32? {
        var bits: UInt32 = 0
        var part: UInt32?
        var dots = 0
        for index in text.indices {
            let character = text[index]
            if character == UInt8(ascii: "."), let read = part, dots < 3 {
                bits = bits << 8 | read
                part = nil
                dots += 1
            } else if character.isDigit, part != 0 {
                let next = (part ?? 0) * 10 + UInt32(character - UInt8(ascii: "0"))
                guard next <= 255 else { return nil }
                part = next
            } else {
                return nil
            }
        }
        return dots == 3 ? part.map { bits << 8 | $0 } : nil
    }

    /// Eight groups of up to four digits, some of them left out by `::`, the last two possibly written as
    /// IPv4 (RFC 4291, section 2.2). One pass over the bytes, since a header may hold a thousand.
    private static func v6Groups(_ text: Span<UInt8>) -> SIMD8<UInt16>? {
        var groups = SIMD8<UInt16>(repeating: 0)
        var count = 0, index = 0
        var gap: Int?
        if text.count >= 2, text[0] == UInt8(ascii: ":"), text[1] == UInt8(ascii: ":") {
            (gap, index) = (0, 2)
        }
        while index < text.count {
            let start = index
            var group: UInt16 = 0
            while index < text.count, let digit = text[index].hexDigit {
                guard index - start < 4 else { return nil }
                group = group << 4 | UInt16(digit)
                index += 1
            }
            if index < text.count, text[index] == UInt8(ascii: ".") {
                guard count <= 6, let bits = v4Bits(text.extracting(start..<text.count)) else { return nil }
                groups[count] = UInt16(truncatingIfNeeded: bits >> 16)
                groups[count + 1] = UInt16(truncatingIfNeeded: bits)
                count += 2
                break
            }
            guard index > start, count < 8 else { return nil }
            groups[count] = group
            count += 1
            if index == text.count { break }
            guard text[index] == UInt8(ascii: ":"), index + 1 < text.count else { return nil }
            index += 1
            if text[index] == UInt8(ascii: ":") {
                guard gap == nil else { return nil }
                gap = count
                index += 1
            }
        }
        guard let gap else { return count == 8 ? groups : nil }
        guard count <= 7 else { return nil }
        // The groups after the gap move to the end.
        for place in 0..<8 - gap {
            let from = count - 1 - place
            groups[7 - place] = from >= gap ? groups[from] : 0
        }
        return groups
    }

    /// Whether it is IPv4.
    public var isV4: Bool { high == 0 && low >> 32 == 0xFFFF }
}

extension IPAddress: CustomStringConvertible {
    /// `192.0.2.1`, or IPv6 as RFC 5952 asks: in lower case, the longest run of zeros shortened to `::`.
    public var description: String {
        if isV4 {
            var text: [UInt8] = []
            text.append(self)
            return String(decoding: text, as: UTF8.self)
        }
        let groups =
            [48, 32, 16, 0].map { high >> $0 & 0xFFFF } + [48, 32, 16, 0].map { low >> $0 & 0xFFFF }
        var longest = 0..<0
        var start = 0
        while start < 8 {
            let end = groups[start...].firstIndex { $0 != 0 } ?? 8
            if end - start > max(1, longest.count) { longest = start..<end }
            start = max(end, start + 1)
        }
        func text(_ part: ArraySlice<UInt64>) -> String {
            part.map { String($0, radix: 16) }.joined(separator: ":")
        }
        if longest.isEmpty { return text(groups[...]) }
        return text(groups[..<longest.lowerBound]) + "::" + text(groups[longest.upperBound...])
    }
}

extension [UInt8] {
    /// Appends ``IPAddress/description``; IPv4 without a `String` in between.
    public mutating func append(_ address: IPAddress) {
        guard address.isV4 else { return append(contentsOf: address.description.utf8) }
        for shift in [UInt64(24), 16, 8] {
            append(decimal: address.low >> shift & 0xFF)
            append(UInt8(ascii: "."))
        }
        append(decimal: address.low & 0xFF)
    }
}
