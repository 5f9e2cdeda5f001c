public import Ledger
public import Tokens

/// What can be done with tokens, for the pages, the API and the command line alike.
public struct TokenDesk: Sendable {
    /// What the house guards.
    public let services: [Service]
    private let knowsServices: Bool
    let ledger: any Ledger
    let clock: Clock
    /// The form of this desk's tokens.
    public let format: TokenFormat

    /// The furthest that an expiry may lie ahead.
    public static let furthestExpiry = TimeSpan.days(36_525)

    /// A desk over `ledger`. Where `services` are not known, `nil`, a token can be made for any that a
    /// scope names.
    public init(ledger: any Ledger, services: [Service]?, clock: Clock, format: TokenFormat) {
        self.ledger = ledger
        self.services = services ?? []
        knowsServices = services != nil
        self.clock = clock
        self.format = format
    }

    /// What somebody asks for, as they typed it.
    public struct Draft: Hashable, Sendable {
        /// The name.
        public var name: String
        /// The scopes in text; none of them means every service.
        public var scopes: [String]
        /// The addresses and ranges that it may be used from; none of them means anywhere.
        public var addresses: [String]
        /// The expiry, if any.
        public var expiresAt: Timestamp?

        /// A draft of those parts.
        public init(
            name: String, scopes: [String] = [], addresses: [String] = [], expiresAt: Timestamp? = nil
        ) {
            self.name = name
            self.scopes = scopes
            self.addresses = addresses
            self.expiresAt = expiresAt
        }
    }

    /// A draft that can be had.
    private struct Checked {
        let name: TokenName
        let scopes: Scopes
        let addresses: [AddressRange]
        let expiresAt: Timestamp?
    }

    /// A token that was made, with its secret, this once.
    public struct Issued: Sendable {
        /// The token.
        public let token: Token
        /// Its secret.
        public let secret: TokenSecret
    }

    /// What `owner` may hold tokens for.
    public func services(for owner: Subject) -> [Service] {
        services.filter { $0.admits(owner) }
    }

    // MARK: Create

    /// Makes a token for `owner`. Says of every field at once what is wrong with it.
    public func create(_ draft: Draft, for owner: Subject, by requester: Requester) async throws(DeskFault)
        -> Issued
    {
        let now = clock.now
        let wanted = try check(draft, for: owner, by: requester, at: now)
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
        _ draft: Draft, for owner: Subject, by requester: Requester, at now: Timestamp
    ) throws(DeskFault) -> Checked {
        var check = DraftCheck(
            offered: knowsServices ? services(for: owner) : nil,
            others: services.filter { !$0.admits(owner) }, owner: owner.login.text,
            mayGrantManaging: requester.mayGrantManaging,
            mayGrantProvisioning: requester.mayGrantProvisioning(to: owner))
        let name = check.name(draft.name, format: format)
        let scopes = check.scopes(draft.scopes)
        let addresses = check.addresses(draft.addresses)
        let expiresAt = check.expiry(draft.expiresAt, after: now)
        guard check.faults.isEmpty, let name else { throw .invalid(check.faults) }
        return Checked(name: name, scopes: scopes, addresses: addresses, expiresAt: expiresAt)
    }

    // MARK: Regenerate

    /// Makes a new secret with the name, scopes and addresses of `id`, as a token that takes its place. The old
    /// one ends now, or after `overlap`. One that had an expiry gets as long a life again.
    public func regenerate(
        _ id: TokenID, of owner: Subject, overlap: Overlap, by requester: Requester
    ) async throws(DeskFault) -> Issued {
        let old = try await token(id, of: owner)
        guard !owner.isSuspended else {
            throw .forbidden("This account is suspended: it cannot create tokens.")
        }
        guard requester.mayGrantManaging || !old.scopes.canManage else {
            throw .forbidden(
                "A token that may manage tokens can be regenerated only by a person who is signed in.")
        }
        guard requester.mayGrantProvisioning(to: owner) || !old.scopes.canProvision else {
            throw .forbidden(
                "A token that may provision can be regenerated only by an administrator who is signed in.")
        }
        guard old.exchange == nil else {
            throw .forbidden(
                "A program got this token in exchange for another: let the program ask again, "
                    + "or regenerate the token that you gave it.")
        }
        let now = clock.now
        let token = Token(
            id: .make(at: now), owner: owner.id, name: old.name, scopes: old.scopes,
            addresses: old.addresses, createdAt: now, origin: requester.origin,
            expiresAt: old.expiresAt.map { now + ($0 - old.createdAt) })
        let secret = format.makeSecret()
        let event = event(.tokenRegenerated, token, requester, at: now, detail: "\(old.name) (was \(old.id))")
        do throws(LedgerError) {
            try await ledger.replace(
                old.id, with: token, digest: secret.digest, oldEnds: now + overlap.span, event: event)
        } catch {
            throw fault(error)
        }
        return Issued(token: token, secret: secret)
    }

    // MARK: Revoke

    /// Revokes a token of `owner`, or of anybody where the requester is an administrator or the machine's
    /// operator (`owner` is `nil` then). Idempotent. When this returns, the token is refused.
    @discardableResult
    public func revoke(_ id: TokenID, of owner: Subject?, by requester: Requester) async throws(DeskFault)
        -> Token
    {
        let token = try await token(id, of: owner)
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
        default: .ledger(error)
        }
    }
}
