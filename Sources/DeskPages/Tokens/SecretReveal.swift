import HTTPServer
import JSON
public import Ledger
public import Sodium
public import Tokens

/// Carries a new secret from the form that created it to the page that shows it once.
///
/// The form redirects (303), so that reloading or going back does not send it again. In between, the browser carries
/// the secret in an encrypted cookie that is valid for its own session and for one minute:
///
///     POST /tokens              303, Set-Cookie: jeton-reveal=…
///     GET /tokens/{id}/reveal   200, shows the secret and removes the cookie
///
/// Any node can show it, and no node and no database stores it. The ledger records that it was shown, so that a
/// copied cookie shows nothing.
public struct SecretReveal: Sendable {
    private let box: SecretBox
    private let ledger: any AttemptLedger
    private let clock: Clock
    private let isSecure: Bool

    /// How long a secret can be shown.
    static let patience = TimeSpan.minutes(1)

    /// Encrypts with a key derived from `key`.
    public init(key: KeyedHash, ledger: any AttemptLedger, clock: Clock, isSecure: Bool) {
        box = SecretBox(key, purpose: "reveal")
        self.ledger = ledger
        self.clock = clock
        self.isSecure = isSecure
    }

    private var name: String { isSecure ? "__Host-jeton-reveal" : "jeton-reveal" }

    private func cookie(_ value: String, lasting: TimeSpan) -> String {
        "\(name)=\(value); Path=/; HttpOnly; SameSite=Lax; Max-Age=\(lasting.seconds)\(isSecure ? "; Secure" : "")"
    }

    /// The `Set-Cookie` value that carries `secret`, which belongs to the token or person with the number `id`.
    func hold(_ secret: String, about id: Int64, for session: SessionID) -> String {
        let end = clock.now + Self.patience
        let document: JSONValue = [
            "secret": .string(secret), "id": .integer(id), "session": .integer(session.number),
            "until": .integer(end.milliseconds),
        ]
        return cookie(box.seal(Array(document.text.utf8)), lasting: Self.patience)
    }

    /// The secret that `request` carries for `id`, once; `nil` if there is none for this session.
    func take(
        about id: Int64, for session: SessionID, from request: Request
    ) async throws(LedgerError) -> String? {
        let now = clock.now
        guard let sealed = request.cookie(name), let bytes = box.open(sealed),
            let document = try? JSONValue(parsing: bytes), let secret = document["secret"]?.string,
            document["id"] == .integer(id), document["session"] == .integer(session.number),
            case .integer(let end)? = document["until"],
            (Timestamp(milliseconds: end) - Self.patience).isWithin(Self.patience, before: now)
        else { return nil }
        // Every sealed text has a nonce of its own, so no two digests are equal.
        let mark = SHA256Digest(of: Array("reveal:\(sealed)".utf8).span)
        return try await ledger.use(mark, until: Timestamp(milliseconds: end), at: now) ? secret : nil
    }

    /// The `Set-Cookie` value that removes the cookie.
    var removal: String { cookie("", lasting: .seconds(0)) }
}
