public import Ledger
public import Tokens

/// How far the places that used a previous secret have moved to the current one.
///
/// A place is a service, an address and a client, without the client's version. It has moved when its latest use was
/// with the current secret: two jobs at one address may be rotated one after the other.
public struct SecretMove: Hashable, Sendable {
    public struct Place: Hashable, Sendable {
        public let service: String
        public let address: String
        /// The client with its version, as it was seen last.
        public let client: String
        /// The latest use of the previous secret.
        public let previousUse: Timestamp
        /// The latest use of the current secret.
        public let currentUse: Timestamp?

        public var hasMoved: Bool { currentUse.map { $0 > previousUse } ?? false }
    }

    /// Those that have not moved first, then the latest.
    public let places: [Place]
    private let isCurrentUsed: Bool

    /// How long before the rotation a use counts.
    static let span = TimeSpan.days(30)

    /// - Parameter uses: the uses of all secrets of the token since 30 days before `previous` was replaced.
    public init(from previous: PreviousSecret, to current: SecretID, uses: [Use]) {
        struct Key: Hashable {
            let service: String, address: String, product: Substring
        }
        func key(_ use: Use) -> Key { Key(service: use.service, address: use.address, product: use.product) }
        // Nothing at the desk works with a previous secret.
        let uses = uses.filter { $0.service != ServiceName.desk }
        let currentUses = Dictionary(
            uses.filter { $0.secret == current }.map { (key($0), $0.lastAt) }, uniquingKeysWith: max)
        let previousUses = Dictionary(
            uses.filter { $0.secret == previous.id && $0.lastAt > previous.replacedAt - Self.span }
                .map { (key($0), $0) }, uniquingKeysWith: { $0.lastAt > $1.lastAt ? $0 : $1 })
        isCurrentUsed = !currentUses.isEmpty
        places = previousUses.map { key, use in
            Place(
                service: use.service, address: use.address, client: use.client, previousUse: use.lastAt,
                currentUse: currentUses[key])
        }.sorted { left, right in
            if left.hasMoved != right.hasMoved { return right.hasMoved }
            return (right.previousUse, left.service, left.address, left.client)
                < (left.previousUse, right.service, right.address, right.client)
        }
    }

    /// Whether everything has moved. Where nothing used the previous secret, the first use of the current one decides.
    public var isComplete: Bool { places.isEmpty ? isCurrentUsed : places.allSatisfy(\.hasMoved) }
}

extension Use {
    /// The client without its version: `Maven` of `Maven 3.8.7`.
    var product: Substring {
        let words = client.split(separator: " ")
        guard words.count > 1, let last = words.last, last.first?.isNumber == true else { return client[...] }
        return client[..<last.startIndex]
    }
}
