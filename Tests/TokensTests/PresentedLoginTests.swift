import Testing
import Tokens

@Suite("The login beside a token")
struct PresentedLoginTests {
    /// Whether Basic auth with those bytes as login names a subject of that login.
    private func names(_ bytes: [UInt8], login: String, email: String? = nil) throws -> Bool {
        let subject = Subject(id: SubjectID(number: 1), login: try Login(login), email: email, createdAt: now)
        let header = basic(bytes + Array(":\(Known.token)".utf8))
        guard case .token(_, let presented) = presented(("Authorization", header)) else {
            Issue.record("the token was not seen")
            return false
        }
        return presented.isOne(of: subject)
    }

    @Test(
        "it is the owner's login or e-mail, or a word for none",
        arguments: [
            "alice", "ALICE", "", "alice@example.com", "Alice@EXAMPLE.com", "__token__", "token", "oauth2",
            "x-access-token", "X-Access-Token", "OAUTH-USER", "oauth2accesstoken", "x-token-auth",
            "gitlab-ci-token", "PersonalAccessToken", "<token>", "x-oauth-basic", "jwt", "git", "GIT",
        ])
    func owner(login: String) throws {
        #expect(try names(Array(login.utf8), login: "Alice", email: "alice@Example.com"))
    }

    @Test(
        "it is nobody else's",
        arguments: [
            "bob", "alic", "alice2", " alice", "alice ", "alice\0", "@example.com", "nil", "gi", "git2",
            "oauth",
            "jwt ", "<Token", "gitlab-ci", "personal-access-token",
            "__token", "al\u{200D}ice", "аlice",
        ])
    func others(login: String) throws {
        #expect(try !names(Array(login.utf8), login: "alice", email: "alice@example.com"))
    }

    @Test("a subject without an e-mail is not named by an empty one, nor by another's")
    func withoutEmail() throws {
        #expect(try !names(Array("alice@example.com".utf8), login: "alice"))
    }

    @Test(
        "“Émile” is Émile in UTF-8, composed or not, in any case, and in Latin-1",
        arguments: [
            Array("Émile".utf8), Array("émile".utf8), Array("E\u{301}mile".utf8), Array("e\u{301}MILE".utf8),
            [0xC9, 0x6D, 0x69, 0x6C, 0x65], [0xE9, 0x6D, 0x69, 0x6C, 0x65],
        ] as [[UInt8]])
    func nonASCII(bytes: [UInt8]) throws {
        #expect(try names(bytes, login: "Émile"))
        #expect(try names(bytes, login: "e\u{301}mile"))
        #expect(try !names(bytes, login: "Emile"))
    }

    @Test("U+212A, which looks like K, is K beside a token, as it is at a sign-in")
    func kelvin() throws {
        #expect(try names(Array("\u{212A}im".utf8), login: "kim", email: "kim@example.com"))
        #expect(try names(Array("\u{212A}im@example.com".utf8), login: "x", email: "Kim@example.com"))
        #expect(try names(Array("guest#EXT#@Example.com".utf8), login: "Guest#ext#@example.com"))
    }

    @Test("bytes that are neither are nobody's, and do no harm")
    func garbage() throws {
        #expect(try !names([0xFF, 0xFE, 0x00, 0x80], login: "alice"))
        #expect(try !names([0xC0, 0x80], login: "alice"))
        #expect(try !names([0xED, 0xA0, 0x80], login: "alice"))
    }
}
