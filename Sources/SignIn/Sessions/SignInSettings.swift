public import Sodium
public import Tokens

/// The operator's settings for signing in.
public struct SignInSettings: Sendable {
    /// Whether people reach the desk by https, so that cookies can be bound to it.
    public var isSecure = false
    /// How long a browser stays signed in without being used.
    public var idle = TimeSpan.hours(12)
    /// How long a browser stays signed in at most.
    public var absolute = TimeSpan.days(7)
    /// The proxies whose `X-Forwarded-For` is trusted.
    public var trustedProxies = AddressRange.loopback
    /// Whether an identity provider signs people in, so that only break-glass accounts use a password.
    public var hasProvider = false
    /// The cost of hashing a password.
    public var passwordCost = PasswordHash.Cost.interactive

    public init() {}
}

/// Why a sign-in or a new password was refused. The sentence is written once, here.
public enum SignInFault: Error, Hashable, Sendable, CustomStringConvertible {
    case wrongLoginOrPassword
    case tokenAsPassword
    case providerOnly
    case tooManyAttempts(wait: TimeSpan)
    case suspended
    case busy
    case badLogin(TextFault)
    /// The login chosen for the first administrator belongs to another account.
    case loginTaken(Login)
    case badName(TextFault)
    case badPassword(PasswordFault)
    case invitationUnknown

    /// The HTTP status.
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
