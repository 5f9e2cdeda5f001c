import Testing
import Tokens

@Suite("Who must approve a token")
struct ApprovalRulesTests {
    private static let rules = ApprovalRules(
        all: ["leads"], services: [service("git"): ["ops", "security"], service("maven"): ["ops"]])

    private static func service(_ name: String) -> ServiceName { (try? ServiceName(name))! }

    @Test(
        "each rule that applies",
        arguments: [
            ("studio", ["leads"]),
            ("git:read:/team", ["leads", "ops security"]),
            ("git:write maven", ["leads", "ops security", "ops"]),
            ("jeton:manage", ["leads"]),
            // Every service, with those that the owner may use one day.
            ("", ["leads", "ops security", "ops"]),
        ])
    func approvers(_ scopes: String, _ groups: [String]) throws {
        let found = Self.rules.approvers(of: try #require(Scopes(text: scopes)))
        #expect(found.map { $0.groups.joined(separator: " ") } == groups)
    }

    @Test("without rules nothing needs approval, and an empty list is none")
    func none() {
        #expect(ApprovalRules.none.isEmpty && ApprovalRules.none.approvers(of: .everyService).isEmpty)
        #expect(ApprovalRules(services: [Self.service("git"): []]).isEmpty)
    }

    @Test("the words")
    func words() {
        #expect(
            Self.rules.approvers(of: .everyService).words
                == "a member of leads and a member of ops or security and a member of ops")
        #expect(Approvers(groups: ["a", "b", "c"]).words == "a member of a, b or c")
        #expect([Approvers(groups: ["a"]), Approvers(groups: ["a"])].words == "a member of a")
        #expect(Self.rules.groups == ["leads", "ops", "security"])
    }

    @Test("groups are compared byte by byte")
    func exact() throws {
        let kelvin = Approvers(groups: ["\u{212A}"])
        #expect(try !kelvin.include(alice(groups: ["K"])))
        #expect(try kelvin.include(alice(groups: ["\u{212A}"])))
    }
}
