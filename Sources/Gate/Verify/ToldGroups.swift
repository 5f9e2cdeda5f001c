public import Tokens

/// A person's groups as the value of `Remote-Groups` at one service: comma-separated, each percent-encoded as UTF-8.
///
/// ```text
/// Remote-Groups: developers,qa%2C%20berlin
/// ```
///
/// The value is bounded, because proxies read a response head into a buffer of fixed size. A head that overflows it
/// counts as a failure of the node, and some proxies then take the node out for everybody.
public struct ToldGroups: Hashable, Sendable {
    /// The header value.
    public let text: String
    /// The number of groups that did not fit.
    public let left: Int

    /// The most bytes of the header value.
    public static let limit = 2048

    /// Whether some groups are missing.
    public var isPartial: Bool { left > 0 }

    /// All groups of `owner`, or those among the groups that `service` names.
    ///
    /// When not all fit, the first in byte order are kept, so the result does not depend on the order in which an
    /// identity provider sends them.
    public init(of owner: Subject, at service: Service) {
        let names = service.groupsTold(of: owner).map(\.headerValue)
        if Self.size(of: names) <= Self.limit {
            text = names.joined(separator: ",")
            left = 0
            return
        }
        var fitting: [String] = []
        var size = 0
        for name in names.sorted() where size + name.utf8.count + 1 <= Self.limit + 1 {
            fitting.append(name)
            size += name.utf8.count + 1
        }
        text = fitting.joined(separator: ",")
        left = names.count - fitting.count
    }

    /// Whether these names fit into one header.
    public static func fits(_ names: [String]) -> Bool { size(of: names.map(\.headerValue)) <= limit }

    private static func size(of encoded: [String]) -> Int {
        encoded.reduce(max(0, encoded.count - 1)) { $0 + $1.utf8.count }
    }
}
