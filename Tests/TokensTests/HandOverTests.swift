import Testing
import Tokens

@Suite("Tokens that were handed over, at the gate")
struct HandOverTests {
    /// One request with a secret that Alice knows, at a token of `bot-ci`.
    struct Row: CustomTestStringConvertible, Sendable {
        let testDescription: String
        var login = ""
        var isHandedOver = true
        var suspendedAt: Timestamp?
        var deactivatedAt: Timestamp?
        var endedAt: Timestamp?
        var handedOverAt = now - .days(10)
        var unattendedSince: Timestamp?
        var isRevoked = false
        var address: String?
        let denial: Denial?

        init(_ says: String, _ denial: Denial? = nil, _ change: (inout Row) -> Void = { _ in }) {
            testDescription = says
            self.denial = denial
            change(&self)
        }
    }

    static let rows = [
        Row("no login"),
        Row("the account's login") { $0.login = "bot-ci" },
        Row("the former owner's login") { $0.login = "alice" },
        Row("the former owner's login in another case") { $0.login = "ALICE" },
        Row("the former owner's e-mail address") { $0.login = "alice@example.com" },
        Row("a placeholder") { $0.login = "x-access-token" },
        Row("somebody else's login", .wrongLogin) { $0.login = "bob" },
        Row("the former owner's login beside a newer secret", .wrongLogin) {
            $0.login = "alice"
            $0.isHandedOver = false
        },
        Row("the former owner has left, in the grace") {
            $0.login = "alice"
            $0.suspendedAt = now - .days(30) + TimeSpan(milliseconds: 1)
            $0.handedOverAt = now - .days(60)
        },
        Row("suspended, after the grace", .rotationNeeded) {
            $0.suspendedAt = now - .days(30)
            $0.handedOverAt = now - .days(60)
        },
        Row("deactivated, after the grace", .rotationNeeded) {
            $0.deactivatedAt = now - .days(30)
            $0.handedOverAt = now - .days(60)
        },
        Row("deleted, after the grace", .rotationNeeded) {
            $0.endedAt = now - .days(30)
            $0.handedOverAt = now - .days(60)
        },
        Row("the first of several counts", .rotationNeeded) {
            $0.deactivatedAt = now - .days(31)
            $0.endedAt = now - .days(1)
            $0.handedOverAt = now - .days(60)
        },
        Row("a newer secret, after the grace") {
            $0.isHandedOver = false
            $0.endedAt = now - .days(400)
        },
        Row("handed over after they had left: the grace begins with that") {
            $0.login = "alice"
            $0.deactivatedAt = now - .days(100)
            $0.handedOverAt = now - .days(29)
        },
        Row("handed over after they had left, after the grace", .rotationNeeded) {
            $0.deactivatedAt = now - .days(100)
            $0.handedOverAt = now - .days(30)
        },
        Row("a revoked token is revoked", .revoked) {
            $0.isRevoked = true
            $0.suspendedAt = now - .days(100)
            $0.handedOverAt = now - .days(60)
        },
        Row("nobody attends to the account", .accountUnattended) {
            $0.unattendedSince = now - .days(30)
            $0.suspendedAt = now - .days(100)
            $0.handedOverAt = now - .days(60)
        },
        Row("somebody else's login, after the grace", .rotationNeeded) {
            $0.login = "bob"
            $0.suspendedAt = now - .days(100)
            $0.handedOverAt = now - .days(60)
        },
        Row("another address", .addressNotAllowed) {
            $0.login = "alice"
            $0.address = "192.0.2.1"
        },
    ]

    private func holder(_ row: Row) throws -> Verdict.Holder {
        var alice = try alice(suspendedAt: row.suspendedAt)
        alice.deactivatedAt = row.deactivatedAt
        alice.endedAt = row.endedAt
        let account = ServiceAccount(
            purpose: "", owners: ["build"], addresses: [AddressRange("10.0.0.0/8")!],
            unattendedSince: row.unattendedSince)
        let owner = Subject(
            id: SubjectID(number: 7), login: try Login("bot-ci"), createdAt: now - .days(100),
            account: account)
        let token = TokenRecord(
            id: TokenID(number: 9), owner: owner.id, scopes: .everyService, addresses: [],
            createdAt: now - .days(100), expiresAt: nil, isRevoked: row.isRevoked,
            handOver: row.isHandedOver ? HandOver(from: alice.id, at: row.handedOverAt) : nil)
        return Verdict.Holder(
            token: token, owner: owner, formerOwner: row.isHandedOver ? alice : nil,
            policies: Policies(tokens: TokenPolicy(grace: .days(30))))
    }

