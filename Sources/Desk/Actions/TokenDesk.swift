public import Ledger
public import Tokens

/// What can be done with tokens, for the pages, the API and the command line alike.
public struct TokenDesk: Sendable {
    /// What tokens can be made for.
    public let services: [Service]
    let ledger: any Ledger
    let clock: Clock
    let format: TokenFormat

    /// How long the old secret may keep working beside a new one.
    public static let overlaps: [TimeSpan] = [.seconds(0), .hours(1), .hours(24), .days(7)]
    /// The furthest that an expiry may lie ahead.
    public static let furthestExpiry = TimeSpan.days(36_525)

    /// A desk over `ledger`.
    public init(ledger: any Ledger, services: [Service], clock: Clock, format: TokenFormat) {
        self.ledger = ledger
        self.services = services
        self.clock = clock
        self.format = format
    }

    /// What somebody asks for, as they typed it.
    public struct Draft: Hashable, Sendable {
        /// The name.
        public var name: String
        /// The scopes in text; none of them means every service.
        public var scopes: [String]
        /// The expiry, if any.
        public var expiresAt: Timestamp?

        /// A draft of those parts.
        public init(name: String, scopes: [String] = [], expiresAt: Timestamp? = nil) {
            self.name = name
            self.scopes = scopes
            self.expiresAt = expiresAt
        }
    }

    /// A token that was made, with its secret, this once.
    public struct Issued: Sendable {
        /// The token.
        public let token: Token
        /// Its secret.
        public let secret: TokenSecret
    }

    // MARK: Create

    /// Makes a token for `owner`. Says of every field at once what is wrong with it.
    public func create(_ draft: Draft, for owner: Subject, by actor: Actor) async throws(DeskFault) -> Issued
    {
        let now = clock.now
        let (name, scopes) = try check(draft, by: actor, at: now)
        guard !owner.isSuspended else {
            throw .forbidden("This account is suspended: it cannot hold new tokens.")
        }
        let token = Token(
            id: .make(at: now), owner: owner.id, name: name, scopes: scopes, createdAt: now,
            origin: actor.origin, expiresAt: draft.expiresAt)
        let secret = format.makeSecret()
        let event = event(.tokenCreated, token, actor, at: now, detail: name.text)
        do throws(LedgerError) {
            try await ledger.add(token, digest: secret.digest, event: event)
        } catch {
            throw fault(error)
        }
        return Issued(token: token, secret: secret)
    }

    private func check(
        _ draft: Draft, by actor: Actor, at now: Timestamp
    ) throws(DeskFault) -> (TokenName, Scopes) {
        var faults: [FieldFault] = []
        var name: TokenName?
        do throws(TextFault) {
            name = try TokenName(draft.name)
        } catch {
            faults.append(FieldFault("name", error.description))
        }
        // Names are kept and shown, and a secret must be neither.
        if format.isFound(in: draft.name) { faults.append(FieldFault("name", "must not hold a token")) }
        let scopes = scopes(draft.scopes, by: actor, faults: &faults)
        if let expiry = draft.expiresAt {
            if expiry <= now {
                faults.append(FieldFault("expires_at", "must lie in the future"))
            } else if expiry - now > Self.furthestExpiry {
                faults.append(
                    FieldFault("expires_at", "must lie within a hundred years: leave it out for no expiry"))
            }
        }
        guard faults.isEmpty, let name else { throw .invalid(faults) }
        return (name, scopes)
    }

    private func scopes(_ texts: [String], by actor: Actor, faults: inout [FieldFault]) -> Scopes {
        guard texts.count <= Scopes.limit else {
            faults.append(FieldFault("scopes", "must be at most \(Scopes.limit)"))
            return .everyService
        }
        let known = Set(services.map(\.name))
        var scopes: [Scope] = []
        for text in texts {
            switch Scope(text) {
            case .manage? where !actor.mayGrantManaging:
                faults.append(
                    FieldFault("scopes", "“jeton:manage” can be granted only by a person who is signed in"))
            case .service(let name, _)? where !known.contains(name):
                faults.append(FieldFault("scopes", "“\(shown(text))” is unknown: use \(offered)"))
            case let scope?:
                scopes.append(scope)
            case nil:
                faults.append(FieldFault("scopes", "“\(shown(text))” is unknown: use \(offered)"))
            }
        }
        return Scopes(scopes)
    }

