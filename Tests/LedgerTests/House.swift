import Ledger
import Sodium
import TestHouse
import Testing
import Tokens

/// A ledger under test, with helpers that fill it.
struct House: LedgerFixture {
    let ledger: any Ledger
    let notified: Notifications
    let folder: String
    var now: Timestamp { .noon }

    /// Adds an administrator, who can sign in where there is a password.
    @discardableResult
    func administrator(_ login: String, password: PasswordHash? = .one) async throws -> Subject {
        let person = try await person(login)
        try await ledger.appoint(
            person.id, administrator: true, event: .note(.subjectPromoted, about: person))
        if let password {
            try await ledger.setPassword(
                password, of: person.id, keeping: nil, event: .note(.passwordSet, about: person))
        }
        return try #require(try await ledger.subject(person.id))
    }

    @discardableResult
    func token(
        _ name: String = "CI", of owner: Subject, at moment: Timestamp = .noon, expires: Timestamp? = nil
    ) async throws -> Token {
        let token = try Token.made(name, of: owner, at: moment, expires: expires)
        try await ledger.add(token, digest: .fresh(), event: .created(token))
        return token
    }

    /// Gives a token a new secret and a new identifier.
    @discardableResult
    func regenerate(
        _ old: Token, of owner: Subject, at moment: Timestamp, oldEnds: Timestamp, expires: Timestamp? = nil
    ) async throws -> Token {
        try await rotate(
            old, of: owner, at: moment, previousEnds: oldEnds, expires: expires, renaming: true)
    }

    /// Gives a token a new secret.
    @discardableResult
    func rotate(
        _ token: Token, of owner: Subject, at moment: Timestamp, previousEnds: Timestamp,
        whenMoved: Bool = false, expires: Timestamp? = nil, renaming: Bool = false,
        digest: TokenDigest = .fresh()
    ) async throws -> Token {
        let rotation = Rotation(
            secret: .next(at: moment), digest: digest, at: moment, previousEndsAt: previousEnds,
            endsWhenMoved: whenMoved, expiresAt: expires ?? token.expiresAt, expirySetAt: moment,
            renames: renaming)
        let event = Event(
            id: .next(at: moment), renaming ? .tokenRegenerated : .tokenRotated, at: moment, actor: owner.id,
            subject: owner.id, token: renaming ? rotation.secret.alias : token.id)
        return try await ledger.rotate(token.id, rotation, event: event)
    }

    func session(
        of subject: Subject, at moment: Timestamp = .noon, by password: PasswordHash? = nil,
        providerSession: String? = nil
    ) async throws -> Session {
        let session = Session(
            id: .next(at: moment), digest: .fresh(), subject: subject.id, createdAt: moment,
            lastSeenAt: moment, address: "192.0.2.1", client: "Firefox 140", providerSession: providerSession)
        try await ledger.add(
            session, by: password,
            event: Event(id: .next(at: moment), .signedIn, at: moment, actor: subject.id, subject: subject.id)
        )
        return session
    }

    /// All events, the newest first.
    func events() async throws -> [Event] {
        try await ledger.events(about: nil, before: nil, limit: 1000)
    }

    /// Everything that the ledger loads at the start.
    func loaded() async throws -> Loaded {
        let reading = Loaded.Reading()
        try await ledger.load(into: reading)
        return reading.loaded
    }
}

extension Timestamp {
    /// 2026-07-01T12:00:00Z: the time of the tests.
    static let noon = Timestamp(seconds: 1_782_907_200)
}

extension SHA256Digest {
    static func fresh() -> SHA256Digest { SHA256Digest(of: Sodium.randomBytes(count: 32).span) }
}

extension TokenDigest {
    static func fresh() -> TokenDigest { TokenFormat.standard.makeSecret().digest }
}

extension Token {
    static func made(
        _ name: String, of owner: Subject, at moment: Timestamp = .noon, expires: Timestamp? = nil,
        origin: Token.Origin = .desk
    ) throws -> Token {
        Token(
            id: .next(at: moment), owner: owner.id, name: try TokenName(name), scopes: .everyService,
            createdAt: moment, origin: origin, expiresAt: expires)
    }
}

extension Event {
    static func created(_ token: Token) -> Event {
        Event(
            id: .next(at: token.createdAt), .tokenCreated, at: token.createdAt, actor: token.owner,
            subject: token.owner, token: token.id,
            detail: token.name.text)
    }

    static func note(
        _ kind: Kind = .signInRefused, at moment: Timestamp = .noon, about subject: Subject? = nil
    ) -> Event {
        Event(id: .next(at: moment), kind, at: moment, actor: nil, subject: subject?.id)
    }
}

extension PasswordHash {
    static let one = PasswordHash(text: "$argon2id$one")
    static let two = PasswordHash(text: "$argon2id$two")
}

/// Checks that `body` throws that error and changes nothing: no event, no notification.
func expect(
    _ error: LedgerError, in house: House, sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () async throws -> Void
) async throws {
    let events = try await house.events()
    let notified = house.notified.changes.count
    await #expect(throws: error, sourceLocation: sourceLocation) { try await body() }
    #expect(try await house.events() == events, sourceLocation: sourceLocation)
    #expect(house.notified.changes.count == notified, sourceLocation: sourceLocation)
}
