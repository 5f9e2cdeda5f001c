/// A way of using a token that only the gate can see, and that its owner should know of.
public enum TokenMisuse: String, Hashable, Sendable, CaseIterable {
    /// It stood in a query string, where it is never read as a credential. Addresses are kept in logs and histories.
    case query
    /// It came over plain http, as a trusted proxy says of the original request.
    case plainHTTP = "plain-http"
    /// It was tried at a service that its scopes do not name.
    case otherService = "other-service"
    /// It was used from two far networks in turns, of which one is new to it: see ``FarUses``.
    case farNetworks = "far-networks"
    /// It has ended, and something goes on trying it.
    case ended

    /// How long after the first refusal an ended token counts as going on to be tried.
    public static let persistence = TimeSpan.minutes(10)
    /// How long one is told of after it was seen, among what asks for an act.
    public static let remembered = TimeSpan.days(30)

    /// What happened at a service, after the token's name: "sent in a query string at maven".
    public func words(at service: String) -> String {
        switch self {
        case .query: "sent in a query string at \(service), where addresses are kept in logs"
        case .plainHTTP: "sent over plain http to \(service), readable by everybody on the way"
        case .otherService: "tried at \(service), for which it has no scope"
        case .farNetworks: "used at \(service) from two far networks in turns"
        case .ended: "still tried at \(service), although it has ended"
        }
    }
}
