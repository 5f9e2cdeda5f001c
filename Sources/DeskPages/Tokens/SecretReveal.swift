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
    private let cookie: SealedCookie
    private let ledger: any AttemptLedger
    private let clock: Clock

    /// Encrypts with a key derived from `key`.
    public init(key: KeyedHash, ledger: any AttemptLedger, clock: Clock, isSecure: Bool) {
        cookie = SealedCookie("reveal", key: key, clock: clock, isSecure: isSecure)
        self.ledger = ledger
        self.clock = clock
    }

    /// The `Set-Cookie` value that carries `secret`, which belongs to the token or person with the number `id`.
    func hold(_ secret: String, about id: Int64, for session: SessionID) -> String {
        cookie.setting(["secret": .string(secret), "id": .integer(id), "session": .integer(session.number)])
    }

    /// The secret that `request` carries for `id`, once; `nil` if there is none for this session.
    func take(
        about id: Int64, for session: SessionID, from request: Request
    ) async throws(LedgerError) -> String? {
        guard let opened = cookie.opened(from: request), let secret = opened.document["secret"]?.string,
            opened.document["id"] == .integer(id), opened.document["session"] == .integer(session.number)
        else { return nil }
        // No two sealed texts are equal, so no two digests are.
        let mark = SHA256Digest(of: "reveal:\(opened.sealed)")
        return try await ledger.use(mark, until: opened.end, at: clock.now) ? secret : nil
    }

    /// The `Set-Cookie` value that removes the cookie.
    var removal: String { cookie.removal }
}
