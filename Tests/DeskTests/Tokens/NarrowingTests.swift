import Ledger
import Testing
import Tokens

@testable import Desk

@Suite("Narrowing a token to what it was used for")
struct NarrowingTests {
    private static let now = Timestamp(seconds: 1_774_345_500)

    private func narrowing(
        _ scopes: String, used: [String], age: TimeSpan = .days(100),
        change: (inout Token) -> Void = { _ in }
    ) throws -> Narrowing? {
        let now = Self.now
        var token = Token(
            id: TokenID(number: 2), owner: SubjectID(number: 1), name: try TokenName("ci"),
            scopes: try #require(Scopes(text: scopes)), createdAt: now - age, origin: .desk)
        change(&token)
        let offered = try ["git", "maven", "npm"].map { Service(name: try ServiceName($0)) }
        let uses = used.map {
            Use(
                secret: token.secret, service: $0, address: "10.0.0.1", client: "Git 2", lastAt: now, count: 1
            )
        }
        return Narrowing(of: token, offered: offered, uses: uses, at: now)
    }

    @Test(
        "proposes the scopes of the services that it was used at",
        arguments: [
            ("", ["git"], "git", 1, 3),
            ("", ["maven", "git", "jeton", "git"], "git maven", 2, 3),
            ("git:read maven:write:/x maven:read", ["maven"], "maven:read maven:write:/x", 1, 2),
            ("git jeton:manage", ["git"], "git", 1, 1),
            ("git maven jeton:manage", ["git", "jeton"], "git jeton:manage", 1, 2),
            ("git maven jeton:rotate", ["git"], "git jeton:rotate", 1, 2),
            ("gone git", ["gone"], "gone", 1, 2),
        ])
    func proposed(scopes: String, used: [String], enough: String, count: Int, allowed: Int) throws {
        let narrowing = try #require(try narrowing(scopes, used: used))
        #expect(narrowing.scopes == Scopes(text: enough))
        #expect((narrowing.used.count, narrowing.allowed) == (count, allowed))
        #expect(narrowing.losesManaging == (scopes.contains("manage") && !used.contains("jeton")))
    }

    @Test("where it is known of every use at a service that it read, reading is enough there")
    func reading() throws {
        let token = Token(
            id: TokenID(number: 2), owner: SubjectID(number: 1), name: try TokenName("ci"),
            scopes: try #require(Scopes(text: "git:write:/team maven npm:read")),
            createdAt: Self.now - .days(100),
            origin: .desk)
        func narrowed(_ uses: (String, AccessSet)...) -> Scopes? {
            let uses = uses.map { service, access in
                Use(
                    secret: token.secret, service: service, address: "", client: "", lastAt: Self.now,
                    count: 1,
                    access: access)
            }
            return Narrowing(of: token, offered: [], uses: uses, at: Self.now)?.scopes
        }
        #expect(
            narrowed(("git", .read), ("maven", .read), ("npm", .read))
                == Scopes(text: "git:read:/team maven:read npm:read"))
        #expect(narrowed(("git", .read), ("git", []), ("maven", [.read, .write]), ("npm", .read)) == nil)
        #expect(
            narrowed(("git", .write), ("maven", .read), ("maven", .read))
                == Scopes(text: "git:write:/team maven:read"))
    }

    @Test(
        "proposes nothing where there is nothing to take away, or too little is known",
        arguments: [
            ("", []), ("", ["jeton"]), ("", ["gone"]), ("", ["git", ""]), ("", ["git", "maven", "npm"]),
            ("git", ["git"]), ("git:read", ["git"]), ("jeton:manage", ["jeton"]), ("jeton:rotate", []),
            ("git jeton:manage", ["git", "jeton"]), ("jeton:scim", ["jeton"]),
        ])
    func nothing(scopes: String, used: [String]) throws {
        #expect(try narrowing(scopes, used: used) == nil)
    }

    @Test("proposes nothing for young, ended and exchanged tokens")
    func states() throws {
        #expect(try narrowing("", used: ["git"], age: .seconds(14 * 86_400 - 1)) == nil)
        #expect(try narrowing("", used: ["git"], age: .days(14)) != nil)
        #expect(try narrowing("", used: ["git"]) { $0.expiresAt = Self.now } == nil)
        #expect(
            try narrowing("", used: ["git"]) {
                $0.revocation = Token.Revocation(at: Self.now, by: nil, reason: .byOwner)
            } == nil)
    }
}
