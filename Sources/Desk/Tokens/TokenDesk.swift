public import Ledger
public import Tokens

/// What people, scripts and the operator can do with tokens. Pages, API and command line have no other way.
public struct TokenDesk: Sendable {
    /// The services that there are tokens for; empty if they are not known.
    public let services: [Service]
    private let knowsServices: Bool
    let ledger:
        any TokenLedger & UseLedger & RefusalLedger & EventLedger & SubjectLedger & AccountLedger
            & PolicyLedger & NodeLedger & RequestLedger & DecoyLedger & AuthorizationLedger
    let clock: Clock
    public let format: TokenFormat
    /// Whether rotating a token with a secret of it that has ended revokes the token.
    let revokesReused: Bool
    /// After how long without a confirmation a node grants nothing.
    let staleFor: TimeSpan
    /// The service accounts that may oversee.
    let overseers: [LoginPattern]

    /// How far ahead an expiry may lie.
    public static let longestLife = TimeSpan.days(36_525)

    /// - Parameter services: `nil` if they are not known: a token can then be created for any name of a service.
    public init(
        ledger: any TokenLedger & UseLedger & RefusalLedger & EventLedger & SubjectLedger & AccountLedger
            & PolicyLedger & NodeLedger & RequestLedger & DecoyLedger & AuthorizationLedger,
        services: [Service]?,
        clock: Clock, format: TokenFormat, revokesReused: Bool = false,
        staleFor: TimeSpan = .seconds(10), overseers: [LoginPattern] = []
    ) {
        self.ledger = ledger
        self.services = services ?? []
        knowsServices = services != nil
        self.clock = clock
        self.format = format
        self.revokesReused = revokesReused
        self.staleFor = staleFor
        self.overseers = overseers
    }

    /// A token that somebody asks for, as they typed it.
    public struct NewToken: Hashable, Sendable {
        public var name: String
        /// Empty for every service.
        public var scopes: [String]
        /// Addresses and ranges that the token may be used from; empty for anywhere.
        public var addresses: [String]
        /// `nil` where nobody chose an expiry: the operator's rules may have one for that.
        public var expiresAt: Timestamp?
        /// Whether no expiry at all was chosen.
        public var neverExpires: Bool

        public init(
            name: String, scopes: [String] = [], addresses: [String] = [], expiresAt: Timestamp? = nil,
            neverExpires: Bool = false
        ) {
            self.name = name
            self.scopes = scopes
            self.addresses = addresses
            self.expiresAt = expiresAt
            self.neverExpires = neverExpires
        }

        var chosenExpiry: TokenEdit.Expiry? { expiresAt.map { .at($0) } ?? (neverExpires ? .never : nil) }
    }

    /// A new token with its secret, which is kept nowhere else.
    public struct Issued: Sendable {
        public let token: Token
        public let secret: TokenSecret
    }

    /// The services that `owner` may have tokens for.
    public func services(for owner: Subject) -> [Service] {
        services.filter { $0.admits(owner) }
    }

    // MARK: Create

    /// Creates a token for `owner`. Throws ``DeskFault/invalid(_:)`` with the faults of all fields at once, and
    /// ``DeskFault/needsApproval(_:)`` where others must approve it and have not approved exactly this token.
    ///
    /// The operator on the command line needs nobody's approval; the event says so.
    public func create(_ new: NewToken, for owner: Subject, by requester: Requester) async throws(DeskFault)
        -> Issued
    {
        let now = clock.now
        try requester.refuse(.createToken)
        try refuseOthers(than: owner, requester)
        let new = try await check(new, for: owner, by: requester, at: now)
        guard !owner.isSuspended else {
            throw .forbidden("This account is suspended: it cannot create tokens.")
        }
        guard !new.approvers.isEmpty else { return try await add(new, to: owner, requester, at: now) }
        guard let person = requester.subject else {
            let note = "without approval by \(new.approvers.words)"
            return try await add(new, to: owner, requester, at: now, note: note)
        }
        guard let request = try await approvedRequest(for: new, of: owner, by: person) else {
            throw .needsApproval(new.approvers)
        }
        return try await add(new, to: owner, requester, at: now, as: request)
    }

    /// A token that may be created, with what the rules still ask of it.
    struct CheckedToken {
        let wanted: RequestedToken
        /// How many tokens its owner may have, which the ledger counts again.
        let limits: [TokenCountLimit]
        /// Those who must approve it.
        let approvers: [Approvers]

        /// The token as it is created at `now`.
        func token(of owner: Subject, _ requester: Requester, at now: Timestamp) -> Token {
            Token(
                id: .make(at: now), owner: owner.id, name: wanted.name, scopes: wanted.scopes,
                addresses: wanted.addresses, createdAt: now, origin: requester.origin,
                expiresAt: wanted.expiresAt)
        }
    }

    /// Adds a token that was checked: as what `request` asked for, in the same transaction, where there is one.
    func add(
        _ new: CheckedToken, to owner: Subject, _ requester: Requester, at now: Timestamp,
        note: String? = nil, as request: TokenRequest? = nil
    ) async throws(DeskFault) -> Issued {
        let token = new.token(of: owner, requester, at: now)
        let secret = format.makeSecret()
        let note = request.map { "request \($0.id)" } ?? note
        let event = event(
            .tokenCreated, token, requester, at: now,
            detail: token.granted + (note.map { ", \($0)" } ?? ""))
        if let request {
            try await use(request, for: token, new, digest: secret.digest, by: requester, event: event)
        } else {
            do throws(LedgerError) {
                try await ledger.add(token, digest: secret.digest, within: new.limits, event: event)
            } catch {
                throw fault(error)
            }
        }
        return Issued(token: token, secret: secret)
    }

