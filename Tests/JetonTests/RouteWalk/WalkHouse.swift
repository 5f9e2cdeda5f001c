import Desk
import Foundation
import HTTPServer
import JSON
import Ledger
import Sodium
import Synchronization
import TestHouse
import Tokens

@testable import SignIn
@testable import jeton

/// The real composition over a ledger in a temporary folder, without a socket, and callers of all kinds.
final class WalkHouse: LedgerFixture {
    let run: ServerRun
    let application: Application
    private let folder = FileManager.default.temporaryDirectory.appending(path: "jeton-walk-\(UUID())").path
    private let number = Mutex(0)

    var components: Components { run.components }
    var ledger: any Ledger { components.ledger }
    var now: Timestamp { components.clock.now }

    static let serviceSecret = "a-secret-of-the-service-maven"

    /// The house of a server with this file, and with a service that may introspect.
    init(_ file: String) async throws {
        var reader = ConfigurationReader()
        reader.read(file: "jeton.yaml", Array(file.utf8))
        var configuration = try reader.finish()
        configuration[try ServiceName("maven")].secret = ServiceSecret(Self.serviceSecret)
        run = try ServerRun(configuration, data: DataFolder(folder))
        application = run.components.application
        try await run.load()
        try await addLastAdministrator()
    }

    /// Adds an administrator who could sign in, so that nobody else is the last one.
    private func addLastAdministrator() async throws {
        let administrator = Subject(
            id: .next(at: now), login: try Login("root"), isAdministrator: true, createdAt: now,
            isBreakGlass: true)
        try await ledger.add(
            administrator, event: Event(.subjectAdded, at: now, actor: nil, subject: administrator.id))
        guard let hash = PasswordHash(of: Array("correct horse battery".utf8), cost: .least) else { return }
        try await ledger.setPassword(
            hash, of: administrator.id, keeping: nil, event: Event(.passwordSet, at: now, actor: nil))
    }

