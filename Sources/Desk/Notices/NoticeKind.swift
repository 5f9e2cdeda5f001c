public import Ledger

/// A kind of notice, by which people and operators choose what is sent. Its raw value is in the configuration, in the
/// ledger and in the API.
public enum NoticeKind: String, Hashable, Sendable, CaseIterable {
    case created
    case rotated
    case revoked
    case paused
    case handedOver = "handed-over"
    case expiring
    case expired
    case newNetwork = "new-network"
    case previousSecret = "previous-secret"
    case endedSecret = "ended-secret"
    case burst
    case leak
    case decoy
    case misuse
    case signal
    case attention

    case passwordEnd = "password-end"
    case newBrowser = "new-browser"
    case passwordChanged = "password-changed"
    case suspended

    case approval
    case answer

    case policy
    case unattended
    case provider
    case provisioning
    case ledger
    case export
    case webhook

    /// Kinds that belong together on the account page.
    public enum Family: String, Hashable, Sendable, CaseIterable {
        case tokens = "Tokens"
        case account = "Your account"
        case requests = "Requests for approval"
        case administration = "Administration"
    }

    public var family: Family {
        switch self {
        case .created, .rotated, .revoked, .paused, .handedOver, .expiring, .expired, .newNetwork,
            .previousSecret, .endedSecret, .burst, .leak, .decoy, .misuse, .attention:
            .tokens
        case .signal, .passwordEnd, .newBrowser, .passwordChanged, .suspended: .account
        case .approval, .answer: .requests
        case .policy, .unattended, .provider, .provisioning, .ledger, .export, .webhook: .administration
        }
    }

    /// What people get who chose nothing.
    public var usualChoice: NoticeChoice { .immediate }

    /// Whether only administrators are told.
    public var isForAdministrators: Bool { family == .administration }

    /// What a webhook gets as its type: words with dots between them.
    public var type: String {
        let subject =
            switch family {
            case .tokens: "token"
            case .account: "account"
            case .requests: "request"
            case .administration: "desk"
            }
        return "\(subject).\(rawValue.map { $0 == "-" ? "_" : $0 }.map(String.init).joined())"
    }

    /// What people choose by.
    public var title: String {
        switch self {
        case .created: "Somebody else created a token"
        case .rotated: "Somebody else rotated a token"
        case .revoked: "A token was revoked"
        case .paused: "A token was paused"
        case .handedOver: "A token was handed over"
        case .expiring: "A token expires in 30, 7 or 1 days"
        case .expired: "A token expired while it was used"
        case .newNetwork: "A token is used from a network never seen before"
        case .previousSecret: "A previous secret is still used a day before its end"
        case .endedSecret: "A secret that has ended is tried"
        case .burst: "A token is refused again and again"
        case .leak: "A token was found where it should not be"
        case .decoy: "A decoy is tried"
        case .misuse: "A token is sent the wrong way"
        case .signal: "The identity provider reports something about your account"
        case .attention: "An administrator asks you to look at a token"
        case .passwordEnd: "Your password is still used at a service that will refuse it"
        case .newBrowser: "A sign-in with a new browser"
        case .passwordChanged: "Your password was changed"
        case .suspended: "Your account was suspended"
        case .approval: "Somebody asks you for approval"
        case .answer: "Your request was answered"
        case .policy: "Rules changed"
        case .unattended: "A service account has no active steward left"
        case .provider: "The identity provider sends incomplete data"
        case .provisioning: "Provisioning was refused"
        case .ledger: "The ledger had trouble"
        case .export: "An export of events is late"
        case .webhook: "A webhook was disabled"
        }
    }
}
