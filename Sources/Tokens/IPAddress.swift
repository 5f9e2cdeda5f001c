/// An IPv4 or IPv6 address; IPv4 is held as IPv4-mapped IPv6 (RFC 4291, section 2.5.5.2), so that
/// both ways of writing one address are equal.
public struct IPAddress: Hashable, Sendable {
    /// The upper and lower 64 bits of the IPv6 form.
    public let high: UInt64, low: UInt64

    /// The address of those bits.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// The IPv4 address of those 32 bits.
    public init(v4 bits: UInt32) {
        self.init(high: 0, low: 0xFFFF << 32 | UInt64(bits))
    }

    /// `::`, which nobody has (RFC 4291, section 2.5.2): throttles count those under it whose address is
    /// not known. Under none, guesses from nowhere would be free; under the proxy's they would slow others.
    static let unspecified = IPAddress(high: 0, low: 0)

    /// `127.0.0.1`.
    public static let loopback = IPAddress(v4: 0x7F00_0001)

    /// Reads `192.0.2.1` or `2001:db8::1`, without brackets, port or zone; `nil` for anything else.
    public init?(_ text: some StringProtocol) {
        self.init(bytes: Array(text.utf8).span)
    }

    /// The same of bytes, where they lie; IPv4 is read without an allocation.
    public init?(bytes: Span<UInt8>) {
        if let bits = Self.v4Bits(bytes) {
            self.init(v4: bits)
            return
        }
        guard let groups = Self.v6Groups(bytes.text) else { return nil }
        func word(_ part: ArraySlice<UInt16>) -> UInt64 { part.reduce(0) { $0 << 16 | UInt64($1) } }
        self.init(high: word(groups[0..<4]), low: word(groups[4..<8]))
    }

    private static func v4Bits(_ text: some StringProtocol) -> UInt32? {
        v4Bits(Array(text.utf8).span)
    }

    /// Four numbers of up to three digits, none with a zero before it: to some that means octal.
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

    private static func v6Groups(_ text: String) -> [UInt16]? {
        let halves: [String]
        if let gap = text.firstRange(of: "::") {
            halves = [String(text[..<gap.lowerBound]), String(text[gap.upperBound...])]
        } else {
            halves = [text]
        }
        var groups: [[UInt16]] = []
        for (index, half) in halves.enumerated() {
            guard let read = v6Half(half, isLast: index == halves.count - 1) else { return nil }
            groups.append(read)
        }
        let count = groups.reduce(0) { $0 + $1.count }
        if groups.count == 1 { return count == 8 ? groups[0] : nil }
        return count <= 7 ? groups[0] + Array(repeating: 0, count: 8 - count) + groups[1] : nil
    }

    private static func v6Half(_ text: String, isLast: Bool) -> [UInt16]? {
        if text.isEmpty { return [] }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        var groups: [UInt16] = []
        for (index, part) in parts.enumerated() {
            if isLast, index == parts.count - 1, let bits = v4Bits(part) {
                groups += [UInt16(truncatingIfNeeded: bits >> 16), UInt16(truncatingIfNeeded: bits)]
            } else {
                // `UInt16` alone would take a sign, as in `::-0`.
                guard (1...4).contains(part.utf8.count), part.utf8.allSatisfy(\.isHexDigit),
                    let group = UInt16(part, radix: 16)
                else { return nil }
                groups.append(group)
            }
        }
        return groups
    }

    /// What throttles count by: the address, and of IPv6 the network of 64 bits, since one customer holds
    /// all of it.
    var network: IPAddress { isV4 ? self : IPAddress(high: high, low: 0) }

    /// Whether it is IPv4.
    public var isV4: Bool { high == 0 && low >> 32 == 0xFFFF }
}

extension IPAddress: CustomStringConvertible {
    /// `192.0.2.1`, or IPv6 as RFC 5952 asks: lower case, the longest run of zeros folded.
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

/// A range of addresses in CIDR form (RFC 4632): `10.0.0.0/8`, `2001:db8::/32`, or one address.
public struct AddressRange: Hashable, Sendable {
    private let first: IPAddress
    private let mask: IPAddress

    /// `127.0.0.0/8` and `::1`.
    public static let loopback = ["127.0.0.0/8", "::1"].compactMap { AddressRange($0) }

    /// Reads the CIDR form; `nil` for anything else. Bits behind the prefix are disregarded.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = IPAddress(parts[0]) else { return nil }
        // `::ffff:10.0.0.0/104` is another way to write `10.0.0.0/8`.
        let width = parts[0].contains(":") ? 128 : 32
        var length = width
        if parts.count == 2 {
            guard parts[1].utf8.allSatisfy(\.isDigit), let given = Int(parts[1]), given <= width else {
                return nil
            }
            length = given
        }
        length += 128 - width
        func ones(_ count: Int) -> UInt64 { count <= 0 ? 0 : count >= 64 ? .max : ~(.max >> UInt64(count)) }
        mask = IPAddress(high: ones(length), low: ones(length - 64))
        first = IPAddress(high: address.high & mask.high, low: address.low & mask.low)
    }

    /// Whether `address` is within it.
    public func contains(_ address: IPAddress) -> Bool {
        address.high & mask.high == first.high && address.low & mask.low == first.low
    }
}

extension AddressRange: CustomStringConvertible {
    /// The CIDR form, with no bits behind the prefix; one address stands alone.
    public var description: String {
        let length = mask.high.nonzeroBitCount + mask.low.nonzeroBitCount
        if length == 128 { return first.description }
        return first.isV4 && length >= 96 ? "\(first)/\(length - 96)" : "\(first)/\(length)"
    }
}

extension [AddressRange] {
    /// Whether any of the ranges holds `address`. Every request asks: of arrays alone, it is compiled for them.
    public func contains(_ address: IPAddress) -> Bool {
        contains { $0.contains(address) }
    }
}
