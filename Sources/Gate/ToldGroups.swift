public import Tokens

/// The groups of a person that one service is told of, as `Remote-Groups` carries them: with commas between
/// them, and percent-encoded as UTF-8.
///
/// The header has a bound, since proxies read an answer's head into a buffer of fixed size: one that is too
/// large is a failure of Jeton's to them, and some leave out a node that fails, for everybody.
public struct ToldGroups: Hashable, Sendable {
    /// The header's value.
    public let text: String
    /// How many groups did not fit.
    public let left: Int

    /// The most bytes of the header's value.
    public static let limit = 2048

    /// Whether it does not say all that the service should be told.
    public var isPartial: Bool { left > 0 }

    /// What `service` is told of `owner`: all groups, or of those that the service names the ones that the
    /// owner is in.
    ///
    /// Where not all fit, those that come first by their bytes are told. So it does not depend on the order in
    /// which an identity provider happens to send them.
    public init(of owner: Subject, at service: Service) {
        let names = service.sentGroups(of: owner).map(\.headerValue)
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

    /// Whether all groups of those names can be told at once.
    public static func fits(_ names: [String]) -> Bool { size(of: names.map(\.headerValue)) <= limit }

    private static func size(of encoded: [String]) -> Int {
        encoded.reduce(max(0, encoded.count - 1)) { $0 + $1.utf8.count }
    }
}
