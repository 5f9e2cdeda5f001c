public import Foundation
public import Ledger
internal import SQLLedger
public import Sodium
import Synchronization
public import TokenIndex
public import Tokens

/// A house for tests: a real ledger in a temporary folder, its index, and a clock that stands still.
public final class TestHouse: LedgerFixture {
    /// The folder; it goes when the house does.
    public let folder: URL
    /// The ledger on SQLite.
    public let ledger: any Ledger
    /// What the gate sees of it.
    public let index: TokenIndex
    /// A key as the key file holds it.
    public let key: KeyedHash
    private let moment: Mutex<Timestamp>
    private let ahead = Mutex(TimeSpan.seconds(0))

    /// An empty house at 2026-01-31T08:00:00Z.
    public init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "jeton-test-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let index = TokenIndex()
        self.index = index
        ledger = try SQLiteLedger(path: folder.appending(path: "jeton.db").path) { index.apply($0) }
        guard let key = KeyedHash(key: [UInt8](repeating: 7, count: KeyedHash.keyLength)),
            let start = Timestamp(rfc3339: "2026-01-31T08:00:00Z")
        else { throw CocoaError(.coderInvalidValue) }
        self.key = key
        moment = Mutex(start)
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }

    /// The house's clock.
    public var clock: Clock {
        Clock {
            self.moment.withLock { $0 }
        } steady: {
            self.moment.withLock { $0 } - self.ahead.withLock { $0 }
        }
    }

    /// The clock's time.
    public var now: Timestamp { clock.now }

    /// Sets the clock ahead by that, or back, while no time passes.
    public func setClock(ahead span: TimeSpan) {
        ahead.withLock { $0 = $0 + span }
        pass(span)
    }

    /// Moves the clock on.
    public func pass(_ span: TimeSpan) {
        moment.withLock { $0 = $0 + span }
    }

    /// Adds a person as an identity provider does.
    public func provision(
        _ login: String, externalID: String? = nil, active: Bool = true
    ) async throws -> Subject {
        let now = clock.now
        let provision = Provision(
            login: try Login(login), name: login, email: nil, isActive: active, externalID: externalID,
            details: "{}")
        let subject = Subject(
            id: .make(at: now), login: provision.login, createdAt: now, deactivatedAt: active ? nil : now)
        try await ledger.add(
            subject, provisioned: provision,
            event: Event(.subjectAdded, at: now, actor: nil, subject: subject.id))
        return subject
    }

    /// Suspends a person.
    public func suspend(_ subject: Subject) async throws {
        var subject = subject
        subject.suspendedAt = clock.now
        try await ledger.update(subject, event: Event(.subjectSuspended, at: clock.now, actor: nil))
    }

    /// Signs a person in now, as by a provider.
    public func signIn(_ subject: Subject) async throws {
        let now = clock.now
        let session = Session(
            id: .make(at: now), digest: SHA256Digest(of: Sodium.randomBytes(count: 32).span),
            subject: subject.id, createdAt: now, lastSeenAt: now, address: "", client: "", providerSession: ""
        )
        try await ledger.add(session, event: Event(.signedIn, at: now, actor: subject.id))
    }

    /// Sets the operator's rules about tokens.
    public func setTokenPolicy(_ policy: TokenPolicy) async throws {
        try await ledger.setTokenPolicy(policy, event: Event(.tokenPolicyChanged, at: clock.now, actor: nil))
    }

    /// Sets who must approve new tokens, as the only rule.
    public func setApproval(_ rules: ApprovalRules) async throws {
        var policy = TokenPolicy()
        policy.all.approval = rules.all
        for (service, groups) in rules.services {
            policy.services[service, default: TokenRules()].approval = groups
        }
        try await setTokenPolicy(policy)
    }

    /// Demands from now on that people sign in so often.
    public func setSignInPolicy(every span: TimeSpan?) async throws {
        try await ledger.setSignInPolicy(
            every: span, event: Event(.signInPolicyChanged, at: clock.now, actor: nil))
    }

    /// Makes a token past the desk's rules.
    public func token(
        _ name: String, of owner: Subject, scopes: [String] = [], addresses: [String] = [],
        expiresAt: Timestamp? = nil
    ) async throws -> (token: Token, secret: TokenSecret) {
        let now = clock.now
        let secret = TokenFormat.standard.makeSecret()
        let token = Token(
            id: .make(at: now), owner: owner.id, name: try TokenName(name),
            scopes: Scopes(scopes.compactMap { Scope($0) }),
            addresses: addresses.compactMap { AddressRange($0) }, createdAt: now, origin: .commandLine,
            expiresAt: expiresAt)
        try await ledger.add(
            token, digest: secret.digest, event: Event(.tokenCreated, at: now, actor: nil, token: token.id))
        return (token, secret)
    }

    /// All that the ledger keeps of the token of that digest, where the gate knows it, and knows it so.
    public func kept(_ digest: TokenDigest) async throws -> Token? {
        guard let record = index.known(digest).record else { return nil }
        let token = try await ledger.token(record.id)
        // Of what is revoked the index knows nothing more.
        if record.isPrevious { return token }
        let isSame = record.isRevoked ? token?.record.isRevoked == true : token?.record == record
        return isSame ? token : nil
    }

    /// The secret of that digest as the gate knows it.
    public func record(_ digest: TokenDigest) -> TokenRecord? { index.known(digest).record }

    /// Whose the gate takes the token of that digest for, as it now knows them.
    public func owner(_ digest: TokenDigest) -> Subject? {
        if case .kept(let holder) = index.known(digest) { holder.owner } else { nil }
    }
}

/// `login:secret` as Basic auth carries it.
public func basic(_ login: String, _ secret: TokenSecret) -> String {
    basic(login, secret.reveal())
}

/// `login:password` as Basic auth carries it.
public func basic(_ login: String, _ password: String) -> String {
    "Basic " + Data("\(login):\(password)".utf8).base64EncodedString()
}
