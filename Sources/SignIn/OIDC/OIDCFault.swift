public import JOSE
public import Tokens

/// Why nobody was signed in through the provider. The sentence is written once, here.
public enum OIDCFault: Error, Hashable, Sendable {
    // The provider did not do its part.
    case providerUnreachable
    case providerSlow
    case providerTooLong
    case providerBusy
    case providerAnswer(of: Asked)
    case discoveryOfAnotherIssuer
    case insecureAddress(of: Asked)

    // The browser came back with something else than it was sent for.
    case noPendingSignIn
    case pendingSignInOver
    case wrongState
    case usedBefore
    case wrongIssuer
    case noCode
    case tooManyAttempts(wait: TimeSpan)

    // The provider said no, or said something that is not believed.
    case refusedByProvider(code: String)
    case codeRefused(code: String)
    case signature(JOSEFault)
    case idToken(IDTokenFault)
    case userInfoOfAnother

    // The person.
    case noLogin
    case badLogin(TextFault)
    case loginTaken(Login)
    case provisionedTwice
    case notAllowed
    /// Only some groups may come in, and the provider failed to tell the person's.
    case groupsUnknown
    /// Nobody provisioned the person, whose login at the provider that is.
    case notProvisioned(Login)
    case suspended

    /// What the provider was asked for.
    public enum Asked: String, Hashable, Sendable {
        case discovery
        case keys
        case token
        case userInfo = "userinfo"
        case authorization
        case endSession = "end_session"
    }

    /// The reason's name, as events keep it.
    public var name: String {
        switch self {
        case .providerUnreachable: "provider_unreachable"
        case .providerSlow: "provider_slow"
        case .providerTooLong: "provider_answer_too_long"
        case .providerBusy: "provider_busy"
        case .providerAnswer(let asked): "provider_answer_\(asked.rawValue)"
        case .discoveryOfAnotherIssuer: "discovery_issuer"
        case .insecureAddress(let asked): "insecure_address_\(asked.rawValue)"
        case .noPendingSignIn: "no_pending_sign_in"
        case .pendingSignInOver: "pending_sign_in_over"
        case .wrongState: "state"
        case .usedBefore: "state_replayed"
        case .wrongIssuer: "callback_issuer"
        case .noCode: "no_code"
        case .tooManyAttempts: "too_many_attempts"
        case .refusedByProvider(let code): "provider_refused_\(code)"
        case .codeRefused(let code): "code_refused_\(code)"
        case .signature(let fault): fault.name
        case .idToken(let fault): fault.name
        case .userInfoOfAnother: "userinfo_subject"
        case .noLogin: "no_login"
        case .badLogin: "bad_login"
        case .loginTaken: "login_taken"
        case .provisionedTwice: "provisioned_twice"
        case .notAllowed: "not_in_allowed_groups"
        case .groupsUnknown: "groups_unknown"
        case .notProvisioned: "not_provisioned"
        case .suspended: "suspended"
        }
    }

    /// The status of the answer.
    public var status: Int {
        switch self {
        case .providerUnreachable, .providerTooLong, .providerAnswer, .discoveryOfAnotherIssuer,
            .insecureAddress, .groupsUnknown:
            502
        case .providerSlow: 504
        case .providerBusy: 503
        case .tooManyAttempts: 429
        case .loginTaken, .provisionedTwice: 409
        case .noLogin, .badLogin, .notAllowed, .notProvisioned, .suspended: 403
        default: 400
        }
    }

    /// What an event of it says: the reason's name, and the login where that is what it is about.
    var detail: String {
        switch self {
        case .loginTaken(let login), .notProvisioned(let login): "\(name): \(login)"
        default: name
        }
    }

    /// Whether the fault lies with the provider or the configuration, so that the operator has to know.
    public var concernsOperator: Bool { status >= 500 && self != .providerBusy }
}

extension OIDCFault: CustomStringConvertible {
    public var description: String {
        switch self {
        case .providerUnreachable: "The identity provider cannot be reached right now."
        case .providerSlow: "The identity provider did not answer in time."
        case .providerTooLong, .providerAnswer:
            "The identity provider sent an answer that could not be understood."
        case .providerBusy: "Many people are signing in right now."
        case .discoveryOfAnotherIssuer:
            "The identity provider’s name (issuer) is not the one that is configured here."
        case .insecureAddress: "The identity provider gave an address that is not https."
        case .noPendingSignIn, .wrongState:
            "This sign-in was not started in this browser, or several others were started since."
        case .pendingSignInOver: "Signing in took longer than ten minutes."
        case .usedBefore: "This answer from the identity provider was already used."
        case .wrongIssuer: "The answer came from a different identity provider than the one that was asked."
        case .noCode: "The identity provider’s answer is incomplete."
        case .tooManyAttempts(let wait):
            "Too many failed attempts. \(SignInFault.tryAgain(after: wait))"
        case .refusedByProvider: "The identity provider did not sign you in."
        case .codeRefused: "The identity provider did not confirm its own answer."
        case .signature(let fault): "The identity provider’s answer could not be verified: \(fault)."
        case .idToken(let fault): "The identity provider’s answer could not be verified: \(fault)."
        case .userInfoOfAnother:
            "The identity provider’s answer could not be verified: it names two different people."
        case .noLogin: "The identity provider sent neither a login nor a verified e-mail address for you."
        case .badLogin(let fault): "The login that the identity provider sent for you \(fault)."
        case .loginTaken(let login): "The login “\(login)” already belongs to someone else here."
        case .provisionedTwice: "More than one account here could be yours."
        case .notAllowed: "Your account is not in a group that may use this desk."
        case .groupsUnknown:
            "Only members of certain groups may use this desk, and the identity provider did not send your groups."
        case .notProvisioned(let login):
            "The identity provider signed you in as “\(login)”, but “\(login)” has no account here. "
                + "Your organisation creates accounts; signing in does not."
        case .suspended: "This account is suspended."
        }
    }

    /// What to do now.
    public var advice: String {
        switch self {
        case .noLogin, .badLogin, .loginTaken, .provisionedTwice, .notAllowed, .suspended,
            .discoveryOfAnotherIssuer,
            .insecureAddress:
            "Ask your administrator. Nothing was changed."
        case .notProvisioned:
            "Ask the people who manage the identity provider to assign this desk to you, then sign in again. "
                + "If you had a different login before, tell them that one, too."
        case .providerUnreachable, .providerSlow, .providerBusy, .tooManyAttempts, .providerTooLong,
            .providerAnswer, .groupsUnknown:
            "Try again in a moment. Your tokens keep working."
        default: "Nothing was changed. Start again from the sign-in page."
        }
    }
}
