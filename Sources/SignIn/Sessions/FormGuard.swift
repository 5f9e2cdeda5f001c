public import HTTPServer
public import Sodium

/// Protects forms against cross-site request forgery.
///
/// Each form carries a keyed hash of a secret that the browser holds in a cookie: the session's, or the
/// visit's while nobody is signed in. Another site can send neither.
public struct FormGuard: Sendable {
    private let key: KeyedHash
    private let cookies: Cookies

    /// The name of the form field with the proof.
    public static let field = "csrf"

    public init(key: KeyedHash, settings: SignInSettings) {
        self.key = key
        cookies = Cookies(isSecure: settings.isSecure)
    }

    /// The proof that a form for this browser carries.
    public struct Proof: Hashable, Sendable {
        /// The value of the field ``FormGuard/field``.
        public let value: String
        /// A `Set-Cookie` value to send with the page, where the browser had no secret yet.
        public let cookie: String?
    }

    /// The proof for the forms of a page that answers `request`.
    public func proof(for request: Request) -> Proof {
        if let secret = secret(of: request) { return Proof(value: value(for: secret), cookie: nil) }
        let secret = Cookies.makeSecret()
        return Proof(value: value(for: secret), cookie: cookies.set(.visit, to: secret))
    }

    /// Whether `request` has the secret that every page sets. It has not where the browser keeps no cookies,
    /// or where the page was opened at another address than the cookie's.
    public func holdsSecret(_ request: Request) -> Bool { secret(of: request) != nil }

    /// Whether `request` comes from another site's page, as far as the browser says so.
    public func isCrossSite(_ request: Request) -> Bool {
        request.headers["sec-fetch-site"] == "cross-site"
    }

    /// Whether `request` comes from a form that this desk sent to this browser.
    public func isGenuine(_ request: Request) -> Bool {
        if isCrossSite(request) { return false }
        guard let secret = secret(of: request), let given = request.form[Self.field] else { return false }
        return Sodium.equal(Array(given.utf8), Array(value(for: secret).utf8))
    }

    private func secret(of request: Request) -> String? {
        [Cookies.Purpose.session, .visit].lazy
            .compactMap { cookies.read($0, from: request) }.first { !$0.isEmpty }
    }

    private func value(for secret: String) -> String {
        Sodium.base64URL(key(Array("form:\(secret)".utf8)))
    }
}
