/// A range of addresses in CIDR form (RFC 4632): `10.0.0.0/8`, `2001:db8::/32`, or one address.
public struct AddressRange: Hashable, Sendable {
    let first: IPAddress
    private let mask: IPAddress

    /// `127.0.0.0/8` and `::1`.
    public static let loopback = ["127.0.0.0/8", "::1"].compactMap { AddressRange($0) }

    /// The most characters of a range: an address, a slash and three digits.
    private static let longest = IPAddress.longest + 4

    /// Reads the CIDR form; `nil` for anything else. Bits after the prefix are ignored.
    public init?(_ text: String) {
        guard text.utf8.count <= Self.longest else { return nil }
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
        self.init(address, prefix: length + 128 - width)
    }

    /// The range around `address` that has the first `prefix` of its 128 bits.
    init(_ address: IPAddress, prefix: Int) {
        func ones(_ count: Int) -> UInt64 { count <= 0 ? 0 : count >= 64 ? .max : ~(.max >> UInt64(count)) }
        mask = IPAddress(high: ones(prefix), low: ones(prefix - 64))
        first = IPAddress(high: address.high & mask.high, low: address.low & mask.low)
    }

    /// Whether it holds loopback addresses only.
    public var isLoopback: Bool { first.isLoopback }

    public func contains(_ address: IPAddress) -> Bool {
        address.high & mask.high == first.high && address.low & mask.low == first.low
    }

    /// The address of a range of one; `nil` for others.
    public var onlyAddress: IPAddress? { mask.high == .max && mask.low == .max ? first : nil }

    /// Whether it contains all of `other`.
    public func contains(_ other: AddressRange) -> Bool { isWider(than: other) && contains(other.first) }

    /// Whether its prefix is as short as that of `other`, or shorter.
    func isWider(than other: AddressRange) -> Bool {
        mask.high & other.mask.high == mask.high && mask.low & other.mask.low == mask.low
    }
}

extension AddressRange: CustomStringConvertible {
    /// The CIDR form, without bits after the prefix; one address stands alone.
    public var description: String {
        let length = mask.high.nonzeroBitCount + mask.low.nonzeroBitCount
        if length == 128 { return first.description }
        return first.isV4 && length >= 96 ? "\(first)/\(length - 96)" : "\(first)/\(length)"
    }
}

extension IPAddress {
    /// Whether it is a loopback address.
    public var isLoopback: Bool { AddressRange.loopback.contains(self) }
}

extension [AddressRange] {
    /// Whether any of the ranges contains `address`. An extension of arrays, not of sequences, so that it is
    /// specialised: it is called for every request.
    public func contains(_ address: IPAddress) -> Bool {
        contains { $0.contains(address) }
    }

    /// Whether something that is bound to these ranges may be used from `address`; none bind it to nothing. `nil` is
    /// an unknown address.
    func permit(_ address: IPAddress?) -> Bool { isEmpty || address.map { contains($0) } ?? false }
}
