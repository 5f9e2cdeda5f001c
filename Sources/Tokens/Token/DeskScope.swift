/// A scope at the desk itself, beside those of services: `jeton:manage`, `jeton:rotate`, `jeton:scim`.
///
/// Everything that is known of such a scope stands here: what it is called, who may grant it, whether it
/// stands alone. The form, the checks, the command line and the refusals read it. A new scope also needs
/// commands to paste (`Recipe`), and the place that asks for it by ``Scopes/allow(_:)``.
public enum DeskScope: String, Hashable, Sendable, CaseIterable {
    /// Managing the owner's tokens through the API.
    case manage
    /// Rotating the token itself through the API.
    case rotate
    /// Provisioning people and groups by SCIM, as long as the owner administers.
    case scim

    /// Who may grant a scope.
    public enum Grantor: Hashable, Sendable {
        /// A person at a browser or at the machine, for themselves: a leaked token must not be able to breed.
        case person
        /// The same, where the token's owner is an administrator.
        case administrator

        /// As in "can be granted only by …".
        public var words: String {
            switch self {
            case .person: "a person who is signed in"
            case .administrator: "an administrator who is signed in"
            }
        }
    }

    /// The scope's text: `jeton:manage`.
    public var text: String { "\(ServiceName.desk):\(rawValue)" }

    /// What people read.
    public var title: String {
        switch self {
        case .manage: "Manage my tokens (API)"
        case .rotate: "Rotate itself (API)"
        case .scim: "Provision people and groups (SCIM)"
        }
    }

    /// What it is for, and what its holder can do with it.
    public var hint: String {
        switch self {
        case .manage:
            "For scripts that create and revoke tokens in your name. "
                + "Anyone holding it can create more tokens. Store it safely."
        case .rotate:
            "For scheduled jobs that replace the token's secret by themselves. Anyone holding it can do so, too."
        case .scim:
            "For your identity provider only. Anyone holding it can close every account. Store it safely."
        }
    }

    /// What the token may do, as in "a token that may …".
    public var power: String {
        switch self {
        case .manage: "manage tokens"
        case .rotate: "rotate itself"
        case .scim: "provision"
        }
    }

    /// Who may grant it.
    public var grantor: Grantor {
        switch self {
        case .manage, .rotate: .person
        case .scim: .administrator
        }
    }

    /// Whether a token of a service account may have it. What manages tokens and people is for people.
    public var isForAccounts: Bool { self == .rotate }

    /// Whether a token that has it has no other scope.
    public var standsAlone: Bool { self == .scim }

    /// The scopes that may stand beside others.
    public static var besideOthers: [DeskScope] { allCases.filter { !$0.standsAlone } }

    /// Reads ``text``; `nil` for anything else.
    init?(text: String) {
        let prefix = ServiceName.desk + ":"
        guard text.hasPrefix(prefix) else { return nil }
        self.init(rawValue: String(text.dropFirst(prefix.count)))
    }
}