    /// Ends what the house holds.
    func close() async {
        await ledger.close()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// A word that was not used before.
    func unique() -> String {
        number.withLock { number in
            number += 1
            return "walk\(number)"
        }
    }

    // MARK: Things

    /// An incident that pauses a token.
    func incident() async throws -> Incident {
        let token = try await token(of: newPerson(), ["maven"]).token
        return try await ledger.open(
            NewIncident(title: "Walk", by: nil, at: now),
            pausing: BulkChange(
                .pause(.incident, until: nil), [token.id], event: Event(.tokenPaused, at: now, actor: nil)),
            event: Event(.incidentOpened, at: now, actor: nil)
        ).incident
    }

    /// What somebody is about to change: a token of somebody else's.
    func selection(of maker: Subject) async throws -> TokenSelection {
        let token = try await token(of: newPerson(), ["maven"]).token
        let selection = TokenSelection(by: maker.id, at: now, tokens: [token.id], spared: [])
        try await ledger.add(selection)
        return selection
    }

    // MARK: Callers

    /// A person who never signed in, as the desk knows people of a provider.
    func newPerson(administrator: Bool = false) async throws -> Subject {
        try await person(unique(), administrator: administrator)
    }

    func stranger() async throws -> WalkCaller {
        let owner = try await newPerson(administrator: true)
        return WalkCaller(
            owner: owner, token: try await token(of: owner, []).token,
            sibling: try await token(of: owner, []).token)
    }

    func visitor(administrator: Bool) async throws -> WalkCaller {
        let owner = try await newPerson(administrator: administrator)
        let cookies = try await components.sessions.begin(for: owner, at: Request("GET", "/"))
        return WalkCaller(
            owner: owner, token: try await token(of: owner, ["maven", "git"]).token,
            sibling: try await token(of: owner, []).token,
            cookie: cookies.first.map { String($0.prefix { $0 != ";" }) })
    }

    /// A caller with a token of an administrator's, which is that old, and lasts so long.
    func holder(
        _ scopes: [String], age: TimeSpan = .seconds(0), life: TimeSpan? = nil
    ) async throws -> WalkCaller {
        let owner = try await newPerson(administrator: true)
        let (token, secret) = try await token(of: owner, scopes, age: age, life: life)
        return WalkCaller(
            owner: owner, token: token, sibling: try await self.token(of: owner, []).token, secret: secret)
    }

    /// A caller with a token that was got for another one.
    func child() async throws -> WalkCaller {
        let parent = try await holder([])
        let issued = try await components.tokens.exchange(
            parent.token, of: parent.owner, application: "walk", device: unique(), from: "",
            by: .holder(of: parent.token, owner: parent.owner, address: ""))
        return WalkCaller(
            owner: parent.owner, token: issued.token, sibling: parent.token, secret: issued.secret)
    }

    /// A caller with the previous secret of a token that is being rotated.
    func previousHolder(_ scopes: [String]) async throws -> WalkCaller {
        let caller = try await holder(scopes)
        let issued = try await components.tokens.rotate(
            caller.token.id, of: caller.owner, overlap: .day, by: .person(caller.owner, address: ""))
        return WalkCaller(
            owner: caller.owner, token: issued.token, sibling: caller.sibling, secret: caller.secret)
    }

    /// A caller with a token that was never issued.
    func inventor() async throws -> WalkCaller {
        var caller = try await stranger()
        caller.secret = TokenFormat.standard.makeSecret()
        return caller
    }

    /// A decoy of theirs that is not revoked: one that they have, or a new one.
    func decoy(of owner: Subject) async throws -> Decoy {
        let known = try await ledger.decoys(of: owner.id, limit: 1).first
        if let known, known.revokedAt == nil { return known }
        let decoy = Decoy(
            id: .next(at: now), owner: owner.id, name: try TokenName("decoy"), createdAt: now)
        try await ledger.add(
            decoy, digest: TokenFormat.standard.makeSecret().digest,
            event: Event(.decoyCreated, at: now, actor: owner.id))
        return decoy
    }

    /// A caller with the token of a service account, whose steward may be an administrator.
    func serviceAccountHolder(
        _ scopes: [String], administrator: Bool = false
    ) async throws -> WalkCaller {
        try await holder(of: try await account(of: newPerson(administrator: administrator)), scopes)
    }

    /// A caller with a token of a service account that has had no steward for longer than the grace.
    func unattendedHolder(_ scopes: [String]) async throws -> WalkCaller {
        let long = now - .days(40)
        var stranger = try await newPerson()
        stranger.suspendedAt = long
        try await ledger.update(stranger, event: Event(.subjectSuspended, at: long, actor: nil))
        let account = Subject(
            id: .next(at: long), login: try Login("bot-\(unique())"), createdAt: long,
            account: ServiceAccount(purpose: "Walks", stewards: [stranger.id]))
        try await ledger.add(account, event: Event(.subjectAdded, at: long, actor: nil, subject: account.id))
        return try await holder(of: try await ledger.subject(account.id) ?? account, scopes)
    }

    private func holder(of owner: Subject, _ scopes: [String]) async throws -> WalkCaller {
        let (token, secret) = try await token(of: owner, scopes)
        return WalkCaller(
            owner: owner, token: token, sibling: try await self.token(of: owner, []).token, secret: secret)
    }

    func service() async throws -> WalkCaller {
        var caller = try await stranger()
        caller.authorization = basic("maven", Self.serviceSecret)
        return caller
    }

    /// Somebody whose token nobody else may change. It is being rotated, and paused, so that whatever is done to a token
    /// would change it.
    func victim() async throws -> WalkCaller {
        let caller = try await visitor(administrator: false)
        _ = try await components.tokens.rotate(
            caller.token.id, of: caller.owner, overlap: .day, by: .person(caller.owner, address: ""))
        try await pause(caller)
        return caller
    }

    /// What the ledger keeps of somebody.
    struct Belongings: Hashable, Sendable {
        let owner: Subject?
        let tokens: [Token]
        let previous: [PreviousSecret]
        let sessions: [SessionID]
    }

    func belongings(of caller: WalkCaller) async throws -> Belongings {
        let (owner, now) = (caller.owner.id, now)
        return Belongings(
            owner: try await ledger.subject(owner),
            tokens: try await ledger.tokens(TokenQuery(owner: owner, now: now)).map(\.token),
            previous: try await ledger.previousSecrets(of: caller.token.id, at: now),
            sessions: try await ledger.sessions(of: owner).map(\.id))
    }

    // MARK: Things

    /// Makes a token past the desk's rules.
    func token(
        of owner: Subject, _ scopes: [String], age: TimeSpan = .seconds(0), life: TimeSpan? = nil
    ) async throws -> (token: Token, secret: TokenSecret) {
        let made = now - age
        let secret = TokenFormat.standard.makeSecret()
        let token = Token(
            id: .next(at: made), owner: owner.id, name: try TokenName(unique()),
            scopes: Scopes(scopes.compactMap { Scope($0) }), createdAt: made, origin: .commandLine,
            expiresAt: life.map { made + $0 })
        try await ledger.add(
            token, digest: secret.digest, event: Event(.tokenCreated, at: made, actor: nil, token: token.id))
        return (token, secret)
    }

    /// A service account whose steward is that person, beside the members of a group.
    func account(of steward: Subject?) async throws -> Subject {
        try await account("bot-\(unique())", stewards: [steward].compactMap(\.self).filter(\.isPerson))
    }

    /// A request for a token, which nobody has answered: one of theirs, or a new one.
    func request(of requester: Subject) async throws -> TokenRequest {
        let open = RequestQuery(of: requester.id, states: [.open], now: now, limit: 1)
        if let known = try await ledger.requests(open).first { return known }
        let request = TokenRequest(
            id: .next(at: now), requester: requester.id, owner: requester.id,
            content: .create(
                RequestedToken(
                    name: try TokenName(unique()), scopes: .everyService, addresses: [], expiresAt: nil)),
            reason: "walk", createdAt: now)
        try await ledger.add(request, event: Event(.tokenRequested, at: now, actor: nil))
        return request
    }

    func pause(_ caller: WalkCaller) async throws {
        _ = try await components.tokens.pause(
            caller.token.id, of: caller.owner, for: .minutes(15), by: .person(caller.owner, address: ""))
    }

    /// Suspends a person in the ledger alone, so that sessions stay that the desk would have ended.
    func suspend(_ person: Subject) async throws {
        var person = person
        person.suspendedAt = now
        try await ledger.update(person, event: Event(.subjectSuspended, at: now, actor: nil))
    }

    func demote(_ person: Subject) async throws {
        _ = try await ledger.appoint(
            person.id, administrator: false, event: Event(.subjectDemoted, at: now, actor: nil))
    }

    func signOut(_ person: Subject) async throws {
        try await ledger.endSessions(
            of: person.id, keeping: nil, event: Event(.signedOutEverywhere, at: now, actor: person.id))
    }

    /// A person with an identity at the provider.
    func identifiedPerson() async throws -> Subject {
        let login = unique()
        let person = Subject(id: .next(at: now), login: try Login(login), createdAt: now)
        try await ledger.add(
            person, identity: Identity(issuer: "https://id.example.com", name: login),
            event: Event(.subjectAdded, at: now, actor: nil, subject: person.id))
        return person
    }

    /// A service account of which `steward` and somebody else are the stewards.
    func account(of steward: Subject) async throws -> Subject {
        let other = try await newPerson()
        let moment = now
        let account = Subject(
            id: .next(at: moment), login: try Login("bot-\(unique())"), createdAt: moment,
            account: ServiceAccount(purpose: "Walks", stewards: [steward.id, other.id]))
        try await ledger.add(
            account, event: Event(.subjectAdded, at: moment, actor: nil, subject: account.id))
        return try await ledger.subject(account.id) ?? account
    }

    func group() async throws -> ProvisionedGroup {
        let group = ProvisionedGroup(id: .next(at: now), name: unique(), createdAt: now)
        try await ledger.add(group, administrators: [], event: Event(.groupAdded, at: now, actor: nil))
        return group
    }
}
