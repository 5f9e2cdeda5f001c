public import Ledger
public import SignIn
public import Tokens

/// What people, scripts and the operator can do with trust rules. Pages, API and command line have no other way.
///
/// A rule lets jobs have tokens of a service account for the identity that their CI system gives them. It is made and
/// removed by whoever manages the account's tokens, and grants no more than they could grant by creating one.
public struct TrustDesk: Sendable {
    let ledger: any TrustLedger & SubjectLedger & EventLedger & PolicyLedger
    public let tokens: TokenDesk
    public let verifier: IdentityVerifier
    let clock: Clock
    /// Whether people may have rules of their own, beside service accounts.
    public let admitsPeople: Bool
    /// What became of the identities that were presented.
    public let figures = TradeFigures()
    /// The refusals, as events.
    public let refusals: RefusalEvents

    public init(
        ledger: any TrustLedger & SubjectLedger & EventLedger & PolicyLedger, tokens: TokenDesk,
        verifier: IdentityVerifier, clock: Clock, admitsPeople: Bool = false
    ) {
        self.ledger = ledger
        self.tokens = tokens
        self.verifier = verifier
        self.clock = clock
        self.admitsPeople = admitsPeople
        refusals = RefusalEvents(ledger: ledger, clock: clock, kind: .tradeRefused)
    }

    /// The issuers of the configuration.
    public var issuers: [(name: String, issuer: String, kind: IssuerKind)] {
        verifier.issuers.map { ($0.name, $0.issuer, $0.kind) }
    }

    /// The audience that identities of each issuer must have, in the order of the issuers.
    public var audiences: [String] { verifier.issuers.map(\.audience) }

    /// The name of an issuer in the configuration; `nil` where it is no longer there.
    public func name(of issuer: String) -> String? { issuers.first { $0.issuer.isExactly(issuer) }?.name }

    // MARK: Read

    /// The rules of `owner` that are not removed, the oldest first.
    public func rules(of owner: Subject) async throws(DeskFault) -> [TrustRule] {
        try await read { () throws(LedgerError) in try await ledger.trustRules(of: owner.id, about: nil) }
    }

    /// All rules that are not removed, the oldest first.
    public func allRules() async throws(DeskFault) -> [TrustRule] {
        try await read { () throws(LedgerError) in try await ledger.trustRules(of: nil, about: nil) }
    }

    /// A rule of `owner`, or of anybody if that is `nil`, also one that was removed. Throws ``DeskFault/noSuchRule``.
    public func rule(_ id: TrustRuleID, of owner: Subject?) async throws(DeskFault) -> TrustRule {
        let rule = try await read { () throws(LedgerError) in try await ledger.trustRule(id) }
        guard let rule, owner == nil || rule.owner == owner?.id else { throw .noSuchRule }
        return rule
    }

    /// The tokens of `owner` that jobs got and that work, the newest first, at most `limit`.
    public func activeJobs(of owner: Subject, limit: Int = 200) async throws(DeskFault) -> [ListedToken] {
        var query = TokenQuery(owner: owner.id, states: Token.State.working, now: clock.now, limit: limit)
        query.isOfJob = true
        return try await tokens.tokens(query)
    }

    // MARK: Change

    /// Adds a rule for `owner`. Throws ``DeskFault/invalid(_:)`` with the faults of all fields at once.
    public func add(
        _ draft: TrustDraft, for owner: Subject, by requester: Requester
    ) async throws(DeskFault) -> TrustRule {
        let requester = try await manager(requester, .addTrustRule, of: owner)
        let now = clock.now
        guard !owner.isPerson || admitsPeople else {
            throw .forbidden(
                "Trust rules are for service accounts: the operator can allow them for people (trust_rules).")
        }
        var check = TrustCheck()
        let issuer = check.issuer(draft.issuer, among: issuers)
        let claims = check.claims(draft, of: issuer?.kind)
        let lifetime = check.lifetime(draft.lifetime)
        check.end(draft.expiresAt, after: now)
        let wanted = try await tokens.checkTrust(draft, lifetime, for: owner, by: requester, at: now)
        check.scopes(wanted.scopes)
        let faults = wanted.faults + check.found.all
        guard faults.isEmpty, let name = wanted.name, let issuer else { throw .invalid(faults) }
        let rule = TrustRule(
            id: .make(at: now), owner: owner.id, name: name, issuer: issuer.issuer, claims: claims,
            scopes: wanted.scopes, lifetime: lifetime, createdAt: now, createdBy: requester.subject?.id,
            expiresAt: draft.expiresAt)
        do throws(LedgerError) {
            try await ledger.add(
                rule, event: event(.trustRuleAdded, rule, requester, detail: detail(of: rule)))
        } catch {
            throw Self.fault(error)
        }
        return rule
    }

