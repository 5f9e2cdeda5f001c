import Sodium
import Testing
import Tokens

@Suite("Assertions of the identity provider")
struct IdentityAssertionTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let said: String?
        let asked: String
        /// What the token may do; `nil` where there is none.
        let given: String?

        init(_ said: String?, _ asked: String, _ given: String?) {
            (self.said, self.asked, self.given) = (said, asked, given)
        }

        var testDescription: String { "said \(said ?? "nothing"), asked “\(asked)”: \(given ?? "no token")" }
    }

    static let rows = [
        Row("notes:write", "", "notes:write"),
        Row("notes", "notes:read", "notes:read"),
        Row("notes:read", "notes", "notes:read"),
        Row("notes:read", "git:read", nil),
        Row("openid notes:read git", "", "notes:read"),
        Row("openid email", "", nil),
        Row("", "notes", nil),
        Row("git", "notes", nil),
        Row("jeton:manage", "", nil),
        Row(nil, "", "notes:read"),
        Row(nil, "notes:write git", "notes:write"),
        Row(nil, "git", nil),
    ]

    @Test("a token may do what the provider and the program allow both", arguments: rows)
    func scopes(row: Row) throws {
        let assertion = IdentityAssertion(
            subject: "s", client: "c", resource: "r", scope: row.said, mark: SHA256Digest(of: "m"),
            acceptedUntil: now)
        let asked = row.asked.split(separator: " ").compactMap { Scope(String($0)) }
        let scopes = assertion.scopes(asked: asked, at: try ServiceName("notes"))
        #expect(scopes?.text == row.given)
        // No scopes at all would mean every service.
        #expect(scopes != .everyService)
    }
}
