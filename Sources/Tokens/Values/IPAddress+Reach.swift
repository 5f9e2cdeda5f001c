extension IPAddress {
    /// Whether a host of the public internet may have it. Ranges that IANA's registries of special-purpose addresses
    /// (RFC 6890) name as not globally reachable are not, and neither is multicast.
    ///
    /// An address that holds an IPv4 one, by NAT64 (RFC 6052) or 6to4 (RFC 3056), is as public as that.
    public var isPublic: Bool {
        if let inner = embeddedV4 { return inner.isPublic }
        guard isOutside else { return false }
        return isV4
            ? !Self.specialV4.contains(self) : Self.globalV6.contains(self) && !Self.specialV6.contains(self)
    }

    /// The IPv4 address inside one of NAT64's or 6to4's.
    private var embeddedV4: IPAddress? {
        if high == 0x0064_FF9B << 32, low >> 32 == 0 { return IPAddress(v4: UInt32(truncatingIfNeeded: low)) }
        if high >> 48 == 0x2002 { return IPAddress(v4: UInt32(truncatingIfNeeded: high >> 16)) }
        return nil
    }

    /// Whether it is none of a private network, of this machine, or of a carrier's own (RFC 1918, 4193, 4291, 6598).
    public var isOutside: Bool { !Self.inner.contains(self) }

    private static let inner = [
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.168.0.0/16", "::/127", "fc00::/7", "fe80::/10",
    ].compactMap { AddressRange($0) }

    /// Documentation, benchmarks, protocols, multicast and what is reserved.
    private static let specialV4 = [
        "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
    ].compactMap { AddressRange($0) }

    /// Of IPv6, only this is given to hosts of the internet.
    private static let globalV6 = ["2000::/3"].compactMap { AddressRange($0) }

    private static let specialV6 = ["2001::/23", "2001:db8::/32", "3fff::/20"].compactMap { AddressRange($0) }
}
