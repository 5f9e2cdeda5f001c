internal import Tokens

/// What a request for a route may bring. Where strangers are answered it is little, so that what they send is
/// refused before anybody works on it.
public struct RouteLimits: Hashable, Sendable {
    /// The most bytes of a body; more is 413.
    public var bodyBytes: Int
    /// The most pairs of a form; more is 400. At most ``FormValues/mostPairs``.
    public var pairs: Int

    /// The most pairs of a query, on every route; more is 400.
    static let queryPairs = 100

    /// A route that takes so much.
    public init(bodyBytes: Int, pairs: Int = 100) {
        self.bodyBytes = bodyBytes
        self.pairs = min(pairs, FormValues.mostPairs)
    }

    /// What is enough for nearly all: 64 KiB, and 100 pairs.
    public static let usual = RouteLimits(bodyBytes: 64 * 1024)
    /// The few short fields of a form that anybody may send: 16 KiB, and 20 pairs.
    public static let shortForm = RouteLimits(bodyBytes: 16 * 1024, pairs: 20)
    /// What is sent to an OAuth endpoint: 8 KiB, and ten pairs.
    public static let oauth = RouteLimits(bodyBytes: 8 * 1024, pairs: 10)
    /// Documents of somebody who is known: as much as the server takes.
    public static let document = RouteLimits(bodyBytes: .max)

    /// Why `request` brings too much; `nil` where it does not.
    func refusal(of request: Request) -> Router.Refusal? {
        if request.body.count > bodyBytes { return .bodyTooLarge(limit: bodyBytes) }
        if let query = request.query,
            !FormValues.mayHold(atMost: Self.queryPairs, Array(query.utf8).span)
        {
            return .tooManyPairs(limit: Self.queryPairs)
        }
        if request.isForm, !FormValues.mayHold(atMost: pairs, request.body.span) {
            return .tooManyPairs(limit: pairs)
        }
        return nil
    }
}

/// The query parameters that a route takes. Another one is refused by its name: a mistyped filter that is ignored
/// would answer with everything.
public struct QueryNames: Hashable, Sendable, ExpressibleByArrayLiteral {
    /// In the order of the alphabet.
    let names: [String]

    /// A route that takes these.
    public init(arrayLiteral names: String...) {
        self.names = names.sorted()
    }

    /// Why `request` brings another one; `nil` where it does not.
    func refusal(of request: Request) -> Router.Refusal? {
        guard request.query != nil else { return nil }
        return request.queryItems.firstName { !names.contains($0) }
            .map { .unknownParameter($0.beginning(bytes: 60), known: names) }
    }
}
