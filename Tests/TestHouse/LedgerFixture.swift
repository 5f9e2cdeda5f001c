public import Ledger
internal import Sodium
import Synchronization
public import Tokens

/// A ledger of any engine at a time that a test chooses, with helpers that fill it.
///
/// ``TestHouse`` is one on SQLite with an index and a clock; the conformance suite of the ledger has one for each
/// engine.
public protocol LedgerFixture: Sendable {
    var ledger: any Ledger { get }
    /// The time of what the helpers add.
    var now: Timestamp { get }
}

extension LedgerFixture {
    /// Adds a person, with a password that is cheap to check where one is given.
    @discardableResult
    public func person(
        _ login: String, name: String? = nil, email: String? = nil, groups: [String] = [],
        administrator: Bool = false, password: String? = nil
    ) async throws -> Subject {
        let now = now
        let subject = Subject(
            id: .next(at: now), login: try Login(login), name: name, email: email, groups: groups,
            isAdministrator: administrator, createdAt: now)
        try await ledger.add(
            subject,
            event: Event(id: .next(at: now), .subjectAdded, at: now, actor: nil, subject: subject.id))
        if let password, let hash = PasswordHash(of: Array(password.utf8), cost: .least) {
            try await ledger.setPassword(
                hash, of: subject.id, keeping: nil,
                event: Event(id: .next(at: now), .passwordSet, at: now, actor: nil))
        }
        return subject
    }

    /// Adds a service account for builds, whose stewards are those named and the members of the groups `owners`.
    @discardableResult
    public func account(
        _ login: String, owners: [String] = ["build-team"], stewards: [Subject] = [], groups: [String] = []
    ) async throws -> Subject {
        let now = now
        let subject = Subject(
            id: .next(at: now), login: try Login(login), groups: groups, createdAt: now,
            account: ServiceAccount(purpose: "Builds", owners: owners, stewards: stewards.map(\.id)))
        try await ledger.add(
            subject,
            event: Event(id: .next(at: now), .subjectAdded, at: now, actor: nil, subject: subject.id))
        return subject
    }

    /// Revokes a token, now or at that time. Returns it as it now is.
    @discardableResult
    public func revoke(
        _ token: Token, at moment: Timestamp? = nil, by reason: Token.Revocation.Reason = .byOwner
    ) async throws -> Token {
        let moment = moment ?? now
        return try await ledger.revoke(
            token.id, Token.Revocation(at: moment, by: token.owner, reason: reason),
            event: Event(
                id: .next(at: moment), .tokenRevoked, at: moment, actor: token.owner, subject: token.owner,
                token: token.id))
    }
}

extension Identifier {
    /// Ascending identifiers. A test's clock does not move by itself, and among thousands in one millisecond two
    /// of `make(at:)` would occasionally be equal.
    public static func next(at moment: Timestamp) -> Self {
        let number = lastNumber.add(1, ordering: .relaxed).newValue
        return Self(number: moment.milliseconds << 21 | Int64(number))
    }
}

private let lastNumber = Atomic(0)