    /// Removes a rule of `owner`, or of anybody if that is `nil`, and revokes the tokens that it gave. When this returns,
    /// they are refused everywhere. Returns how many there were.
    @discardableResult
    public func remove(
        _ id: TrustRuleID, of owner: Subject?, by requester: Requester
    ) async throws(DeskFault) -> (rule: TrustRule, revoked: Int) {
        let rule = try await rule(id, of: owner)
        let subject = try await self.owner(of: rule)
        let requester = try await manager(requester, .removeTrustRule, of: subject)
        do throws(LedgerError) {
            return try await ledger.removeTrustRule(
                id, event: event(.trustRuleRemoved, rule, requester, detail: detail(of: rule)))
        } catch {
            throw Self.fault(error)
        }
    }

    /// Whose rule it is.
    public func owner(of rule: TrustRule) async throws(DeskFault) -> Subject {
        let owner = try await read { () throws(LedgerError) in try await ledger.subject(rule.owner) }
        guard let owner else { throw .noSuchRule }
        return owner
    }

    /// `requester`, if it manages the tokens of `owner`: an administrator at a browser does of every service account.
    private func manager(
        _ requester: Requester, _ act: OversightAct, of owner: Subject
    ) async throws(DeskFault) -> Requester {
        try requester.refuse(act)
        guard !requester.has(owner), requester.oversight == .administration else {
            try tokens.refuseOthers(than: owner, requester)
            return requester
        }
        return try await tokens.overseer(requester, for: .administration)
    }

    private func detail(of rule: TrustRule) -> String {
        let claims = rule.claims.map { "\($0.claim) \($0.isPattern ? "~" : "=") \($0.value)" }
        let scopes = rule.scopes.text.isEmpty ? "every service" : rule.scopes.text
        return
            "\(rule.name): \(name(of: rule.issuer) ?? rule.issuer), \(claims.joined(separator: ", ")), for \(scopes)"
            .beginning(bytes: 1000)
    }

    func event(
        _ kind: Event.Kind, _ rule: TrustRule, _ requester: Requester, detail: String
    ) -> Event {
        Event(
            kind, at: clock.now, actor: requester.subject?.id, by: requester.token?.id, subject: rule.owner,
            address: requester.address, detail: detail)
    }

    static func fault(_ error: LedgerError) -> DeskFault {
        switch error {
        case .ruleNameTaken:
            .invalid([FieldFault("name", "is taken by another rule: choose another, or remove that one")])
        case .tooManyRules: .invalid([FieldFault("name", "cannot be used: \(error)")])
        case .noSuchRule: .noSuchRule
        case .noSuchSubject:
            .forbidden("The account is suspended or removed, or has no steward: it gets no trust rules.")
        default: .ledger(error)
        }
    }
}

extension TokenDesk {
    /// The name and the scopes of a trust rule, with their faults: judged as those of a token that `requester` creates for
    /// `owner`.
    func checkTrust(
        _ draft: TrustDraft, _ lifetime: TimeSpan, for owner: Subject, by requester: Requester,
        at now: Timestamp
    ) async throws(DeskFault) -> (name: TokenName?, scopes: Scopes, faults: [FieldFault]) {
        var check = newTokenCheck(for: owner, by: requester, grantable: Set(DeskScope.allCases))
        let name = check.name(draft.name, format: format)
        let scopes = check.scopes(draft.scopes)
        let policy = try await tokenPolicy()
        var rules = NewTokenRules(policy, scopes: scopes, owner: owner, offered: rulesOffer(for: owner))
        var faults = check.faults
        if check.faults.allSatisfy({ $0.field != "scopes" }) {
            rules.check(addresses: [])
            let approvers = policy.approval.approvers(of: scopes)
            if !approvers.isEmpty, requester.subject != nil {
                faults.append(
                    FieldFault(
                        "scopes",
                        "tokens with these scopes need approval by \(approvers.words), which a rule cannot have: "
                            + "the operator can add it (`jeton trust add`)", isWhole: true))
            }
        }
        _ = rules.expiry(.at(now + lifetime), at: now)
        let found = rules.found.all.map { fault in
            fault.field == "expires_at"
                ? FieldFault("lifetime", fault.detail, isWhole: fault.isWhole) : fault
        }
        return (name, scopes, faults + found)
    }
}
