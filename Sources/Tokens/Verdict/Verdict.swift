/// The result of verifying a request.
public enum Verdict: Hashable, Sendable {
    /// The request is allowed, as this subject, by this secret of a token.
    case grant(Subject, TokenRecord)
    /// The request is allowed without a credential, since everybody may read.
    case anonymous
    case denial(Denial)
}

extension Verdict {
    /// The rule of verify: whether `credential` allows `request` at `service`, at `now`.
    ///
    /// A credential that is presented is always judged, also where none is needed: a revoked token is refused
    /// as revoked.
    ///
    /// The first reason in the order of `docs/tokens.md` is reported: the credential, the token's state, its
    /// owner, the login beside it, the client's address, the owner's groups, the scopes, who may write, the operator's rules
    /// about tokens.
    ///
    /// - Parameter token: what is known of the token with the credential's digest.
    public static func judge(
        _ credential: Credential, token: KnownToken, service: Service, request: borrowing ServiceRequest,
        at now: Timestamp
    ) -> Verdict {
        if case .none = credential, service.allowsAnonymously(request) { return .anonymous }
        return switch holder(of: credential, token: token, from: request.address, at: now) {
        case .failure(let denial): .denial(denial)
        case .success(let holder):
            holder.denial(at: service, request, now).map { .denial($0) } ?? .grant(holder.owner, holder.token)
        }
    }

    /// The holder of `credential`, used from `address`, or why it is refused whatever the request is.
    ///
    /// The exact reason is given for a whole token only, and so only to its holder.
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

    public struct Holder: Hashable, Sendable {
        public let token: TokenRecord
        public let owner: Subject
        /// The former owner of a token that was handed over, as they now are, where they know this secret.
        public var formerOwner: Subject? { boxedFormerOwner?.value }
        private let boxedFormerOwner: Boxed<Subject>?
        public let policies: Policies
        /// The agents that act with the token on behalf of its owner, as they now are, in the order of
        /// ``TokenRecord/actors``; without those that are unknown.
        public let actors: [Subject]

        public init(
            token: TokenRecord, owner: Subject, formerOwner: Subject? = nil, policies: Policies = Policies(),
            actors: [Subject] = []
        ) {
            self.token = token
            self.owner = owner
            boxedFormerOwner = formerOwner.map(Boxed.value)
            self.policies = policies
            self.actors = actors
        }

        /// Why a request with this token beside `login` is refused; `nil` where it is allowed.
        public func denial(
            login: PresentedLogin, service: Service, request: borrowing ServiceRequest, at now: Timestamp
        ) -> Denial? {
            denial(login: login, from: request.address, at: now) ?? denial(at: service, request, now)
        }

        /// The moment from which the secret is refused unless it is replaced, since the former owner has left.
        public var rotationDue: Timestamp? {
            guard let handOver = token.handOver, let formerOwner else { return nil }
            return handOver.rotationDue(of: formerOwner, grace: policies.tokens.grace)
        }

        fileprivate func checked(
            login: PresentedLogin, from address: IPAddress?, at now: Timestamp
        ) -> Result<Holder, Denial> {
            denial(login: login, from: address, at: now).map { .failure($0) } ?? .success(self)
        }

        private func denial(login: PresentedLogin, from address: IPAddress?, at now: Timestamp) -> Denial? {
            switch token.state(at: now) {
            case .revoked: return token.isPrevious ? .previousSecretRevoked : .revoked
            case .expired: return token.isPrevious ? .previousSecretExpired : .expired
            case .active, .paused: break
            }
            // Deleting an account revokes its tokens. This refuses one that was created in the same moment.
            if owner.endedAt != nil { return .revoked }
            if token.pauses.longest(at: now) != nil { return .paused }
            if owner.isSuspended { return .ownerSuspended }
            if owner.isDormant(policies.signIn, at: now) { return .signInNeeded }
            if owner.isUnattended(grace: policies.tokens.grace, at: now) { return .accountUnattended }
            if let due = rotationDue, due <= now { return .rotationNeeded }
            if !token.actors.isEmpty, !areActorsActive(at: now) { return .agentInactive }
            guard login.isOne(of: owner) || formerOwner.map(login.isOne) ?? false else { return .wrongLogin }
            guard token.mayBeUsed(from: address), owner.mayBeUsed(from: address),
                actors.allSatisfy({ $0.mayBeUsed(from: address) })
            else { return .addressNotAllowed }
            return nil
        }

