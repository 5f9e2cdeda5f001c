internal import Tokens

/// Limits on the requests for a route. Routes for strangers have low ones, so large requests are refused before any
/// work is done.
public struct RouteLimits: Hashable, Sendable {
    /// The most bytes of a body; more is 413.
    public var bodyBytes: Int
    /// The most pairs of a form; more is 400. At most ``FormValues/mostPairs``.
    public var pairs: Int

    /// The most pairs of a query, on every route; more is 400.
    static let queryPairs = 100

    public init(bodyBytes: Int, pairs: Int = 100) {
        self.bodyBytes = bodyBytes
        self.pairs = min(pairs, FormValues.mostPairs)
    }

    /// The default: 64 KiB, 100 pairs.
    public static let usual = RouteLimits(bodyBytes: 64 * 1024)
    /// A short form that anybody may send: 16 KiB, 20 pairs.
    public static let shortForm = RouteLimits(bodyBytes: 16 * 1024, pairs: 20)
    /// A request to an OAuth endpoint: 8 KiB, ten pairs.
    public static let oauth = RouteLimits(bodyBytes: 8 * 1024, pairs: 10)
    /// Documents from authenticated clients: the server's own limit, ``Server/Limits/bodyBytes``.
    public static let document = RouteLimits(bodyBytes: .max)

    /// The refusal of a request above the limits; `nil` for one within them.
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

/// The query parameters of a route. Any other is refused by name, because ignoring a mistyped filter would return
/// everything.
public struct QueryNames: Hashable, Sendable, ExpressibleByArrayLiteral {
    /// Sorted.
    let names: [String]

    public init(arrayLiteral names: String...) { self.init(names) }

    public init(_ names: [String]) {
        self.names = names.sorted()
    }

    /// The refusal of a request with another parameter; `nil` for one without.
    func refusal(of request: Request) -> Router.Refusal? {
        guard request.query != nil else { return nil }
        return request.queryItems.firstName { !names.contains($0) }
            .map { .unknownParameter($0.beginning(bytes: 60), known: names) }
    }
}
