/// What verify answers.
public enum Verdict: Hashable, Sendable {
    /// The request may pass, as that subject, by that token.
    case grant(Subject, TokenID)
    /// The request may pass, as nobody: it presents nothing, and everybody may read there.
    case anonymous
    /// The request may not pass.
    case denial(Denial)
}

extension Verdict {
    /// The rule: may who presented `credential` have what `request` asks of `service`, at `now`?
    ///
    /// Whatever is presented is judged, also where nothing would do: a token that was revoked shows as that.
    ///
    /// Reasons are told in the order of `docs/tokens.md`: the credential, the token's state, its owner,
    /// the login beside it, where it is used from, the owner's groups, the scopes.
    ///
    /// - Parameters:
    ///   - token: what is known of the credential's digest.
    public static func judge(
        _ credential: Credential, token: KnownToken, service: Service, request: borrowing ServiceRequest,
        at now: Timestamp
    ) -> Verdict {
        if case .none = credential, service.allowsAnonymously(request) { return .anonymous }
        return switch holder(of: credential, token: token, from: request.address, at: now) {
        case .failure(let denial): .denial(denial)
        case .success(let holder):
            holder.denial(at: service, request).map { .denial($0) } ?? .grant(holder.owner, holder.token.id)
        }
    }

    /// Who presented `credential` from `address`, or why it is not good at all, whatever it is asked for.
    ///
    /// The exact reason is told to who presents the whole token, and so only to its holder.
    public static func holder(
        of credential: Credential, token: KnownToken, from address: IPAddress?, at now: Timestamp
    ) -> Result<Holder, Denial> {
        switch (credential, token) {
        case (.none, _): .failure(.noCredentials)
        case (.several, _): .failure(.severalCredentials)
        case (.notAToken(_, let likeness), _): .failure(likeness.denial)
        case (.token, .unknown): .failure(.unknownToken)
        case (.token, .unread): .failure(.starting)
        case (.token(_, let login), .kept(let holder)):
            holder.checked(login: login, from: address, at: now)
        }
    }

    /// A token with its owner.
    public struct Holder: Hashable, Sendable {
        /// The token that was presented.
        public let token: TokenRecord
        /// Whose it is.
        public let owner: Subject
        /// How often its owner has to sign in, if that is demanded.
        public let demand: SignInDemand?

        /// A holder as the index knows it.
        public init(token: TokenRecord, owner: Subject, demand: SignInDemand?) {
            self.token = token
            self.owner = owner
            self.demand = demand
        }

        /// Why a request may not pass that presents the token beside `login`; `nil` where it may.
        public func denial(
            login: PresentedLogin, service: Service, request: borrowing ServiceRequest, at now: Timestamp
        ) -> Denial? {
            denial(login: login, from: request.address, at: now) ?? denial(at: service, request)
        }

        fileprivate func checked(
            login: PresentedLogin, from address: IPAddress?, at now: Timestamp
        ) -> Result<Holder, Denial> {
            denial(login: login, from: address, at: now).map { .failure($0) } ?? .success(self)
        }

        private func denial(login: PresentedLogin, from address: IPAddress?, at now: Timestamp) -> Denial? {
            switch token.state(at: now) {
            case .revoked: return .revoked
            case .expired: return .expired
            case .live: break
            }
            // All its tokens were revoked with it; one that was written in the same moment is no better.
            if owner.endedAt != nil { return .revoked }
            if owner.isSuspended { return .ownerSuspended }
            if owner.isAsleep(demand, at: now) { return .signInNeeded }
            guard login.isOne(of: owner) else { return .wrongLogin }
            return token.isGood(from: address) ? nil : .addressNotAllowed
        }

        fileprivate func denial(at service: Service, _ request: borrowing ServiceRequest) -> Denial? {
            guard service.admits(owner) else { return .notEntitled }
            return token.scopes.cover(service, request) ? nil : .insufficientScope
        }
    }
}

extension Verdict {
    /// The rule for a password: may `owner`, whose password came with `login`, pass at a service that
    /// takes passwords at `now`? It may do there all that its owner may.
    ///
    /// - Parameter owner: the subject as it is now, which may not be as it was when the password was
    ///   looked at; `nil` where there is none any more.
    public static func judge(
        passwordOf owner: Subject?, login: String, service: Service, at now: Timestamp
    ) -> Result<Subject, Denial> {
        guard service.passwords.accepts(at: now) else { return .failure(.notAToken) }
        guard let owner, owner.endedAt == nil, owner.login.folded == login.folded else {
            return .failure(.wrongPassword)
        }
        guard !owner.isSuspended else { return .failure(.ownerSuspended) }
        return service.admits(owner) ? .success(owner) : .failure(.notEntitled)
    }
}

extension Verdict.Holder {
    /// The moment until which every request passes that does `access` at `service` and presents the token
    /// without a login, wherever it goes there and wherever it comes from.
    ///
    /// `nil` where more than the time decides that, and where it does not pass at `now`. So whoever keeps
    /// this moment, for as long as the holder is as it is, judges the same by it.
    public func standing(_ access: Access, at service: Service, now: Timestamp) -> Timestamp? {
        // Of where it goes and comes from nothing is told: where that counts, it does not pass.
        let request = ServiceRequest(access, from: nil)
        guard denial(login: .nobody, service: service, request: request, at: now) == nil else { return nil }
        let end = token.expiresAt ?? .distantFuture
        return min(end, demand?.sleep(of: owner, at: now) ?? .distantFuture)
    }
}

/// What is known of a token that is presented.
public enum KnownToken: Hashable, Sendable {
    /// It was made here.
    case kept(Verdict.Holder)
    /// No such token was ever made here.
    case unknown
    /// That cannot be told yet, since not all tokens have been read.
    case unread

    /// What is kept of the token, if anything.
    public var record: TokenRecord? {
        if case .kept(let holder) = self { holder.token } else { nil }
    }
}
