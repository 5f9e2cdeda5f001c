/// Recognises a token that is used from two far networks at once.
///
/// *Far* is said without a map: two public addresses of the same family that share not even their first 16 bits (IPv4)
/// or 32 bits (IPv6), which is what a provider usually has. *At once* means in turns: from the one, then from the other,
/// then from the first again, all within five minutes. Somebody who moves from one network to another never comes back
/// to the first while using the second, so that a journey is none.
///
/// ```text
/// 198.51.100.7 ──▶ 203.0.113.9 ──▶ 198.51.100.7      12:00, 12:01, 12:02: at once
/// 198.51.100.7 ──▶ 203.0.113.9                       a journey
/// ```
public struct FarUses: Sendable {
    private struct Key: Hashable {
        let secret: SecretID
        let isV4: Bool
    }

    /// The latest use from a network, after which the next one has another.
    private struct Stay {
        let region: AddressRange
        let address: IPAddress
        var until: Timestamp
    }

    /// The stays of each secret, at most two, the latest last.
    private var stays: [Key: [Stay]] = [:]
    private let capacity: Int

    /// Within how long the uses in turns count.
    public static let span = TimeSpan.minutes(5)

    /// - Parameter capacity: of how many secrets it remembers the latest uses.
    public init(capacity: Int = 20_000) {
        self.capacity = capacity
    }

    /// Notes a use. Returns the two addresses where it is a use from two far networks at once; the present one is the first.
    public mutating func note(
        _ secret: SecretID, from address: IPAddress, at now: Timestamp
    ) -> (here: IPAddress, there: IPAddress)? {
        guard address.isOutside else { return nil }
        let key = Key(secret: secret, isV4: address.isV4)
        let here = Stay(region: address.region, address: address, until: now)
        guard var known = stays[key], let last = known.last else {
            makeRoom(at: now)
            stays[key] = [here]
            return nil
        }
        // After a failed write, the same uses are looked at again.
        guard now > last.until else { return nil }
        if last.region == here.region {
            known[known.count - 1].until = now
            stays[key] = known
            return nil
        }
        let isBack = known.count == 2 && known[0].region == here.region
        let isAtOnce = isBack && known[0].until.isWithin(Self.span, before: now)
        stays[key] = [last, here]
        return isAtOnce ? (address, last.address) : nil
    }

    /// Forgets what is too old to count, and everything where that is not enough.
    private mutating func makeRoom(at now: Timestamp) {
        guard stays.count >= capacity else { return }
        stays = stays.filter { $0.value.last?.until.isWithin(Self.span, before: now) ?? false }
        if stays.count >= capacity { stays = [:] }
    }
}

extension IPAddress {
    /// The network by which addresses are far from one another: /16 of IPv4, /32 of IPv6.
    public var region: AddressRange { AddressRange(self, prefix: isV4 ? 128 - 16 : 32) }
}
