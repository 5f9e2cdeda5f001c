internal import JSON
import Sodium
import Tokens

/// A sign-in that is at the provider. It travels with the browser in an encrypted cookie
/// (``PendingSignIns``), so that a callback is accepted only from the browser that started it.
///
/// `state`, `nonce` and PKCE verifier are derived from one secret, so that the cookie stays short.
struct PendingSignIn: Hashable, Sendable {
    private let secret: String
    /// The issuer that the browser was sent to.
    private let issuer: String
    /// Where the browser goes afterwards.
    let returnTo: String?
    let startedAt: Timestamp

    /// How long a person may take at the provider.
    static let lasting = TimeSpan.minutes(10)
    /// The most bytes of ``returnTo``, since a cookie has little room.
    static let returnToLimit = 1200

    /// Starts a sign-in at `issuer` with a new secret.
    init(issuer: String, returnTo: String?, at now: Timestamp) {
        secret = Sodium.base64URL(Sodium.randomBytes(count: 24))
        self.issuer = issuer
        self.returnTo = returnTo.flatMap { $0.utf8.count <= Self.returnToLimit ? $0 : nil }
        startedAt = now
    }

    /// Ties the callback to the request (RFC 6749, section 10.12).
    var state: String { derived("state") }
    /// Ties the ID token to the request (OpenID Connect Core 1.0, section 15.5.2).
    var nonce: String { derived("nonce") }
    /// The PKCE verifier (RFC 7636, section 4.1).
    var verifier: String { derived("verifier") }
    /// The PKCE challenge of ``verifier`` by `S256` (RFC 7636, section 4.2).
    var challenge: String {
        Sodium.base64URL(SHA256Digest(of: verifier).bytes)
    }

    /// 43 characters that reveal neither the secret nor each other, and differ between issuers.
    private func derived(_ purpose: String) -> String {
        Sodium.base64URL(SHA256Digest(of: "\(purpose):\(secret):\(issuer)").bytes)
    }

    /// Whether it has not timed out. One that started in the future was started under a clock that was wrong.
    func isCurrent(at now: Timestamp) -> Bool {
        startedAt.isWithin(Self.lasting, before: now)
    }

    func sealed(in box: SecretBox) -> String {
        let document: JSONValue = [
            "secret": .string(secret), "return_to": .optional(returnTo),
            "started_at": .integer(startedAt.milliseconds),
        ]
        return box.seal(Array(document.text.utf8))
    }

    /// Decrypts a cookie of a sign-in at `issuer`; `nil` where it was not encrypted here.
    init?(opening sealed: String, with box: SecretBox, issuer: String) {
        guard let bytes = box.open(sealed), let document = try? JSONValue(parsing: bytes),
            let secret = document["secret"]?.string,
            case .integer(let startedAt)? = document["started_at"]
        else { return nil }
        self.secret = secret
        self.issuer = issuer
        returnTo = document["return_to"]?.string
        self.startedAt = Timestamp(milliseconds: startedAt)
    }
}

/// Redacted, since it holds the PKCE verifier's secret.
extension PendingSignIn: Redacted {}
