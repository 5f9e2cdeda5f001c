public import Sodium
public import Tokens

/// What the operator decides about signing in.
public struct SignInSettings: Sendable {
    /// Whether people reach the desk by https, so that cookies can be bound to it.
    public var isSecure = false
    /// How long a browser stays signed in without being used.
    public var idle = TimeSpan.hours(12)
    /// How long a browser stays signed in at most.
    public var absolute = TimeSpan.days(7)
    /// Proxies whose `X-Forwarded-For` is believed.
    public var trustedProxies = AddressRange.loopback
    /// Whether only break-glass accounts sign in with a password, since an identity provider signs in
    /// everybody else.
    public var hasProvider = false
    /// How much work a guessed password costs.
    public var passwordCost = PasswordHash.Cost.interactive

    /// The defaults.
    public init() {}
}

/// Why a person was not let in, or a password not taken. The sentence is written once, here.
public enum SignInFault: Error, Hashable, Sendable, CustomStringConvertible {
    case wrongLoginOrPassword
    case tokenAsPassword
    case providerOnly
    case tooManyAttempts(wait: TimeSpan)
    case suspended
    case busy
    case badLogin(TextFault)
    /// Chosen for the first administrator's account, and another's already.
    case loginTaken(Login)
    case badName(TextFault)
    case badPassword(PasswordFault)
    case invitationUnknown

    /// The status of the answer.
    public var status: Int {
        switch self {
        case .wrongLoginOrPassword, .tokenAsPassword, .badLogin, .loginTaken, .badName, .badPassword: 422
        case .suspended, .providerOnly: 403
        case .tooManyAttempts: 429
        case .busy: 503
        case .invitationUnknown: 404
        }
    }

    public var description: String {
        switch self {
        case .wrongLoginOrPassword: "Wrong login or password."
        case .tokenAsPassword:
            "This is a token. Use your password here; tokens are for tools. "
                + "If you have pasted the token in a place where others may see it, revoke it."
        case .tooManyAttempts(let wait):
            "Too many failed attempts. \(Self.tryAgain(after: wait))"
        case .providerOnly:
            "This account signs in through the identity provider, not with a password."
        case .suspended: "This account is suspended. Ask your administrator."
        case .busy: "Many people are signing in right now. Try again in a few seconds."
        case .badLogin(let fault): "The login \(fault)."
        case .loginTaken(let login):
            "“\(login)” already has an account here. Choose another login, or make that account an "
                + "administrator: run `jeton user promote \(login)` on the server."
        case .badName(let fault): "The name \(fault)."
        case .badPassword(let fault): fault.description
        case .invitationUnknown:
            "This link was already used, has expired, or does not exist. Ask your administrator for a new one."
        }
    }

    /// "Try again in 1 second."
    static func tryAgain(after wait: TimeSpan) -> String {
        let seconds = max(1, wait.seconds)
        return "Try again in \(seconds) \(seconds == 1 ? "second" : "seconds")."
    }
}
