import HTTPServer
import Sodium
import Tokens

/// The cookies that Jeton sets (RFC 6265bis).
///
/// With https their names begin with `__Host-`: the browser then takes them only from this very
/// host, for `/`, by https.
struct Cookies: Sendable {
    /// What a cookie is for.
    enum Purpose: String {
        /// The secret of the session.
        case session = "jeton-session"
        /// Ties the forms of who is signed out to the browser.
        case visit = "jeton-visit"
        /// Tells a browser that its owner has signed in with before.
        case device = "jeton-device"
        /// Sign-ins that are on their way through the identity provider, under seal: each has a cookie of its
        /// own, whose name goes on with the beginning of the `state`.
        case pendingSignIn = "jeton-pending"
        /// The ID token, for the provider to know whom to sign out.
        case idTokenHint = "jeton-hint"
    }

    let isSecure: Bool

    func name(_ purpose: Purpose) -> String {
        isSecure ? "__Host-\(purpose.rawValue)" : purpose.rawValue
    }

    func read(_ purpose: Purpose, from request: Request) -> String? {
        request.cookie(name(purpose))
    }

    /// A `Set-Cookie` value; without `lasting` the cookie goes with the browser's window.
    func set(_ purpose: Purpose, to value: String, lasting: TimeSpan? = nil) -> String {
        set(name(purpose), to: value, lasting: lasting)
    }

    /// As above, for a cookie of that whole name.
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

    /// What is kept of such a secret.
    static func digest(_ secret: String) -> SHA256Digest {
        SHA256Digest(of: Array(secret.utf8).span)
    }
}
