import Testing
import Tokens

@Suite("The logins of service accounts")
struct LoginPatternTests {
    @Test(
        "a star stands for any characters, in any case",
        arguments: [
            ("bot-*", "bot-ci", true), ("bot-*", "BOT-CI", true), ("bot-*", "bot-", true),
            ("bot-*", "robot-ci", false), ("bot-*", "bot", false),
            ("*@bots.example", "ci@bots.example", true),
            ("*@bots.example", "ci@example", false), ("svc-*-x", "svc-a-x", true),
            ("svc-*-x", "svc-x", false),
            ("a*b*c", "a1b2c", true), ("a*b*c", "abc", true), ("a*b*c", "acb", false), ("a*a", "a", false),
        ])
    func matches(pattern: String, login: String, fits: Bool) throws {
        #expect(try #require(LoginPattern(pattern)).matches(try Login(login)) == fits)
    }

    @Test(
        "a pattern needs a star, and something beside it",
        arguments: ["", "*", "**", "bot", "b:t-*", " bot-*"])
    func refused(text: String) {
        #expect(LoginPattern(text) == nil)
    }

    @Test("the standard pattern is bot-*")
    func standard() throws {
        #expect(LoginPattern("bot-*") == .standard)
        #expect(LoginPattern.standard.example == "bot-ci")
        #expect(LoginPattern.standard.matches(try Login(LoginPattern.standard.example)))
    }
}
