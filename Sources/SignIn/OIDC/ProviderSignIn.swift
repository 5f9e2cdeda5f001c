public import HTTPServer
internal import JSON
public import Ledger
public import Sodium
import Synchronization
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
    private let box: SecretBox
    /// When a provider's fault was last an event, by its reason.
    private let noted = Mutex<[String: Timestamp]>([:])

    /// Signing in to the subjects of `ledger`; `key` seals what travels with the browser.
    public convenience init(
        ledger: any Ledger, sessions: Sessions, clock: Clock, key: KeyedHash, settings: SignInSettings,
        oidc: OIDCSettings
    ) {
        self.init(
            ledger: ledger, sessions: sessions, clock: clock, key: key, settings: settings, oidc: oidc,
            timeout: 5000)
    }

    /// As above, with how many milliseconds the provider has for an answer.
    init(
        ledger: any Ledger, sessions: Sessions, clock: Clock, key: KeyedHash, settings: SignInSettings,
        oidc: OIDCSettings, timeout: Int
    ) {
        self.ledger = ledger
        self.sessions = sessions
        self.clock = clock
        self.settings = settings
        self.oidc = oidc
        provider = Provider(oidc, clock: clock, timeout: timeout)
        box = SecretBox(key, purpose: "oidc")
        cookies = Cookies(isSecure: settings.isSecure)
    }

    /// What the button says after "Sign in with".
    public var title: String { oidc.title }

    /// Where to send the browser, and the cookies to send along.
    public struct Departure: Hashable, Sendable {
        /// The provider's address, with the question.
        public let location: String
        /// The `Set-Cookie` values.
        public let cookies: [String]
    }

    /// A person who is signed in.
    public struct Arrival: Hashable, Sendable {
        /// Who they are.
        public let subject: Subject
        /// Where they wanted to go; the caller decides whether that is a path of its own.
        public let returnTo: String?
        /// The `Set-Cookie` values.
        public let cookies: [String]
    }

    // MARK: To the provider

    /// Begins a sign-in. A provider that does not do its part is an event, once a minute: anybody can ask.
    /// Throws ``OIDCFault`` or `LedgerError`.
    public func begin(returnTo: String?, at request: Request) async throws -> Departure {
        let metadata: ProviderMetadata
        do throws(OIDCFault) {
            metadata = try await provider.metadata()
        } catch {
            sessions.counts.fail(.provider, error)
            if isNew(error) { try await record(error, request) }
            throw error
        }
        let pending = PendingSignIn(issuer: oidc.issuer, returnTo: returnTo, at: clock.now)
        let location = metadata.authorizationEndpoint.with([
            ("response_type", "code"), ("client_id", oidc.clientID), ("redirect_uri", oidc.redirectURI),
            ("scope", oidc.scopes.joined(separator: " ")), ("state", pending.state),
            ("nonce", pending.nonce), ("code_challenge", pending.challenge),
            ("code_challenge_method", "S256"),
        ])
        return Departure(
            location: location,
            cookies: [
                cookies.set(.pendingSignIn, to: pending.sealed(in: box), lasting: PendingSignIn.lasting)
            ])
    }

    private func isNew(_ fault: OIDCFault) -> Bool {
        let now = clock.now
        return noted.withLock { noted in
            if let last = noted[fault.name], now - last < .minutes(1) { return false }
            noted[fault.name] = now
            return true
        }
    }

    // MARK: And back

    /// Ends a sign-in by what the browser came back with. A refusal is an event.
    /// Throws ``OIDCFault`` or `LedgerError`.
    public func finish(_ request: Request) async throws -> Arrival {
        try await sessions.counts.counting(.provider) { try await admit(request) }
    }

    private func admit(_ request: Request) async throws -> Arrival {
        let keys = request.clientAddress(trusting: settings.trustedProxies).map {
            [AttemptKey.network(of: $0)]
        }
        if let keys, let wait = try await ledger.wait(for: keys, at: clock.now) {
            throw OIDCFault.tooManyAttempts(wait: wait)
        }
        do {
            return try await arrive(request)
        } catch let fault as OIDCFault {
            if let keys, fault.status < 500 { _ = try await ledger.begin(keys, at: clock.now) }
            try await record(fault, request)
            throw fault
        }
    }

    private func arrive(_ request: Request) async throws -> Arrival {
        let pending = try await pendingSignIn(of: request)
        let metadata = try await provider.metadata()
        let issuers = request.queryItems.all("iss")
        // Where the answer says whose it is, it is the one that was asked (RFC 9207, section 2.4).
        guard issuers.allSatisfy({ $0.isExactly(pending.issuer) }), issuers.count <= 1,
            !metadata.namesIssuerInAnswers || issuers.count == 1
        else { throw OIDCFault.wrongIssuer }
        if let code = request.queryItems["error"] {
            throw OIDCFault.refusedByProvider(code: Provider.word(code))
        }
        let codes = request.queryItems.all("code")
        guard codes.count == 1, !codes[0].isEmpty, codes[0].utf8.count <= 4096 else {
            throw OIDCFault.noCode
        }
        let redeemed = try await provider.redeem(code: codes[0], verifier: pending.verifier)
        let claims = try await claims(of: redeemed.idToken, nonce: pending.nonce)
        let (person, identity) = try await person(claims.document, accessToken: redeemed.accessToken)
        let subject = try await subject(of: identity, person, request)
        let set = try await begin(for: subject, request, providerSession: claims.sessionID ?? "")
        return Arrival(
            subject: subject, returnTo: pending.returnTo,
            cookies: set + [cookies.remove(.pendingSignIn)] + hint(redeemed.idToken))
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

    /// The sign-in that this browser began, which from here on is used up, on every node.
    private func pendingSignIn(of request: Request) async throws -> PendingSignIn {
        guard let sealed = cookies.read(.pendingSignIn, from: request),
            let pending = PendingSignIn(opening: sealed, with: box), pending.issuer.isExactly(oidc.issuer)
        else { throw OIDCFault.noPendingSignIn }
        let now = clock.now
        guard now - pending.startedAt < PendingSignIn.lasting else { throw OIDCFault.pendingSignInOver }
        let states = request.queryItems.all("state")
        guard states.count == 1, Sodium.equal(Array(states[0].utf8), Array(pending.state.utf8)) else {
            throw OIDCFault.wrongState
        }
        let end = pending.startedAt + PendingSignIn.lasting
        let mark = SHA256Digest(of: Array("state:\(pending.state)".utf8).span)
        guard try await ledger.use(mark, until: end, at: now) else { throw OIDCFault.usedBefore }
        return pending
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

    /// The person of an ID token's claims, by these first and then by what the provider tells besides.
    func person(
        _ claims: JSONValue, accessToken: String?
    ) async throws(OIDCFault) -> (ClaimedPerson, Identity) {
        guard let name = claims["sub"]?.string else { throw .idToken(.noSubject) }
        var document = claims
        if ClaimedPerson.isIncomplete(document, names: oidc.claims), let accessToken,
            let told = try await provider.userInfo(accessToken)
        {
            // Otherwise it could be anybody's (OpenID Connect Core 1.0, section 5.3.2).
            guard told["sub"]?.string?.isExactly(name) ?? false else { throw .userInfoOfAnother }
            document = told.overlaid(by: document)
        }
        return (
            try ClaimedPerson(document, names: oidc.claims), Identity(issuer: oidc.issuer, name: name)
        )
    }

    /// The ID token goes with the browser, for the provider to know whom to sign out. It opens nothing.
    /// A long one is left out: proxies take only some kilobytes of headers.
    private func hint(_ idToken: String) -> [String] {
        guard idToken.utf8.count <= 2000 else { return [cookies.remove(.idTokenHint)] }
        return [cookies.set(.idTokenHint, to: idToken, lasting: settings.absolute)]
    }

    private func record(_ fault: OIDCFault, _ request: Request) async throws(LedgerError) {
        let whose = if case .loginTaken(let login) = fault { ": \(login)" } else { "" }
        try await ledger.add(
            Event(
                .signInRefused, at: clock.now, actor: nil, address: sessions.addressText(of: request),
                detail: "\(fault.name)\(whose)"))
    }
}

extension JSONValue {
    /// The members of this object and those of `other`, which win.
    fileprivate func overlaid(by other: JSONValue) -> JSONValue {
        guard case .object(let below) = self, case .object(let above) = other else { return other }
        return .object(below.merging(above) { _, above in above })
    }
}
