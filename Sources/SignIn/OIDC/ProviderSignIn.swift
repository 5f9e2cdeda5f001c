public import HTTPServer
internal import JSON
public import Ledger
public import Sodium
public import Tokens

/// Signing in through an OpenID Connect provider: the authorization code flow with PKCE
/// (OpenID Connect Core 1.0, section 3.1; RFC 7636; RFC 9700).
public final class ProviderSignIn: Sendable {
    let ledger: any Ledger
    let sessions: Sessions
    let clock: Clock
    let oidc: OIDCSettings
    let provider: Provider
    let cookies: Cookies
    private let settings: SignInSettings
    /// Tells the operator something that no request fails by.
    let warn: @Sendable (String) -> Void
    let oddities = OddityNotes()
    private let pending: PendingSignIns

    /// Signing in to the subjects of `ledger`; `key` seals what travels with the browser, and `warn` is
    /// handed a sentence for the operator's log.
    public convenience init(
        ledger: any Ledger, sessions: Sessions, clock: Clock, key: KeyedHash, settings: SignInSettings,
        oidc: OIDCSettings, warn: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.init(
            ledger: ledger, sessions: sessions, clock: clock, key: key, settings: settings, oidc: oidc,
            timeout: 5000, warn: warn)
    }

    /// As above, with how many milliseconds the provider has for an answer.
    init(
        ledger: any Ledger, sessions: Sessions, clock: Clock, key: KeyedHash, settings: SignInSettings,
        oidc: OIDCSettings, timeout: Int, warn: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.ledger = ledger
        self.sessions = sessions
        self.clock = clock
        self.settings = settings
        self.oidc = oidc
        self.warn = warn
        provider = Provider(oidc, clock: clock, timeout: timeout)
        cookies = Cookies(isSecure: settings.isSecure)
        pending = PendingSignIns(
            cookies: cookies, box: SecretBox(key, purpose: "oidc"), issuer: oidc.issuer)
    }

    /// What the button says after "Sign in with".
    public var title: String { oidc.title }

    /// Where to send the browser, and the cookies to send along.
    public struct AuthorizationRedirect: Hashable, Sendable {
        /// The provider's address, with the question.
        public let location: String
        /// The `Set-Cookie` values.
        public let cookies: [String]
    }

    /// A person who is signed in.
    public struct CompletedSignIn: Hashable, Sendable {
        /// Who they are.
        public let subject: Subject
        /// Where they wanted to go; the caller decides whether that is a path of its own.
        public let returnTo: String?
        /// The `Set-Cookie` values.
        public let cookies: [String]
    }

    // MARK: To the provider

    /// Begins a sign-in, beside those that the browser has begun in other tabs. A provider that does not do
    /// its part is an event. Throws ``OIDCFault`` or `LedgerError`.
    public func begin(returnTo: String?, at request: Request) async throws -> AuthorizationRedirect {
        let metadata: ProviderMetadata
        do throws(OIDCFault) {
            metadata = try await provider.metadata()
        } catch {
            sessions.counts.fail(.provider, error)
            try await record(error, request)
            throw error
        }
        let now = clock.now
        let begun = PendingSignIn(issuer: oidc.issuer, returnTo: returnTo, at: now)
        let location = metadata.authorizationEndpoint.with([
            ("response_type", "code"), ("client_id", oidc.clientID), ("redirect_uri", oidc.redirectURI),
            ("scope", oidc.scopes.joined(separator: " ")), ("state", begun.state),
            ("nonce", begun.nonce), ("code_challenge", begun.challenge),
            ("code_challenge_method", "S256"),
        ])
        return AuthorizationRedirect(
            location: location, cookies: pending.adding(begun, at: request, now: now))
    }

    // MARK: And back

    /// Ends a sign-in by what the browser came back with. A refusal is an event.
    ///
    /// `visitor` is who is signed in at that browser already: to them an answer that comes twice, late, or
    /// after they have signed in otherwise is no refusal. It changes nothing and leads on.
    /// Throws ``OIDCFault`` or `LedgerError`.
    public func finish(_ request: Request, visitor: Visitor? = nil) async throws -> CompletedSignIn {
        let answered = answered(by: request)
        if let visitor, isStale(answered, for: visitor) { return onward(answered, visitor) }
        return try await sessions.counts.counting(.provider) {
            do {
                return try await arrive(try answered.get(), request)
            } catch let fault as OIDCFault {
                if let visitor, fault == .usedBefore { return onward(answered, visitor) }
                try await count(fault, request)
                try await record(fault, request)
                throw fault
            }
        }
    }

    /// The sign-in that `request` answers, or why it answers none.
    private func answered(by request: Request) -> Result<PendingSignIn, OIDCFault> {
        Result { () throws(OIDCFault) in try pending.answered(by: request, now: clock.now) }
    }

