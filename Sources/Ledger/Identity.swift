internal import Tokens

/// A person's identity at an identity provider: its issuer and its name for the person (`iss` and `sub`,
/// OpenID Connect Core 1.0, section 5.7). It stays when a login changes, and never passes to another person.
public struct Identity: Hashable, Sendable {
    public let issuer: String
    /// The subject identifier (`sub`).
    public let name: String

    public init(issuer: String, name: String) {
        self.issuer = issuer
        self.name = name
    }

    public static func == (left: Self, right: Self) -> Bool {
        left.issuer.isExactly(right.issuer) && left.name.isExactly(right.name)
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(ExactText(name)) }
}
