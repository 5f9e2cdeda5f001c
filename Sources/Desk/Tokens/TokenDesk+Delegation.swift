public import Ledger
public import Tokens

/// Why an agent gets no token on behalf of a person. Each is a sentence without a full stop.
public enum DelegationFault: Error, Hashable, Sendable {
    /// The operator does not let the actor act on behalf of people.
    case notAllowed
    /// The token to act with is not a person's.
    case notOfPerson
    /// The token to act with was itself got in exchange, or by a job.
    case notLasting
    /// A person's rights were passed on as often as the operator allows.
    case tooDeep
    /// This scope is not one of the person's token.
    case scope(String)
    /// The person's token allows nothing at what was named.
    case target(String)
    /// The person's token allows nothing at any service.
    case noServices
    /// The token, its owner or the agent has changed or ended meanwhile.
    case inactive
    /// As many as possible were got for the person's token.
    case tooMany(String)
    case ledger(LedgerError)
}

extension DelegationFault: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notAllowed:
            "the owner of actor_token may not act on behalf of people here: "
                + "the operator lists its service account in agents.allowed"
        case .notOfPerson: "subject_token belongs to a service account: send the token of a person"
        case .notLasting:
            "subject_token was itself got in exchange: send one that the person created or let a program have"
        case .tooDeep:
            "subject_token is an agent's already, and the operator allows no further agent (agents.max_depth)"
        case .scope(let scope): "subject_token does not have the scope \(scope)"
        case .target(let target): "subject_token allows nothing at \(target)"
        case .noServices: "subject_token allows nothing at any service"
        case .inactive: "subject_token, its owner or the agent has ended or changed just now: try again"
        case .tooMany(let sentence): sentence
        case .ledger(let error): "\(error)"
        }
    }
}

/// Tokens of agents on behalf of a person (RFC 8693, section 1.1).
extension TokenDesk {
    /// What an agent asks for.
    public struct NewDelegation: Sendable {
        /// The agent's own token, and the service account that owns it.
        public let actorToken: Token
        public let actor: Subject
        /// The scopes and the service that it needs; by default all that the person's token allows at services.
        public var asking: TrustRequest
        /// How long it needs the token; `nil` for ``Tokens/DelegationPolicy/standardLifetime``.
        public var lifetime: TimeSpan?

        public init(
            actorToken: Token, actor: Subject, asking: TrustRequest = TrustRequest(),
            lifetime: TimeSpan? = nil
        ) {
            (self.actorToken, self.actor, self.asking, self.lifetime) = (actorToken, actor, asking, lifetime)
        }
    }

    /// Creates a token with which an agent acts on behalf of `person`, for their token `subject`, or for that of another
    /// agent of theirs. Both tokens were presented and are active.
    ///
    /// It is a child of the person's token: it can do no more, ends with it, and is revoked with it. `address` is the
    /// agent's.
    public func delegate(
        _ subject: Token, of person: Subject, to new: NewDelegation, within policy: DelegationPolicy,
        from address: String
    ) async throws(DelegationFault) -> Issued {
        guard policy.allows(new.actor) else { throw .notAllowed }
        guard person.isPerson else { throw .notOfPerson }
        let others = subject.delegation?.actors ?? []
        guard subject.isLasting || !others.isEmpty else { throw .notLasting }
        guard others.count < policy.maxDepth else { throw .tooDeep }
        let scopes = try Self.scopes(of: subject, asked: new.asking)
        let parent = try await root(of: subject)
        let now = clock.now
        // Without the person's login: events keep the name after that is erased.
        let login = new.actor.login.text
        guard let name = try? TokenName("agent \(login.prefix(TokenName.limit - 6))"),
            let device = try? TokenName(String(login.prefix(TokenName.limit)))
        else { throw .inactive }
        let delegation = Token.Delegation(
            actor: new.actor.id, after: others, from: others.isEmpty ? nil : subject.secret)
        let token = Token(
            id: .make(at: now), owner: person.id, name: name, scopes: scopes, addresses: subject.addresses,
            createdAt: now,
            origin: .exchange(
                Token.Exchange(parent: parent.secret, device: device, delegation: delegation)),
            expiresAt: policy.end(asked: new.lifetime, parent: subject.expiresAt, at: now))
        let secret = format.makeSecret()
        let event = Event(
            .tokenCreated, at: now, actor: new.actor.id, by: new.actorToken.id, subject: person.id,
            token: token.id, address: address,
            detail: "\(token.granted), in exchange for \(subject.name) (\(subject.id))")
        do throws(LedgerError) {
            try await ledger.exchange(token, digest: secret.digest, from: "", event: event)
        } catch {
            throw Self.delegationFault(error)
        }
        return Issued(token: token, secret: secret)
    }

    /// Revokes all tokens by which agents act on behalf of `owner`. Returns them.
    @discardableResult
    public func endAgents(of owner: Subject, by requester: Requester) async throws(DeskFault) -> [Token] {
        var query = TokenQuery(
            owner: owner.id, states: Token.State.working, now: clock.now,
            limit: LedgerLimits.activeTokensPerSubject)
        query.ownerKind = .agent
        var ended: [Token] = []
        // One that an agent gets meanwhile is found in the next round.
        while true {
            let found = try await tokens(query).map(\.token)
            guard !found.isEmpty else { return ended }
            for token in found { ended.append(try await revoke(token.id, of: owner, by: requester)) }
        }
    }

    private static func scopes(of subject: Token, asked: TrustRequest) throws(DelegationFault) -> Scopes {
        guard let given = subject.scopes.withoutTheDesk else { throw .noServices }
        if let scope = asked.scopes.first(where: { !given.covers($0) }) { throw .scope(scope.text) }
        guard let scopes = asked.narrowed(given) else {
            throw .target(asked.resource?.text.oneLine.beginning(bytes: 200) ?? "")
        }
        return scopes
    }

    /// The person's own token: `subject`, or the one that another agent got it for.
    private func root(of subject: Token) async throws(DelegationFault) -> Token {
        guard let exchange = subject.exchange else { return subject }
        do throws(LedgerError) {
            guard let parent = try await ledger.token(exchange.parent.alias) else { throw .noSuchToken }
            return parent
        } catch {
            throw Self.delegationFault(error)
        }
    }

    private static func delegationFault(_ error: LedgerError) -> DelegationFault {
        switch error {
        case .notActive, .noSuchToken: .inactive
        case .tooManyTokens:
            .tooMany(
                "\(LedgerLimits.activeExchangesPerToken) tokens in exchange for subject_token work already, or "
                    + "its owner has too many: let some end, or revoke them on My Tokens")
        default: .ledger(error)
        }
    }
}
