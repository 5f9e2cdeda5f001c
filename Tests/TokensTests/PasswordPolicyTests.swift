import Sodium
import Testing
import Tokens

@Suite("Passwords at a service")
struct PasswordPolicyTests {
    private static let end = Timestamp(date: "2026-03-01")!

    private func service(_ passwords: PasswordPolicy) throws -> Service {
        Service(name: try ServiceName("maven"), passwords: passwords)
    }

    @Test(
        "are accepted until the day begins in UTC, and not a millisecond longer",
        arguments: [
            (PasswordPolicy.refused, TimeSpan.days(-30), false),
            (.transition(until: nil), .days(30_000), true),
            (.transition(until: end), .days(-1), true),
            (.transition(until: end), TimeSpan(milliseconds: -1), true),
            (.transition(until: end), .seconds(0), false), (.transition(until: end), .days(1), false),
        ])
    func day(policy: PasswordPolicy, distance: TimeSpan, passes: Bool) throws {
        let now = Self.end + distance
        #expect(policy.accepts(at: now) == passes)
        let verdict = Verdict.judge(
            passwordOf: try alice(), login: "alice", service: try service(policy), access: .read, at: now)
        #expect(verdict == (passes ? .success(try alice()) : .failure(.notAToken)))
    }

    @Test("are refused unless the operator says otherwise, and a grant says when they end")
    func defaults() throws {
        #expect(Service(name: try ServiceName("maven")).passwords == .refused)
        #expect(PasswordPolicy.refused.deprecation == nil)
        #expect(PasswordPolicy.transition(until: Self.end).deprecation == "2026-03-01")
        #expect(PasswordPolicy.transition(until: nil).deprecation == "undated")
    }

    @Test("are judged by their owner's present state")
    func owner() throws {
        let open = try service(.transition(until: nil))
        func judge(_ owner: Subject?, _ login: String) -> Result<Subject, Denial> {
            Verdict.judge(passwordOf: owner, login: login, service: open, access: .read, at: now)
        }
        #expect(judge(try alice(), "aLICE") == .success(try alice()))
        #expect(judge(nil, "alice") == .failure(.wrongPassword))
        #expect(judge(try alice(suspendedAt: now), "alice") == .failure(.ownerSuspended))
        var renamed = try alice()
        renamed.login = try Login("alicia")
        #expect(judge(renamed, "alice") == .failure(.wrongPassword))
        var ended = try alice()
        ended.endedAt = now
        #expect(judge(ended, "alice") == .failure(.wrongPassword))
    }
}

@Suite("A login and password in Basic authentication")
struct PresentedPasswordTests {
    private func read(_ value: String) -> PresentedPassword? {
        PresentedPassword(authorization: Array(value.utf8).span, format: .standard)
    }

    @Test("are read as they were sent")
    func reading() throws {
        let ascii = try #require(read("  bAsIc   \(basic("Alice:a:b c").dropFirst(6))"))
        #expect((ascii.login, ascii.password) == ("Alice", "a:b c"))
        let utf8 = try #require(read(basic("älice:pässwörd")))
        #expect((utf8.login, utf8.password) == ("älice", "pässwörd"))
        let latin = try #require(read(basic([0xE4, 0x3A, 0xF6])))
        #expect((latin.login, latin.password) == ("ä", "ö"))
    }

    @Test(
        "are not read without a login or password, and where the password is a mistyped token",
        arguments: [
            "", "Basic", "Basic !!!", "Bearer hunter2", "hunter2", basic("alice"), basic(":hunter2"),
            basic("alice:"), basic("x-access-token:hunter2"), basic("__token__:hunter2"),
            basic("alice:\(Known.token.dropLast())"), basic("\(Known.token):x"),
            basic("alice:" + String(repeating: "x", count: 1025)),
            basic(String(repeating: "x", count: 1025) + ":hunter2"),
        ])
    func refused(value: String) {
        #expect(read(value) == nil)
    }

    @Test("are read for an account that is older than the placeholder it has for a login")
    func wordOfTools() {
        #expect(read(basic("git:hunter2"))?.login == "git")
    }

    @Test(
        "are not read where they contain a token, with anything around it",
        arguments: TokenLikenessTests.holding + TokenLikenessTests.broken)
    func lookalikes(text: String) {
        #expect(read(basic("alice:\(text)")) == nil)
        #expect(read(basic("\(text):hunter2")) == nil)
    }

    @Test("are read where they only resemble a token", arguments: TokenLikenessTests.passwords)
    func passwords(text: String) {
        #expect((read(basic("alice:\(text)")) == nil) == text.isEmpty)
    }

    @Test("never print, and are identified by a keyed hash")
    func secret() throws {
        let presented = try #require(PresentedPassword(login: "alice", password: "hunter2"))
        var dumped = ""
        dump(presented, to: &dumped)
        for text in ["\(presented)", String(reflecting: presented), "\([presented])", dumped] {
            #expect(!text.contains("hunter2"))
        }
        let key = try #require(KeyedHash(key: [UInt8](repeating: 1, count: 32)))
        let other = try #require(KeyedHash(key: [UInt8](repeating: 2, count: 32)))
        let mark = presented.mark(by: key)
        #expect(PresentedPassword(login: "ALICE", password: "hunter2")?.mark(by: key) == mark)
        #expect(PresentedPassword(login: "alice", password: "Hunter2")?.mark(by: key) != mark)
        #expect(PresentedPassword(login: "alic", password: "ehunter2")?.mark(by: key) != mark)
        #expect(presented.mark(by: other) != mark)
    }
}
