import Testing

@testable import Tokens

@Suite("Scopes")
struct ScopeTests {
    @Test(
        "a scope's text is read back",
        arguments: [
            "maven", "maven:read", "maven:write", "my-git-2:read", "jeton:manage", "jeton:scim",
            "jeton:admin",
            "jeton:audit",
            "git:/team/app.git", "git:read:/team", "git:write:/a%20b/c:d",
        ])
    func roundTrip(text: String) throws {
        let scope = try #require(Scope(text))
        #expect(scope.text == text)
        #expect("\(scope)" == text)
    }

    @Test(
        "anything else is refused",
        arguments: [
            "", ":", ":read", "maven:", "maven:admin", "maven:READ", "Maven", "maven:read:write",
            "maven read",
            "jeton", "jeton:read", "jeton:", "jeton:Manage", "jeton:SCIM", "jeton:scim:/team", "maven:scim",
            "maven:manage", "*", "maven:*", " maven",
            "2maven", "git:write/team", "git:write:", "git:write:team", "git::/team", "git:/", "git:write:/",
            "git:/a/../b", "git:admin:/team", "git:/team:read/..", "git:write:/a*", "jeton:/team",
            "jeton:manage:/team",
        ])
    func refused(text: String) {
        #expect(Scope(text) == nil)
    }

    @Test(
        "they cover what they name, and writing covers reading",
        arguments: [
            ("", "maven", Access.read, true), ("", "maven", .write, true),
            ("maven", "maven", .read, true), ("maven", "maven", .write, true), ("maven", "git", .read, false),
            ("maven:read", "maven", .read, true), ("maven:read", "maven", .write, false),
            ("maven:write", "maven", .read, true), ("maven:write", "maven", .write, true),
            ("maven:write", "git", .write, false), ("maven:read git:write", "git", .write, true),
            ("maven:read git:write", "maven", .write, false),
            ("maven:read maven:write", "maven", .write, true),
            ("mave", "maven", .read, false), ("maven2", "maven", .read, false),
            ("jeton:scim", "maven", .read, false), ("jeton:manage", "maven", .read, false),
            ("jeton:manage maven:read", "maven", .read, true),
        ] as [(String, String, Access, Bool)])
    func cover(scopes: String, service: String, access: Access, covered: Bool) throws {
        let scopes = try #require(Scopes(text: scopes))
        let service = Service(name: try ServiceName(service))
        #expect(scopes.cover(service, ServiceRequest(access, from: nil)) == covered)
        #expect(scopes.reach(service.name, access) == covered)
    }

    @Test(
        "only jeton:manage allows managing tokens",
        arguments: [("", false), ("maven", false), ("jeton:manage", true), ("maven jeton:manage", true)])
    func manage(text: String, can: Bool) throws {
        #expect(try #require(Scopes(text: text)).allow(.manage) == can)
    }

    @Test(
        "only jeton:scim, alone, allows provisioning",
        arguments: [
            ("", false), ("maven", false), ("jeton:manage", false), ("jeton:scim", true),
            ("jeton:scim maven", false), ("jeton:manage jeton:scim", false),
        ])
    func provision(text: String, can: Bool) throws {
        #expect(try #require(Scopes(text: text)).allow(.scim) == can)
    }

    @Test(
        "scopes of the desk itself are not passed on to services",
        arguments: [
            ("", ""), ("maven git:read", "git:read maven"), ("jeton:manage maven", "maven"),
            ("jeton:manage", nil), ("jeton:scim", nil), ("jeton:manage jeton:scim", nil),
        ])
    func withoutTheDesk(text: String, rest: String?) throws {
        #expect(try #require(Scopes(text: text)).withoutTheDesk?.text == rest)
    }

    @Test("they are written in one order, once each, and read back")
    func text() throws {
        let scopes = try #require(Scopes(text: "git maven:read  git jeton:manage"))
        #expect(scopes.text == "git jeton:manage maven:read")
        #expect(Scopes(text: scopes.text) == scopes)
        #expect(Scopes(text: "") == .everyService)
        #expect(Scopes([]) == .everyService)
        #expect(Scopes.everyService.text.isEmpty)
        #expect(Scopes.everyService.list.isEmpty)
        #expect(Scopes(text: "git nonsense:") == nil)
    }
}
