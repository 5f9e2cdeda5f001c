/// A scope at the desk itself, beside those of services: `jeton:manage`, `jeton:rotate`, `jeton:scim`, `jeton:admin`,
/// `jeton:audit`, `jeton:leaks`.
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
    /// Administering the desk through the API, as long as the owner administers. Includes ``audit``.
    case admin
    /// Reading through the API what administrators see, as long as the owner administers.
    case audit
    /// Reporting secrets that were found, of anybody's tokens.
    case leaks

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
        case .admin: "Administer the desk (API)"
        case .audit: "Audit the desk (API)"
        case .leaks: "Report leaked tokens (API)"
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
        case .admin:
            "For programs that oversee the desk. Anyone holding it can pause and revoke every token. Store it safely."
        case .audit:
            "For programs that read what administrators see: people, tokens and events. It changes nothing."
        case .leaks:
            "For scanners that report secrets they found. What they report is revoked, or what else the operator decided."
        }
    }

    /// What the token may do, as in "a token that may …".
    public var power: String {
        switch self {
        case .manage: "manage tokens"
        case .rotate: "rotate itself"
        case .scim: "provision"
        case .admin: "administer"
        case .audit: "audit"
        case .leaks: "report leaks"
        }
    }

    /// Who may grant it.
    public var grantor: Grantor {
        switch self {
        case .manage, .rotate, .leaks: .person
        case .scim, .admin, .audit: .administrator
        }
    }

    /// Whether tokens of service accounts may have a scope.
    public enum AccountUse: Hashable, Sendable {
        case never, always
        /// Those of the accounts that the operator names in `accounts.may_oversee`.
        case withConsent
    }

    /// Whether a token of a service account may have it. What manages tokens and provisions people is for people.
    public var accountUse: AccountUse {
        switch self {
        case .manage, .scim: .never
        case .rotate, .leaks: .always
        case .admin, .audit: .withConsent
        }
    }

    /// Whether a token that has it has no other scope.
    public var standsAlone: Bool {
        switch self {
        case .manage, .rotate: false
        case .scim, .admin, .audit, .leaks: true
        }
    }

    /// Whether a program may ask a person for it, as an OAuth client. With the others, whoever lures a person into
    /// approving could create tokens, or more.
    public var isForClients: Bool { self == .rotate }

    /// The scopes that may stand beside others.
    public static var besideOthers: [DeskScope] { allCases.filter { !$0.standsAlone } }

    /// Reads ``text``; `nil` for anything else.
    init?(text: String) {
        let prefix = ServiceName.desk + ":"
        guard text.hasPrefix(prefix) else { return nil }
        self.init(rawValue: String(text.dropFirst(prefix.count)))
    }
}
