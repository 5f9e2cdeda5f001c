/// What happens to a token that works, when its secret was found where it must not be.
///
/// They are ordered: each is stricter than the one before.
public enum LeakAct: String, Hashable, Sendable, CaseIterable, Comparable {
    /// It is only recorded, with an event.
    case notify
    /// It is paused until an administrator resumes it.
    case pause
    /// It is revoked.
    case revoke

    public static func < (left: Self, right: Self) -> Bool { left.strictness < right.strictness }

    private var strictness: Int {
        switch self {
        case .notify: 0
        case .pause: 1
        case .revoke: 2
        }
    }
}

/// What the operator wants to happen to leaked tokens, by whose they are and by what they may do.
public struct LeakPolicy: Hashable, Sendable {
    /// For tokens of people.
    public var people = LeakAct.revoke
    /// For tokens of service accounts.
    public var accounts = LeakAct.revoke
    /// For tokens that may be used at these services, whosever they are.
    public var services: [ServiceName: LeakAct] = [:]

    public init() {}

    /// The act for a token with `scopes`: the strictest of those of all services that it may be used at.
    ///
    /// - Parameter all: every service, for a token without scopes.
    public func act(on scopes: Scopes, ofAccount: Bool, among all: [ServiceName]) -> LeakAct {
        let usual = ofAccount ? accounts : people
        let reached: [ServiceName?] =
            switch scopes {
            case .everyService: all.map(Optional.some)
            // A scope at the desk itself has no service.
            case .only(let scopes): scopes.map(\.service)
            }
        return reached.map { $0.flatMap { services[$0] } ?? usual }.max() ?? usual
    }
}
