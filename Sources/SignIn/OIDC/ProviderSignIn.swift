public import HTTPServer
internal import JSON
public import Ledger
public import Sodium
public import Tokens

/// The roles of the ledger that a sign-in through a provider needs.
public typealias SignInLedger = SubjectLedger & PasswordLedger & SessionLedger & AttemptLedger & EventLedger
    & ProvisioningLedger

/// Signing in through an OpenID Connect provider: the authorization code flow with PKCE
/// (OpenID Connect Core 1.0, section 3.1; RFC 7636; RFC 9700).
public final class ProviderSignIn: Sendable {
    let ledger: any SignInLedger
    let sessions: Sessions
    let clock: Clock
    let oidc: OIDCSettings
    let provider: Provider
    let cookies: Cookies
    private let settings: SignInSettings
    /// Logs a sentence for the operator.
    let warn: @Sendable (String) -> Void
    let oddities = OddityNotes()
    private let pending: PendingSignIns

    /// Signs people in as subjects of `ledger`. `key` encrypts what travels with the browser; `warn` gets
    /// sentences for the operator's log.
    public convenience init(
        ledger: any SignInLedger, sessions: Sessions, clock: Clock, key: KeyedHash, settings: SignInSettings,
        oidc: OIDCSettings, warn: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.init(
            ledger: ledger, sessions: sessions, clock: clock, key: key, settings: settings, oidc: oidc,
            timeout: 5000, warn: warn)
    }

    /// As above, with the timeout of the provider's answers in milliseconds.
    init(
        ledger: any SignInLedger, sessions: Sessions, clock: Clock, key: KeyedHash, settings: SignInSettings,
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

    /// The redirect of a browser to the provider.
    public struct AuthorizationRedirect: Hashable, Sendable {
        /// The authorization endpoint, with the request's parameters.
        public let location: String
        /// The `Set-Cookie` values.
        public let cookies: [String]
    }

    /// A sign-in that succeeded.
    public struct CompletedSignIn: Hashable, Sendable {
        public let subject: Subject
        /// Where the person wanted to go. The caller checks whether it is a path of the desk.
        public let returnTo: String?
        /// The `Set-Cookie` values.
        public let cookies: [String]
    }

    // MARK: To the provider

    /// Starts a sign-in, beside those pending in other tabs. A provider that fails is an event. Throws
    /// ``OIDCFault`` or `LedgerError`.
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

    /// Completes a sign-in by the browser's callback. A refusal is an event.
    ///
    /// `visitor` is the person who is already signed in at that browser. For them a callback that comes
    /// twice, late, or after another sign-in is not refused: it changes nothing and leads on. Throws
    /// ``OIDCFault`` or `LedgerError`.
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

    /// The pending sign-in of a callback, or why there is none.
    private func answered(by request: Request) -> Result<PendingSignIn, OIDCFault> {
        Result { () throws(OIDCFault) in try pending.answered(by: request, now: clock.now) }
    }

    /// Whether a callback is of no use to somebody who is already signed in.
    private func isStale(_ answered: Result<PendingSignIn, OIDCFault>, for visitor: Visitor) -> Bool {
        switch answered {
        case .failure: true
        // They have signed in since, from another tab or by this very callback.
        case .success(let pending): pending.startedAt < visitor.session.createdAt
        }
    }

    /// The result for somebody who is already signed in: where they wanted to go, as far as that is known.
    private func onward(_ answered: Result<PendingSignIn, OIDCFault>, _ visitor: Visitor) -> CompletedSignIn {
        CompletedSignIn(subject: visitor.subject, returnTo: (try? answered.get())?.returnTo, cookies: [])
    }

    // MARK: Slowing guesses

    /// The keys by which guesses at codes are counted, and nothing else: neither requests that a foreign page
    /// causes, nor a person's "cancel", nor passwords.
    private func attemptKeys(_ request: Request) -> [AttemptKey] {
        [.codes(from: sessions.address(of: request))]
    }

    private func count(_ fault: OIDCFault, _ request: Request) async throws(LedgerError) {
        guard case .codeRefused(let code) = fault, ["invalid_grant", "forbidden"].contains(code) else {
            return
        }
        _ = try await ledger.begin(attemptKeys(request), at: clock.now)
    }

    /// Marks a sign-in as used, on every node. The ledger writes only for a callback with a code, and a
    /// client that guesses at codes has to wait first. Throws ``OIDCFault`` or `LedgerError`.
    private func take(_ pending: PendingSignIn, _ request: Request) async throws {
        let now = clock.now
        if let wait = try await ledger.wait(for: attemptKeys(request), at: now) {
            throw OIDCFault.tooManyAttempts(wait: wait)
        }
        let mark = SHA256Digest(of: "state:\(pending.state)")
        let end = pending.startedAt + PendingSignIn.lasting
        guard try await ledger.use(mark, until: end, at: now) else { throw OIDCFault.usedBefore }
    }

    // MARK: The way

    private func arrive(_ pending: PendingSignIn, _ request: Request) async throws -> CompletedSignIn {
        let metadata = try await provider.metadata()
        let issuers = request.queryItems.all("iss")
        // An issuer in the callback has to be the one that was asked (RFC 9207, section 2.4).
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

    /// The claims of an ID token, validated for this desk.
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

    /// The cookie with the ID token, by which the provider knows whom to sign out. It grants nothing. A long
    /// one is left out, since proxies accept only some kilobytes of headers.
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
