import HTTPServer
import Ledger
import Sodium
import Tokens

/// Slowing down guesses.
extension LocalAccounts {
    /// Counts an attempt, together with those on other nodes. Throws ``SignInFault/tooManyAttempts(wait:)``
    /// or `LedgerError`.
    func begin(_ keys: [AttemptKey]) async throws {
        let now = clock.now
        // Attempts during a wait cause no write, however many there are.
        if let wait = try await ledger.wait(for: keys, at: now) {
            throw SignInFault.tooManyAttempts(wait: wait)
        }
        if let wait = try await ledger.begin(keys, at: now) { throw SignInFault.tooManyAttempts(wait: wait) }
    }

    /// The keys of an attempt. An account has one key, whether its login or its e-mail address was typed.
    func attemptKeys(login: String, subject: Subject?, request: Request) -> [AttemptKey] {
        if let subject, let device = device(of: subject, in: request) { return [.device(device)] }
        return [
            .account(typed: subject?.login.text ?? login),
            .client(at: request.clientAddress(trusting: settings.trustedProxies)),
        ]
    }

    /// The cookie by which a browser proves that it signed in before, so that strangers' attempts elsewhere
    /// do not slow down its owner (OWASP, "device cookies").
    func deviceCookie(for subject: Subject) -> String {
        let nonce = Cookies.makeSecret()
        return cookies.set(.device, to: "\(nonce).\(deviceProof(nonce, subject))", lasting: Self.deviceLasts)
    }

    private func device(of subject: Subject, in request: Request) -> String? {
        guard let parts = cookies.read(.device, from: request)?.split(separator: "."), parts.count == 2,
            Sodium.equal(Array(parts[1].utf8), Array(deviceProof(String(parts[0]), subject).utf8))
        else { return nil }
        return String(parts[0])
    }

    private func deviceProof(_ nonce: String, _ subject: Subject) -> String {
        Sodium.base64URL(key(Array("device:\(subject.id):\(nonce)".utf8)))
    }
}
