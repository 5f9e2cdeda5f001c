public import Ledger
public import SignIn
public import Tokens

/// Why a program gets no token for an assertion of the identity provider. Each is a sentence without a full stop.
public enum AssertionFault: Error, Hashable, Sendable, CustomStringConvertible {
    case assertion(IdentityAssertionFault)
    /// It came before.
    case used
    /// Nobody here has the identity, or they are no person who may have tokens at the moment.
    case nobody
    /// The rules for new tokens refuse it; with their sentence.
    case refused(String)
    /// The person has as many tokens as possible.
    case tooMany
    case ledger(LedgerError)

    /// Whether the provider does not answer, so that trying again may help.
    public var isTemporary: Bool { if case .assertion(let fault) = self { fault.isTemporary } else { false } }

    public var description: String {
        switch self {
        case .assertion(let fault): fault.description
        case .used: "the assertion was used before: ask the identity provider for a new one"
        case .nobody:
            "the person (sub) is not known here, or may not have tokens at the moment: "
                + "they have to sign in to the token desk first"
        case .refused(let sentence): sentence
        case .tooMany: "the person has as many tokens as possible: let some end, or revoke them on My Tokens"
        case .ledger(let error): "\(error)"
        }
    }
}

/// Tokens for assertions by which the identity provider says that a program may act for a person
/// (draft-ietf-oauth-identity-assertion-authz-grant-04).
public struct AssertionDesk: Sendable {
    private let ledger: any TrustLedger
    private let tokens: TokenDesk
    private let provider: ProviderSignIn
    private let clock: Clock
    /// This desk's address, which an assertion has to name as its audience.
    private let address: String

    /// How long a token works.
    public static let lifetime = TimeSpan.minutes(15)

    public init(
        ledger: any TrustLedger, tokens: TokenDesk, provider: ProviderSignIn, clock: Clock, address: String
    ) {
        self.ledger = ledger
        self.tokens = tokens
        self.provider = provider
        self.clock = clock
        self.address = address
    }

    /// The `typ` of an assertion in lower case; `nil` for none, or where it is no signed token.
    public static func type(of jwt: String) -> String? { ProviderSignIn.type(of: jwt) }

    /// Verifies an assertion. It does not count as used.
    public func verify(_ jwt: String) async throws(AssertionFault) -> IdentityAssertion {
        do throws(IdentityAssertionFault) {
            return try await provider.verify(assertion: jwt, for: address)
        } catch {
            throw .assertion(error)
        }
    }

    /// Gives `client` a token of the person whom a verified assertion is about, once. The token has `scopes`, is the person's,
    /// and ends after ``lifetime``. The rules for new tokens apply.
    public func issue(
        _ assertion: IdentityAssertion, to client: Token.Client, _ scopes: Scopes
    ) async throws(AssertionFault) -> TokenDesk.Issued {
        let person = try await person(of: assertion)
        let now = clock.now
        let requester = Requester.client(client, of: person, address: client.address)
        let new = TokenDesk.NewToken(
            name: String(client.title.prefix(TokenName.limit)), scopes: scopes.list.map(\.text),
            expiresAt: now + Self.lifetime)
        let checked: TokenDesk.CheckedToken
        do throws(DeskFault) {
            checked = try await tokens.check(new, for: person, by: requester, at: now)
        } catch .ledger(let error) {
            throw .ledger(error)
        } catch {
            throw .refused(error.description)
        }
        guard checked.approvers.isEmpty else {
            throw .refused("others have to approve such a token: \(checked.approvers.words)")
        }
        guard now < assertion.acceptedUntil else { throw .used }
        let wanted = checked.wanted
        let token = Token(
            id: .make(at: now), owner: person.id, name: wanted.name, scopes: wanted.scopes, createdAt: now,
            origin: .assertion(client), expiresAt: wanted.expiresAt)
        return try await add(token, for: assertion, requester)
    }

    private func add(
        _ token: Token, for assertion: IdentityAssertion, _ requester: Requester
    ) async throws(AssertionFault) -> TokenDesk.Issued {
        let secret = tokens.format.makeSecret()
        let event = tokens.event(
            .tokenCreated, token, requester, at: token.createdAt,
            detail: "\(token.granted), for an assertion of the identity provider")
        do throws(LedgerError) {
            try await ledger.issue(
                Trade(
                    token: token, digest: secret.digest, mark: assertion.mark,
                    markedUntil: assertion.acceptedUntil), event: event)
        } catch {
            switch error {
            case .identityUsed: throw .used
            case .ownerInactive: throw .nobody
            case .tooManyTokens: throw .tooMany
            default: throw .ledger(error)
            }
        }
        return TokenDesk.Issued(token: token, secret: secret)
    }

    /// The person, who may have tokens: not suspended, not removed, and signed in as often as they have to.
    private func person(of assertion: IdentityAssertion) async throws(AssertionFault) -> Subject {
        do throws(LedgerError) {
            guard let person = try await provider.person(of: assertion), person.isPerson, person.mayTrade
            else { throw LedgerError.ownerInactive }
            let policy = try await tokens.ledger.signInPolicy()
            guard !person.isDormant(policy, at: clock.now) else { throw LedgerError.ownerInactive }
            return person
        } catch {
            guard error == .ownerInactive else { throw .ledger(error) }
            throw .nobody
        }
    }
}
