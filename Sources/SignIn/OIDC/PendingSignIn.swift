internal import JSON
import Sodium
import Tokens

/// A sign-in that is on its way through the provider. It travels with the browser, in a cookie that is
/// sealed (``PendingSignIns``), so that the answer is taken only from the browser that asked.
///
/// All that the provider is told comes of one secret, so that the cookie stays short.
struct PendingSignIn: Hashable, Sendable {
    private let secret: String
    /// Who was asked.
    private let issuer: String
    /// Where to go on afterwards.
    let returnTo: String?
    let startedAt: Timestamp

    /// How long a person may take at the provider.
    static let lasting = TimeSpan.minutes(10)
    /// The most bytes of a path to go on at: a cookie has little room.
    static let returnToLimit = 500

    /// A new one at `issuer`, with a fresh secret.
    init(issuer: String, returnTo: String?, at now: Timestamp) {
        secret = Sodium.base64URL(Sodium.randomBytes(count: 24))
        self.issuer = issuer
        self.returnTo = returnTo.flatMap { $0.utf8.count <= Self.returnToLimit ? $0 : nil }
        startedAt = now
    }

    /// Ties the answer to the question (RFC 6749, section 10.12).
    var state: String { derived("state") }
    /// Ties the ID token to the question (OpenID Connect Core 1.0, section 15.5.2).
    var nonce: String { derived("nonce") }
    /// Proves that who redeems the code is who asked (RFC 7636, section 4.1).
    var verifier: String { derived("verifier") }
    /// What the provider is told of ``verifier``: `S256` (RFC 7636, section 4.2).
    var challenge: String {
        Sodium.base64URL(SHA256Digest(of: Array(verifier.utf8).span).bytes)
    }

    /// 43 characters that say nothing of the secret, nor of each other, and are another issuer's no more.
    private func derived(_ purpose: String) -> String {
        Sodium.base64URL(SHA256Digest(of: Array("\(purpose):\(secret):\(issuer)".utf8).span).bytes)
    }

    /// Whether it is still waited for. One that began in the future was begun by a clock that was wrong.
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

    /// What is under the seal, begun at `issuer`; `nil` where it was not sealed here.
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

/// It holds what proves the sign-in.
extension PendingSignIn: Redacted {}
