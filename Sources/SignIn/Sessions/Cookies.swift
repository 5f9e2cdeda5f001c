import HTTPServer
import Sodium
import Tokens

/// The cookies that Jeton sets (RFC 6265bis).
///
/// With https their names begin with `__Host-`. Browsers then accept them only from this host, for `/`, by
/// https.
struct Cookies: Sendable {
    /// The purpose of a cookie.
    enum Purpose: String {
        /// The session's secret.
        case session = "jeton-session"
        /// Ties forms to the browser while nobody is signed in.
        case visit = "jeton-visit"
        /// Proves that the browser signed in before.
        case device = "jeton-device"
        /// Sign-ins that are at the identity provider, encrypted. Each has a cookie of its own, whose name
        /// ends in the beginning of the `state`.
        case pendingSignIn = "jeton-pending"
        /// The ID token, by which the provider knows whom to sign out.
        case idTokenHint = "jeton-hint"
    }

    let isSecure: Bool

    func name(_ purpose: Purpose) -> String {
        isSecure ? "__Host-\(purpose.rawValue)" : purpose.rawValue
    }

    func read(_ purpose: Purpose, from request: Request) -> String? {
        request.cookie(name(purpose))
    }

    /// A `Set-Cookie` value. Without `lasting` the cookie lasts until the browser is closed.
    func set(_ purpose: Purpose, to value: String, lasting: TimeSpan? = nil) -> String {
        set(name(purpose), to: value, lasting: lasting)
    }

    /// As above, for a cookie by its whole name.
    func set(_ name: String, to value: String, lasting: TimeSpan?) -> String {
        var cookie = "\(name)=\(value); Path=/; HttpOnly; SameSite=Lax"
        if let lasting { cookie += "; Max-Age=\(lasting.seconds)" }
        if isSecure { cookie += "; Secure" }
        return cookie
    }

    /// A `Set-Cookie` value that removes the cookie.
    func remove(_ purpose: Purpose) -> String {
        set(purpose, to: "", lasting: .seconds(0))
    }

    /// 256 random bits as text, for a cookie or a link.
    static func makeSecret() -> String {
        Sodium.base64URL(Sodium.randomBytes(count: 32))
    }

    /// The hash of such a secret, which is stored.
    static func digest(_ secret: String) -> SHA256Digest {
        SHA256Digest(of: secret)
    }
}
