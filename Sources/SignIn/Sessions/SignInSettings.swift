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
        case .wrongLoginOrPassword: "This login and password do not belong together."
        case .tokenAsPassword:
            "This is a token, and tokens are for machines only: sign in with your own password. "
                + "If you pasted the token somewhere it should not be, revoke it."
        case .tooManyAttempts(let wait):
            "Too many attempts failed. Wait \(max(1, wait.seconds)) seconds, then try again."
        case .providerOnly:
            "This account signs in through the identity provider, not with a password of this desk."
        case .suspended: "This account is suspended. Ask your administrator."
        case .busy: "Many people are signing in just now. Try again in a few seconds."
        case .badLogin(let fault): "The login \(fault)."
        case .loginTaken(let login):
            "“\(login)” has an account here already. Choose another login, or have that account administer the "
                + "desk: run `jeton user promote \(login)` on its machine."
        case .badName(let fault): "The name \(fault)."
        case .badPassword(let fault): fault.description
        case .invitationUnknown:
            "This link was used before, has expired, or was never made here. Ask your administrator for a new one."
        }
    }
}
