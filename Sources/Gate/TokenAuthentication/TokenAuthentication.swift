public import HTTPServer
import Synchronization
public import TokenIndex
public import Tokens

/// Authenticates requests to the desk and to SCIM by a token, presented in any of the ways that the gate accepts.
public final class TokenAuthentication: Sendable {
    private let index: TokenIndex
    private let clock: Clock
    private let format: TokenFormat
    private let trustedProxies: [AddressRange]
    private let staleness: Staleness
    private let recordUse: @Sendable (_ secret: SecretID, _ address: IPAddress?, _ userAgent: String) -> Void
    private let recordRefusal:
        @Sendable (_ token: TokenRecord, _ denial: Denial, _ address: IPAddress?, _ userAgent: String) -> Void
    private let recordTry: @Sendable (_ decoy: TokenID, _ address: IPAddress?, _ userAgent: String) -> Void
    private let guesses = Mutex(GuessLimiter())

    /// Judges by `index`, but denies tokens while it is stale. Calls `recordUse` for each valid token, and
    /// `recordRefusal` for each other one that is known, and `recordTry` for each decoy.
    public init(
        index: TokenIndex, clock: Clock, format: TokenFormat, trustedProxies: [AddressRange],
        staleness: Staleness = .always,
        recordUse:
            @escaping @Sendable (_ secret: SecretID, _ address: IPAddress?, _ userAgent: String) -> Void,
        recordRefusal:
            @escaping @Sendable (
                _ token: TokenRecord, _ denial: Denial, _ address: IPAddress?, _ userAgent: String
            ) -> Void = { _, _, _, _ in },
        recordTry:
            @escaping @Sendable (_ decoy: TokenID, _ address: IPAddress?, _ userAgent: String) -> Void =
            { _, _, _ in }
    ) {
        self.index = index
        self.clock = clock
        self.format = format
        self.trustedProxies = trustedProxies
        self.staleness = staleness
        self.recordUse = recordUse
        self.recordRefusal = recordRefusal
        self.recordTry = recordTry
    }

    /// The valid token that `request` presents and its owner, or the denial: ``Tokens/Denial/noCredentials`` if nothing
    /// is presented, ``Tokens/Denial/tooManyFailures`` after too many different wrong secrets from one address.
    ///
    /// A previous secret verifies at services and does nothing else, so it is denied unless `takesPrevious` is set. A
    /// token that breaks a rule of the section for all services is denied as at a service, unless `ignoresRules` is set,
    /// for what makes a token weaker: ``brokenRule(of:)`` has the rule.
    public func holder(
        of request: Request, takesPrevious: Bool = false, ignoresRules: Bool = false
    ) -> Result<Verdict.Holder, Denial> {
        holder(credential(of: request), request, takesPrevious: takesPrevious, ignoresRules: ignoresRules)
    }

    /// The valid token that a parameter of `request` presents, likewise. A previous secret is denied.
    public func holder(of token: String, in request: Request) -> Result<Verdict.Holder, Denial> {
        holder(Credential(token: Array(token.utf8).span, format: format), request)
    }

    private func holder(
        _ credential: Credential, _ request: Request, takesPrevious: Bool = false, ignoresRules: Bool = false
    ) -> Result<Verdict.Holder, Denial> {
        if credential.digest != nil, let denial = staleness.denial(of: index) { return .failure(denial) }
        let address = address(of: request)
        let token = index.known(by: credential)
        let agent = request.headers["user-agent"] ?? ""
        let now = clock.now
        let verdict = Verdict.holder(of: credential, token: token, from: address, at: now)
        switch verdict {
        case .failure(let denial):
            if let record = token.record {
                recordRefusal(record, denial, address, agent)
            } else if let decoy = credential.digest.flatMap(index.decoy) {
                recordTry(decoy, address, agent)
            }
            return .failure(isGuess(denial, credential, request) ? .tooManyFailures : denial)
        case .success(let holder):
            guard takesPrevious || !holder.token.isPrevious else {
                recordRefusal(holder.token, .previousSecret, address, agent)
                return .failure(.previousSecret)
            }
            guard ignoresRules || holder.brokenRule(at: nil, now: now) == nil else {
                recordRefusal(holder.token, .policy, address, agent)
                return .failure(.policy)
            }
            recordUse(holder.token.secret, address, agent)
            return verdict
        }
    }

    /// The rule by which the desk denies the token that `request` presents; `nil` if it breaks none.
    public func brokenRule(of request: Request) -> BrokenRule? {
        index.known(by: credential(of: request)).brokenRule(at: nil, now: clock.now)
    }

    /// The owner of the token that `request` presents, in any state; `nil` if no such token is known.
    public func owner(of request: Request) -> Subject? { index.known(by: credential(of: request)).owner }

    /// The digest of the token that `request` presents, in any state; `nil` if no such token ever existed, or its owner
    /// has another login than the request. Counts neither as a use nor as a guess.
    public func digest(presentedBy request: Request) -> TokenDigest? {
        let credential = credential(of: request)
        let token = index.known(by: credential)
        guard staleness.isCurrent, token.record != nil else { return nil }
        let verdict = Verdict.holder(of: credential, token: token, from: address(of: request), at: clock.now)
        if case .failure(.wrongLogin) = verdict { return nil }
        return credential.digest
    }

    private func credential(of request: Request) -> Credential {
        var credential = Credential.none
        for field in request.headers.fields {
            let (name, value) = (Array(field.name.utf8), Array(field.value.utf8))
            credential.take(header: name.span, value: value.span, format: format)
        }
        return credential
    }

    /// The client's address; `nil` if unknown.
    public func address(of request: Request) -> IPAddress? {
        request.clientAddress(trusting: trustedProxies)
    }

    private func isGuess(_ denial: Denial, _ credential: Credential, _ request: Request) -> Bool {
        guard let fingerprint = credential.fingerprint, denial.countsAsGuess else { return false }
        let address = address(of: request)
        return guesses.withLock { $0.fail(fingerprint, from: address, at: clock.steady) }
    }
}
