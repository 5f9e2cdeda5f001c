import HTTPServer
import JSON
public import Ledger
public import Sodium
public import Tokens

/// Secrets on their way from the form that made them to the page that shows them, each once.
///
/// The form's answer leads to another page (303), so that reloading it or going back sends nothing
/// again. In between the secret travels with the browser, in a cookie under seal: for its own session alone
/// and for a minute at most. So whichever node is asked for the page can show it, and no node and no
/// database keeps it. That it was shown is marked in the ledger, for all of them.
public struct SecretReveal: Sendable {
    private let box: SecretBox
    private let ledger: any AttemptLedger
    private let clock: Clock
    private let isSecure: Bool

    /// For how long a secret waits to be looked at.
    static let patience = TimeSpan.minutes(1)

    /// Secrets under a seal that comes of `key`.
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

    /// The `Set-Cookie` value by which the browser brings `secret`, which is about the thing of that number.
    func hold(_ secret: String, about id: Int64, for session: SessionID) -> String {
        let end = clock.now + Self.patience
        let document: JSONValue = [
            "secret": .string(secret), "id": .integer(id), "session": .integer(session.number),
            "until": .integer(end.milliseconds),
        ]
        return cookie(box.seal(Array(document.text.utf8)), lasting: Self.patience)
    }

    /// The secret that `request` brings, once; `nil` for any other than that session's about that thing.
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
        // Each was sealed with a number used once, so that no two are the same.
        let mark = SHA256Digest(of: Array("reveal:\(sealed)".utf8).span)
        return try await ledger.use(mark, until: Timestamp(milliseconds: end), at: now) ? secret : nil
    }

    /// The `Set-Cookie` value that takes it away again.
    var removal: String { cookie("", lasting: .seconds(0)) }
}