    @Test("each row is answered as written", arguments: rows)
    func table(row: Row) throws {
        let request = ServiceRequest(.read, from: IPAddress(row.address ?? "10.0.0.9"))
        let denial = try holder(row).denial(
            login: PresentedLogin(row.login), service: Service(name: try ServiceName("git")),
            request: request,
            at: now)
        #expect(denial == row.denial)
    }

    @Test("it answers 403, and says what to do but not who left")
    func told() {
        #expect(Denial.rotationNeeded.status == 403)
        #expect(Denial.rotationNeeded.reason == "rotation_needed")
        let sentence = Denial.rotationNeeded.sentence(
            service: "Git", access: .read, desk: "https://tokens.example.com/")
        #expect(sentence.contains("rotates it at https://tokens.example.com/"))
        #expect(!sentence.lowercased().contains("alice"))
    }

    @Test("a moment until which it is allowed ends with the grace")
    func validUntil() throws {
        var account = ServiceAccount(purpose: "", owners: ["build"])
        account.unattendedSince = nil
        let owner = Subject(
            id: SubjectID(number: 7), login: try Login("bot-ci"), createdAt: now, account: account)
        let former = try alice(suspendedAt: now - .days(10))
        let token = TokenRecord(
            id: TokenID(number: 9), owner: owner.id, scopes: .everyService, addresses: [], createdAt: now,
            expiresAt: nil, isRevoked: false, handOver: HandOver(from: former.id, at: now - .days(20)))
        let holder = Verdict.Holder(token: token, owner: owner, formerOwner: former)
        let git = Service(name: try ServiceName("git"))
        #expect(holder.rotationDue == now + .days(20))
        #expect(holder.validUntil(.read, at: git, now: now) == now + .days(20))
    }
}

@Suite("The scopes of a token that is handed over")
struct HandedScopesTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let scopes: String
        let kept: String
        let lost: [HandedScopes.Loss]

        init(_ scopes: String, _ kept: String, _ lost: HandedScopes.Loss...) {
            (self.scopes, self.kept, self.lost) = (scopes, kept, lost)
        }

        var testDescription: String { "“\(scopes)” becomes “\(kept)”" }
    }

    /// Alice may use git, maven and pay; the account git, maven and ops, but not pay.
    static let rows = [
        Row("", "git maven", .account),
        Row("git", "git"),
        Row("git:read:/team maven:write", "git:read:/team maven:write"),
        Row("git pay:read", "git", .account),
        Row("pay", "", .account),
        Row("git ops", "git", .owner),
        Row("ops", "", .owner),
        Row("jeton:manage maven", "maven", .atDesk),
        Row("jeton:rotate jeton:manage", "", .atDesk, .atDesk),
        Row("gone:read git", "git", .unknownService),
    ]

    @Test("they are frozen to the owner, and cut to the account", arguments: rows)
    func table(row: Row) throws {
        func service(_ name: String, _ groups: String...) throws -> Service {
            Service(name: try ServiceName(name), groups: groups)
        }
        let services = [
            try service("git"), try service("maven", "dev", "ci"), try service("pay", "dev"),
            try service("ops", "ops"),
        ]
        let owner = try alice(groups: ["dev"])
        let account = Subject(
            id: SubjectID(number: 7), login: try Login("bot-ci"), groups: ["ci", "ops"], createdAt: now,
            account: ServiceAccount(purpose: "", owners: ["build"]))
        let handed = HandedScopes(
            of: try #require(Scopes(text: row.scopes)), from: owner, to: account, services: services)
        #expect(handed.kept.map(\.text).joined(separator: " ") == row.kept)
        #expect(handed.lost.map(\.loss) == row.lost)
        #expect(handed.scopes == (row.kept.isEmpty ? nil : Scopes(text: row.kept)))
    }

    @Test("the account's own list of services cuts, too")
    func listed() throws {
        let services = [Service(name: try ServiceName("git")), Service(name: try ServiceName("maven"))]
        let account = Subject(
            id: SubjectID(number: 7), login: try Login("bot-ci"), createdAt: now,
            account: ServiceAccount(purpose: "", owners: ["build"], services: [try ServiceName("maven")]))
        let handed = HandedScopes(of: .everyService, from: try alice(), to: account, services: services)
        #expect(handed.scopes == Scopes(text: "maven"))
    }
}
