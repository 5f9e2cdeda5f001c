internal import JSON
import Sodium
import Tokens

/// A sign-in that is on its way through the provider. It travels with the browser, in a cookie that is
/// sealed, so that the answer is taken only from the browser that asked.
struct PendingSignIn: Hashable, Sendable {
    /// Ties the answer to the question (RFC 6749, section 10.12).
    let state: String
    /// Ties the ID token to the question (OpenID Connect Core 1.0, section 15.5.2).
    let nonce: String
    /// Proves that who redeems the code is who asked (RFC 7636).
    let verifier: String
    /// Who was asked.
    let issuer: String
    /// Where to go on afterwards.
    let returnTo: String?
    let startedAt: Timestamp

    /// How long a person may take at the provider.
    static let lasting = TimeSpan.minutes(10)
    /// The most bytes of a path to go on at: a cookie has little room.
    static let returnToLimit = 500

    /// A new one, with fresh secrets.
    init(issuer: String, returnTo: String?, at now: Timestamp) {
        state = Cookies.makeSecret()
        nonce = Cookies.makeSecret()
        verifier = Cookies.makeSecret()
        self.issuer = issuer
        self.returnTo = returnTo.flatMap { $0.utf8.count <= Self.returnToLimit ? $0 : nil }
        startedAt = now
    }

    /// What the provider is told of ``verifier``: `S256` (RFC 7636, section 4.2).
    var challenge: String {
        Sodium.base64URL(SHA256Digest(of: Array(verifier.utf8).span).bytes)
    }

    func sealed(in box: SecretBox) -> String {
        let document: JSONValue = [
            "state": .string(state), "nonce": .string(nonce), "verifier": .string(verifier),
            "issuer": .string(issuer), "return_to": .optional(returnTo),
            "started_at": .integer(startedAt.milliseconds),
        ]
        return box.seal(Array(document.text.utf8))
    }

    /// What is under the seal; `nil` where it was not sealed here.
    init?(opening sealed: String, with box: SecretBox) {
        guard let bytes = box.open(sealed), let document = try? JSONValue(parsing: bytes),
            let state = document["state"]?.string, let nonce = document["nonce"]?.string,
            let verifier = document["verifier"]?.string, let issuer = document["issuer"]?.string,
            case .integer(let startedAt)? = document["started_at"]
        else { return nil }
        self.state = state
        self.nonce = nonce
        self.verifier = verifier
        self.issuer = issuer
        returnTo = document["return_to"]?.string
        self.startedAt = Timestamp(milliseconds: startedAt)
    }
}

/// It holds what proves the sign-in.
extension PendingSignIn: Redacted {}