    /// The token that ``create(_:for:by:)`` would create. Throws as that does, but for approval.
    func checked(
        _ new: NewToken, for owner: Subject, by requester: Requester
    ) async throws(DeskFault) -> RequestedToken {
        try refuseOthers(than: owner, requester)
        let checked = try await check(new, for: owner, by: requester, at: clock.now)
        guard !owner.isSuspended else {
            throw .forbidden("This account is suspended: it cannot create tokens.")
        }
        return checked.wanted
    }

    func check(
        _ new: NewToken, for owner: Subject, by requester: Requester, at now: Timestamp
    ) async throws(DeskFault) -> CheckedToken {
        var check = newTokenCheck(for: owner, by: requester, grantable: grantable(to: owner, by: requester))
        let name = check.name(new.name, format: format)
        let scopes = check.scopes(new.scopes)
        let addresses = check.addresses(new.addresses)
        _ = check.expiry(new.expiresAt, after: now)
        let policy = try await tokenPolicy()
        var rules = NewTokenRules(policy, scopes: scopes, owner: owner, offered: rulesOffer(for: owner))
        // Scopes that cannot be read would seem to be for every service.
        if check.faults.allSatisfy({ $0.field != "scopes" }) { rules.check(addresses: addresses) }
        let expiresAt = rules.expiry(new.chosenExpiry, at: now)
        let limits = rules.countLimits
        if !limits.isEmpty {
            let others = try await working(of: owner.id).filter { $0.token.isLasting }
            rules.check(others: others.map(\.token.scopes))
        }
        let faults = check.faults + rules.found.all
        guard faults.isEmpty, let name else { throw .invalid(faults) }
        let wanted = RequestedToken(name: name, scopes: scopes, addresses: addresses, expiresAt: expiresAt)
        return CheckedToken(
            wanted: wanted, limits: limits, approvers: policy.approval.approvers(of: scopes))
    }

    /// The services by which new tokens of `owner` are judged; `nil` if they are not known.
    func rulesOffer(for owner: Subject) -> [Service]? { knowsServices ? services(for: owner) : nil }

    /// All services; `nil` if they are not known.
    public var knownServices: [Service]? { knowsServices ? services : nil }

    func newTokenCheck(
        for owner: Subject, by requester: Requester, grantable: Set<DeskScope>
    ) -> NewTokenCheck {
        NewTokenCheck(
            offered: knowsServices ? services(for: owner, by: requester) : nil,
            others: services.filter { !$0.admits(owner) }, owner: owner.login.text,
            beyond: servicesBeyond(requester, of: owner),
            impossible: Set(DeskScope.allCases.filter { !isPossible($0, for: owner) }), grantable: grantable)
    }

    // MARK: Revoke

    /// Revokes a token of `owner`, or of anybody if that is `nil`, which is for administrators and the operator: all its
    /// secrets, and the tokens that were exchanged for them. Idempotent. When this returns, the token is refused
    /// everywhere.
    ///
    /// Where `id` is an alias, this ends the previous secret of that identifier alone: scripts rotate a token with an
    /// overlap, and later delete the identifier that it had before.
    @discardableResult
    public func revoke(_ id: TokenID, of owner: Subject?, by requester: Requester) async throws(DeskFault)
        -> Token
    {
        let token = try await token(id, of: owner)
        if requester.token?.id != token.id { try requester.refuse(.revokeToken) }
        guard token.id == id else {
            try await end(SecretID(number: id.number), of: token, by: requester)
            return token
        }
        let now = clock.now
        let reason: Token.Revocation.Reason =
            switch requester.means {
            case .token(let own) where own.id == id: .byItself
            case .commandLine: .byAdministrator
            // A steward stands for the account.
            default:
                owner?.id == token.owner || requester.subject?.id == token.owner ? .byOwner : .byAdministrator
            }
        do throws(LedgerError) {
            return try await ledger.revoke(
                id, Token.Revocation(at: now, by: requester.subject?.id, reason: reason),
                event: event(.tokenRevoked, token, requester, at: now, detail: token.name.text))
        } catch {
            throw fault(error)
        }
    }

    func event(
        _ kind: Event.Kind, _ token: Token, _ requester: Requester, at now: Timestamp, detail: String
    ) -> Event {
        Event(
            kind, at: now, actor: requester.subject?.id, by: requester.token?.id, subject: token.owner,
            token: token.id,
            address: requester.address, detail: detail)
    }

    func fault(_ error: LedgerError) -> DeskFault {
        switch error {
        case .nameTaken: .invalid([.nameTaken])
        case .tooManyTokens, .limitReached: .invalid([FieldFault("name", "cannot be used: \(error)")])
        case .noSuchToken: .noSuchToken
        case .notActive: .notActive
        case .beingRotated: .beingRotated
        default: .ledger(error)
        }
    }
}
