internal import Ledger
internal import SignIn
public import Tokens

extension TrustDesk {
    /// Verifies an identity. Throws ``TradeFault/identity(_:)``, which is counted.
    public func verify(_ jwt: String, from address: IPAddress?) async throws(TradeFault) -> VerifiedIdentity {
        do throws(IdentityFault) {
            return try await verifier.verify(jwt)
        } catch {
            throw await refused(.identity(error), nil, from: address)
        }
    }

    /// Trades an identity that was verified for a token, once. Scopes and a resource narrow what the rule gives.
    ///
    /// The token works when this returns; its end is never after that of the rule, and never later than the operator's
    /// rules about tokens allow.
    public func trade(
        _ identity: VerifiedIdentity, asking: TrustRequest = TrustRequest(), from address: IPAddress?
    ) async throws(TradeFault) -> TokenDesk.Issued {
        do throws(TradeFault) {
            let issued = try await traded(identity, asking, from: address)
            figures.count("traded", issuer: identity.issuerName)
            return issued
        } catch {
            throw await refused(error, identity.issuerName, from: address)
        }
    }

    /// Counts a refusal, and returns it.
    private func refused(
        _ fault: TradeFault, _ issuer: String?, from address: IPAddress?
    ) async -> TradeFault {
        figures.count(fault.name, issuer: issuer)
        do throws(LedgerError) {
            // One of a fixed list: what the identity says is a stranger's text.
            try await refusals.record("\(issuer.map { "\($0): " } ?? "")\(fault.name)", from: address)
        } catch _ {
            // The refusal itself was counted, and stands.
        }
        return fault
    }

    private func traded(
        _ identity: VerifiedIdentity, _ asking: TrustRequest, from address: IPAddress?
    ) async throws(TradeFault) -> TokenDesk.Issued {
        let now = clock.now
        let rule = try await rule(for: identity, asking, at: now)
        guard let scopes = asking.narrowed(rule.scopes), let name = identity.tokenName else { throw .noRule }
        guard now < identity.acceptedUntil else { throw .identity(.claims(.expired)) }
        let owner = try await reading { () throws(LedgerError) in try await ledger.subject(rule.owner) }
        guard let owner, owner.mayTrade, !owner.isPerson || admitsPeople else { throw .inactive }
        let policy = try await reading { () throws(LedgerError) in try await ledger.tokenPolicy() }
        // The operator may have asked for approval since the steward made the rule.
        guard rule.createdBy == nil || policy.approval.approvers(of: scopes).isEmpty else {
            throw .needsApproval
        }
        let token = Token(
            id: .make(at: now), owner: owner.id, name: name, scopes: scopes, createdAt: now,
            origin: .job(identity.job(by: rule.id)),
            expiresAt: end(of: rule, scopes, for: owner, under: policy, at: now))
        let secret = tokens.format.makeSecret()
        let event = Event(
            .tokenCreated, at: now, actor: nil, subject: owner.id, token: token.id,
            address: address?.description ?? "",
            detail:
                "\(token.granted), by the trust rule \(rule.name) (\(rule.id)) for \(identity.subject.oneLine)"
                .beginning(bytes: 1000))
        do throws(LedgerError) {
            try await ledger.trade(
                Trade(
                    token: token, digest: secret.digest, mark: identity.mark,
                    markedUntil: identity.acceptedUntil), event: event)
        } catch {
            throw Self.tradeFault(error)
        }
        return TokenDesk.Issued(token: token, secret: secret)
    }

    private func rule(
        for identity: VerifiedIdentity, _ asking: TrustRequest, at now: Timestamp
    ) async throws(TradeFault) -> TrustRule {
        let rules = try await reading { () throws(LedgerError) in
            try await ledger.trustRules(of: nil, about: identity.issuer)
        }
        let judgement = TrustJudgement.judge(identity, rules: rules, asking: asking, at: now)
        guard case .noMatch(let mismatches) = judgement else {
            guard case .match(let rule) = judgement else { throw .noRule }
            return rule
        }
        for mismatch in mismatches where mismatch.reasons.allSatisfy(\.isAboutRequest) {
            switch mismatch.reasons.first {
            case .scope(let scope)?: throw .scope(scope.text)
            case .resource(let target)?: throw .target(target.oneLine.beginning(bytes: 200))
            default: break
            }
        }
        throw .noRule
    }

    /// When a token ends that `rule` gives at `now`.
    private func end(
        of rule: TrustRule, _ scopes: Scopes, for owner: Subject, under policy: TokenPolicy,
        at now: Timestamp
    ) -> Timestamp {
        let services = scopes.reached(
            among: tokens.rulesOffer(for: owner)?.map(\.name) ?? Array(policy.services.keys))
        let end = rule.tokenEnd(at: now)
        return policy.maxLifetime(for: services).map { min(end, now + $0.span) } ?? end
    }

    private static func tradeFault(_ error: LedgerError) -> TradeFault {
        switch error {
        case .identityUsed: .used
        case .noSuchRule: .noRule
        case .ownerInactive: .inactive
        case .tooManyTokens: .tooMany
        default: .ledger(error)
        }
    }

    private func reading<Value>(
        _ body: () async throws(LedgerError) -> Value
    ) async throws(TradeFault) -> Value {
        do throws(LedgerError) {
            return try await body()
        } catch {
            throw .ledger(error)
        }
    }
}