    /// What a person typed, short and without what could not be shown.
    private func shown(_ text: String) -> String {
        String(
            text.unicodeScalars.filter { $0.properties.generalCategory != .control }.map(Character.init)
                .prefix(60))
    }

    /// The scopes there are, for the sentence that says so.
    private var offered: String {
        // Without a configuration at hand any service goes, and the form is what can be told.
        let names = services.isEmpty ? ["SERVICE"] : services.map(\.name.text).sorted().prefix(20)
        return names.map { "\($0), \($0):read, \($0):write" }.joined(separator: ", ") + ", jeton:manage"
    }

    // MARK: Regenerate

    /// Makes a new secret with the name and scopes of `id`, as a token that takes its place. The old
    /// one ends now, or after `overlap`. One that had an expiry gets as long a life again.
    public func regenerate(
        _ id: TokenID, of owner: Subject, overlap: TimeSpan, by actor: Actor
    ) async throws(DeskFault) -> Issued {
        let old = try await token(id, of: owner)
        guard !owner.isSuspended else {
            throw .forbidden("This account is suspended: it cannot hold new tokens.")
        }
        guard actor.mayGrantManaging || !old.scopes.canManage else {
            throw .forbidden(
                "A token that may manage tokens can be regenerated only by a person who is signed in.")
        }
        guard old.trade == nil else {
            throw .forbidden(
                "A program got this token in exchange for another: let the program ask again, "
                    + "or regenerate the token that it was given.")
        }
        guard overlap >= .seconds(0), overlap <= .days(7) else {
            throw .invalid([FieldFault("overlap_seconds", "must be from 0 to 604800 (7 days)")])
        }
        let now = clock.now
        let token = Token(
            id: .make(at: now), owner: owner.id, name: old.name, scopes: old.scopes, createdAt: now,
            origin: actor.origin, expiresAt: old.expiresAt.map { now + ($0 - old.createdAt) })
        let secret = format.makeSecret()
        let event = event(.tokenRegenerated, token, actor, at: now, detail: "\(old.name) (was \(old.id))")
        do throws(LedgerError) {
            try await ledger.replace(
                old.id, with: token, digest: secret.digest, oldEnds: now + overlap, event: event)
        } catch {
            throw fault(error)
        }
        return Issued(token: token, secret: secret)
    }

    // MARK: Revoke

    /// Revokes a token of `owner`, or of anybody where the actor is an administrator or the machine's
    /// operator (`owner` is `nil` then). Idempotent. When this returns, the token is refused.
    @discardableResult
    public func revoke(_ id: TokenID, of owner: Subject?, by actor: Actor) async throws(DeskFault) -> Token {
        let token = try await token(id, of: owner)
        let now = clock.now
        let reason: Token.Revocation.Reason =
            switch actor.means {
            case .token(let own) where own.id == id: .byItself
            case .commandLine: .byAdministrator
            default: actor.subject?.id == token.owner ? .byOwner : .byAdministrator
            }
        do throws(LedgerError) {
            return try await ledger.revoke(
                id, Token.Revocation(at: now, by: actor.subject?.id, reason: reason),
                event: event(.tokenRevoked, token, actor, at: now, detail: token.name.text))
        } catch {
            throw fault(error)
        }
    }

    // MARK: Look

    /// A token of `owner`, or of anybody where that is `nil`.
    public func token(_ id: TokenID, of owner: Subject?) async throws(DeskFault) -> Token {
        do throws(LedgerError) {
            guard let token = try await ledger.token(id), owner == nil || token.owner == owner?.id else {
                throw LedgerError.noSuchToken
            }
            return token
        } catch {
            throw fault(error)
        }
    }

    func event(
        _ kind: Event.Kind, _ token: Token, _ actor: Actor, at now: Timestamp, detail: String
    ) -> Event {
        Event(
            kind, at: now, actor: actor.subject?.id, subject: token.owner, token: token.id,
            address: actor.address, detail: detail)
    }

    func fault(_ error: LedgerError) -> DeskFault {
        switch error {
        case .nameTaken, .tooManyTokens: .invalid([FieldFault("name", error.asRestOfSentence)])
        case .noSuchToken: .noSuchToken
        case .notLive: .notLive
        default: .ledger(error)
        }
    }
}

extension LedgerError {
    /// The description as what follows a field's name.
    fileprivate var asRestOfSentence: String {
        switch self {
        case .nameTaken: "belongs to another live token: choose another, or revoke that one first"
        default: "cannot be taken: \(description)"
        }
    }
}