        /// Whether every agent in the chain is known, works, and has somebody who looks after it.
        private func areActorsActive(at now: Timestamp) -> Bool {
            actors.count == token.actors.count
                && actors.allSatisfy { actor in
                    actor.endedAt == nil && !actor.isSuspended
                        && !actor.isUnattended(grace: policies.tokens.grace, at: now)
                }
        }

        fileprivate func denial(
            at service: Service, _ request: borrowing ServiceRequest, _ now: Timestamp
        ) -> Denial? {
            guard service.admits(owner) else { return .notEntitled }
            guard token.scopes.cover(service, request) else { return .insufficientScope }
            guard service.takesWrites(from: token.isOfJob, request.access) else { return .writesFromCIOnly }
            return brokenRule(at: service, now: now) == nil ? nil : .policy
        }

        /// The rule by which the token is refused at a service at `now`, or at the desk itself if that is `nil`.
        public func brokenRule(at service: Service?, now: Timestamp) -> BrokenRule? {
            policies.tokens.refusal(of: token, of: owner, at: service, now: now)
        }
    }
}

extension Verdict {
    /// The rule for passwords: whether `owner`, whose password came with `login`, is admitted to a service
    /// that accepts passwords, for `access` at `now`. A password allows everything that its owner may do there.
    ///
    /// - Parameter owner: the subject as it is now, which may have changed since the password was checked;
    ///   `nil` where it is gone.
    public static func judge(
        passwordOf owner: Subject?, login: String, service: Service, access: Access, at now: Timestamp
    ) -> Result<Subject, Denial> {
        guard service.passwords.accepts(at: now) else { return .failure(.notAToken) }
        guard let owner, owner.endedAt == nil, owner.login.folded == login.folded else {
            return .failure(.wrongPassword)
        }
        guard !owner.isSuspended else { return .failure(.ownerSuspended) }
        guard service.admits(owner) else { return .failure(.notEntitled) }
        return service.takesWrites(from: false, access) ? .success(owner) : .failure(.writesFromCIOnly)
    }
}

extension Verdict.Holder {
    /// The moment until which every request is allowed that needs `access` at `service` and presents the
    /// token without a login, for any target and from any address.
    ///
    /// `nil` where more than the time decides, and where it is refused at `now`. So a cache of this moment
    /// judges the same, as long as the holder does not change.
    public func validUntil(_ access: Access, at service: Service, now: Timestamp) -> Timestamp? {
        // Without a target and an address: where these matter, the request is refused.
        let request = ServiceRequest(access, from: nil)
        guard denial(login: .nobody, service: service, request: request, at: now) == nil else { return nil }
        let ends = [
            endsAt(at: service), policies.signIn?.dormancy(of: owner, at: now),
            owner.account?.pausesAt(grace: policies.tokens.grace), rotationDue,
        ]
        return ends.compactMap(\.self).min() ?? .distantFuture
    }

    /// The moment from which the secret is refused at a service: its expiry, or earlier because of a rule about tokens;
    /// `nil` for never.
    public func endsAt(at service: Service) -> Timestamp? {
        guard let refused = policies.tokens.refusedFrom(token, of: owner, at: service) else {
            return token.expiresAt
        }
        return token.expiresAt.map { min($0, refused) } ?? refused
    }
}

/// What the index knows of a presented token.
public enum KnownToken: Hashable, Sendable {
    /// A token of this desk, with its owner.
    case kept(Verdict.Holder)
    /// No such token was ever created here.
    case unknown
    /// Not known yet, since the index has not read all tokens.
    case unread

    /// The rule by which a token that is known is refused at a service at `now`, or at the desk itself if that is `nil`.
    public func brokenRule(at service: Service?, now: Timestamp) -> BrokenRule? {
        if case .kept(let holder) = self { holder.brokenRule(at: service, now: now) } else { nil }
    }

    /// The owner of the token, if it is known.
    public var owner: Subject? {
        if case .kept(let holder) = self { holder.owner } else { nil }
    }

    /// The agent that acts with the token on behalf of its owner, if it is one's.
    public var actor: Subject? {
        if case .kept(let holder) = self { holder.actors.first } else { nil }
    }

    /// The record of the token, if it is known.
    public var record: TokenRecord? {
        if case .kept(let holder) = self { holder.token } else { nil }
    }
}
