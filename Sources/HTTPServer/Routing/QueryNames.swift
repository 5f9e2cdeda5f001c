internal import Tokens

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