    /// Whether an answer is of no use any more to who is signed in.
    private func isStale(_ answered: Result<PendingSignIn, OIDCFault>, for visitor: Visitor) -> Bool {
        switch answered {
        case .failure: true
        // They have signed in since, from another tab or by this very answer.
        case .success(let pending): pending.startedAt < visitor.session.createdAt
        }
    }

    /// Where they wanted to go, as far as that is known.
    private func onward(_ answered: Result<PendingSignIn, OIDCFault>, _ visitor: Visitor) -> CompletedSignIn {
        CompletedSignIn(subject: visitor.subject, returnTo: (try? answered.get())?.returnTo, cookies: [])
    }

    // MARK: Slowing guesses

    /// What guesses at codes are counted by, and nothing else: neither what a foreign page has a browser
    /// ask for, nor a person's "cancel", nor passwords.
    private func attemptKeys(_ request: Request) -> [AttemptKey] {
        [.codes(from: sessions.address(of: request))]
    }

    private func count(_ fault: OIDCFault, _ request: Request) async throws(LedgerError) {
        guard case .codeRefused(let code) = fault, ["invalid_grant", "forbidden"].contains(code) else {
            return
        }
        _ = try await ledger.begin(attemptKeys(request), at: clock.now)
    }

    /// Uses a sign-in up, on every node. Only who brings a code comes so far, and whoever guesses at codes has
    /// to wait first: nobody else makes the ledger write. Throws ``OIDCFault`` or `LedgerError`.
    private func take(_ pending: PendingSignIn, _ request: Request) async throws {
        let now = clock.now
        if let wait = try await ledger.wait(for: attemptKeys(request), at: now) {
            throw OIDCFault.tooManyAttempts(wait: wait)
        }
        let mark = SHA256Digest(of: Array("state:\(pending.state)".utf8).span)
        let end = pending.startedAt + PendingSignIn.lasting
        guard try await ledger.use(mark, until: end, at: now) else { throw OIDCFault.usedBefore }
    }

    // MARK: The way

    private func arrive(_ pending: PendingSignIn, _ request: Request) async throws -> CompletedSignIn {
        let metadata = try await provider.metadata()
        let issuers = request.queryItems.all("iss")
        // Where the answer says whose it is, it is the one that was asked (RFC 9207, section 2.4).
        guard issuers.allSatisfy({ $0.isExactly(oidc.issuer) }), issuers.count <= 1,
            !metadata.namesIssuerInAnswers || issuers.count == 1
        else { throw OIDCFault.wrongIssuer }
        if let code = request.queryItems["error"] {
            throw OIDCFault.refusedByProvider(code: Provider.word(code))
        }
        let codes = request.queryItems.all("code")
        guard codes.count == 1, !codes[0].isEmpty, codes[0].utf8.count <= 4096 else {
            throw OIDCFault.noCode
        }
        try await take(pending, request)
        let redeemed = try await provider.redeem(code: codes[0], verifier: pending.verifier)
        try await ledger.succeed(attemptKeys(request))
        let claims = try await claims(of: redeemed.idToken, nonce: pending.nonce)
        let (person, identity) = try await person(claims.document, accessToken: redeemed.accessToken)
        let subject = try await subject(of: identity, person, request)
        let set = try await begin(for: subject, request, providerSession: claims.sessionID ?? "")
        return CompletedSignIn(
            subject: subject, returnTo: pending.returnTo,
            cookies: set + hint(redeemed.idToken))
    }

    private func begin(
        for subject: Subject, _ request: Request, providerSession: String
    ) async throws -> [String] {
        do {
            return try await sessions.begin(for: subject, at: request, providerSession: providerSession)
        } catch LedgerError.changedMeanwhile {
            throw OIDCFault.suspended
        }
    }

    /// What an ID token claims, where it is one for this desk.
    func claims(of idToken: String, nonce: String?) async throws(OIDCFault) -> IDTokenClaims {
        let payload = try await provider.verify(idToken)
        do throws(IDTokenFault) {
            let claims = try IDTokenClaims(parsing: payload)
            let fault = claims.fault(
                issuer: oidc.issuer, clientID: oidc.clientID, nonce: nonce, at: clock.now)
            if let fault { throw fault }
            return claims
        } catch {
            throw .idToken(error)
        }
    }

    /// The most bytes of an ID token that goes with the browser.
    static let hintLimit = 2000

    /// The ID token goes with the browser, for the provider to know whom to sign out. It opens nothing.
    /// A long one is left out: proxies take only some kilobytes of headers.
    private func hint(_ idToken: String) -> [String] {
        guard idToken.utf8.count <= Self.hintLimit else { return [cookies.remove(.idTokenHint)] }
        return [cookies.set(.idTokenHint, to: idToken, lasting: settings.absolute)]
    }

    private func record(_ fault: OIDCFault, _ request: Request) async throws(LedgerError) {
        if case .tooManyAttempts = fault { return }
        try await sessions.refusals.record(
            fault.kind, detail: fault.detail, from: sessions.address(of: request))
    }
}
