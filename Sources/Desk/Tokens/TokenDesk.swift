public import Ledger
public import Tokens

/// What people, scripts and the operator can do with tokens. Pages, API and command line have no other way.
public struct TokenDesk: Sendable {
    /// The services that there are tokens for; empty if they are not known.
    public let services: [Service]
    private let knowsServices: Bool
    let ledger:
        any TokenLedger & UseLedger & RefusalLedger & EventLedger & SubjectLedger & PolicyLedger & NodeLedger
    let clock: Clock
    public let format: TokenFormat
    /// Whether rotating a token with a secret of it that has ended revokes the token.
    let revokesReused: Bool
    /// After how long without a confirmation a node grants nothing.
    let staleFor: TimeSpan

    /// How far ahead an expiry may lie.
    public static let longestLife = TimeSpan.days(36_525)

    /// - Parameter services: `nil` if they are not known: a token can then be created for any name of a service.
    public init(
        ledger: any TokenLedger & UseLedger & RefusalLedger & EventLedger & SubjectLedger & PolicyLedger
            & NodeLedger,
        services: [Service]?,
        clock: Clock, format: TokenFormat, revokesReused: Bool = false,
        staleFor: TimeSpan = .seconds(10)
    ) {
        self.ledger = ledger
        self.services = services ?? []
        knowsServices = services != nil
        self.clock = clock
        self.format = format
        self.revokesReused = revokesReused
        self.staleFor = staleFor
    }

    /// A token that somebody asks for, as they typed it.
    public struct NewToken: Hashable, Sendable {
        public var name: String
        /// Empty for every service.
        public var scopes: [String]
        /// Addresses and ranges that the token may be used from; empty for anywhere.
        public var addresses: [String]
        public var expiresAt: Timestamp?

        public init(
            name: String, scopes: [String] = [], addresses: [String] = [], expiresAt: Timestamp? = nil
        ) {
            self.name = name
            self.scopes = scopes
            self.addresses = addresses
            self.expiresAt = expiresAt
        }
    }

    /// A ``NewToken`` that can be created.
    private struct Checked {
        let name: TokenName
        let scopes: Scopes
        let addresses: [AddressRange]
        let expiresAt: Timestamp?
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

    /// Creates a token for `owner`. Throws ``DeskFault/invalid(_:)`` with the faults of all fields at once.
    public func create(_ new: NewToken, for owner: Subject, by requester: Requester) async throws(DeskFault)
        -> Issued
    {
        let now = clock.now
        let wanted = try check(new, for: owner, by: requester, at: now)
        guard !owner.isSuspended else {
            throw .forbidden("This account is suspended: it cannot create tokens.")
        }
        let token = Token(
            id: .make(at: now), owner: owner.id, name: wanted.name, scopes: wanted.scopes,
            addresses: wanted.addresses, createdAt: now, origin: requester.origin, expiresAt: wanted.expiresAt
        )
        let secret = format.makeSecret()
        let event = event(.tokenCreated, token, requester, at: now, detail: wanted.name.text)
        do throws(LedgerError) {
            try await ledger.add(token, digest: secret.digest, event: event)
        } catch {
            throw fault(error)
        }
        return Issued(token: token, secret: secret)
    }

    private func check(
        _ new: NewToken, for owner: Subject, by requester: Requester, at now: Timestamp
    ) throws(DeskFault) -> Checked {
        var check = newTokenCheck(for: owner, grantable: requester.grantable(to: owner))
        let name = check.name(new.name, format: format)
        let scopes = check.scopes(new.scopes)
        let addresses = check.addresses(new.addresses)
        let expiresAt = check.expiry(new.expiresAt, after: now)
        guard check.faults.isEmpty, let name else { throw .invalid(check.faults) }
        return Checked(name: name, scopes: scopes, addresses: addresses, expiresAt: expiresAt)
    }

    func newTokenCheck(for owner: Subject, grantable: Set<DeskScope>) -> NewTokenCheck {
        NewTokenCheck(
            offered: knowsServices ? services(for: owner) : nil,
            others: services.filter { !$0.admits(owner) }, owner: owner.login.text, grantable: grantable)
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
        guard token.id == id else {
            try await end(SecretID(number: id.number), of: token, by: requester)
            return token
        }
        let now = clock.now
        let reason: Token.Revocation.Reason =
            switch requester.means {
            case .token(let own) where own.id == id: .byItself
            case .commandLine: .byAdministrator
            default: requester.subject?.id == token.owner ? .byOwner : .byAdministrator
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
            kind, at: now, actor: requester.subject?.id, subject: token.owner, token: token.id,
            address: requester.address, detail: detail)
    }

    func fault(_ error: LedgerError) -> DeskFault {
        switch error {
        case .nameTaken: .invalid([.nameTaken])
        case .tooManyTokens: .invalid([FieldFault("name", "cannot be used: \(error)")])
        case .noSuchToken: .noSuchToken
        case .notActive: .notActive
        case .beingRotated: .beingRotated
        default: .ledger(error)
        }
    }
}
