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
