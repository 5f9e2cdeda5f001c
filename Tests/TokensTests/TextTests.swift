import Testing
import Tokens

/// The sentences that people read.
private enum Says {
    static let empty = "must not be empty"
    static let control = "must not hold control characters or line breaks"
    static let invisible =
        "must not hold invisible characters that change the direction or the joining of text"

    static func login(not character: String) -> String {
        "must not hold “\(character)”: use any characters that can be seen but the colon"
    }

    static func name(not character: String) -> String {
        "must not hold “\(character)”: use a-z, 0-9 and -"
    }
}

@Suite("Names that people give")
struct TextTests {
    @Test(
        "a token's name is taken without the spaces around it",
        arguments: [
            ("CI chain", "CI chain"), ("  laptop\t", "laptop"), ("é", "é"), ("日本語", "日本語"),
            ("👩‍💻 desk", "👩‍💻 desk"), ("❤️", "❤️"), ("a:b/c <d> & \"e\"", "a:b/c <d> & \"e\""),
            (String(repeating: "x", count: 100), String(repeating: "x", count: 100)),
            (String(repeating: "é", count: 100), String(repeating: "é", count: 100)),
        ])
    func tokenName(given: String, kept: String) throws {
        #expect(try TokenName(given).text == kept)
    }

    @Test(
        "a token's name that could not be told from others in a list is refused",
        arguments: [
            ("", Says.empty), (" \t\r\n\u{A0}\u{3000}", Says.empty), ("\u{200D}", Says.empty),
            ("\u{FE0F}", Says.empty),
            ("\u{3164}", Says.empty),
            (String(repeating: "x", count: 101), "must have at most 100 characters"),
            ("a" + String(repeating: "\u{0301}", count: 400), "must have at most 100 characters"),
            ("a\nb", Says.control), ("a\0b", Says.control), ("a\u{7F}b", Says.control),
            ("a\u{85}b", Says.control),
            ("a\u{2028}b", Says.control), ("a\u{1B}[31mb", Says.control),
            ("a\u{202E}b", Says.invisible), ("a\u{2066}b", Says.invisible), ("a\u{200B}b", Says.invisible),
            ("a\u{200F}b", Says.invisible), ("a\u{FEFF}b", Says.invisible), ("a\u{AD}b", Says.invisible),
            ("\u{2060}", Says.invisible),
        ])
    func tokenNameFault(given: String, sentence: String) {
        let fault = #expect(throws: TextFault.self) { try TokenName(given) }
        #expect(fault?.description == sentence)
    }

    @Test(
        "a login is whatever can be seen but the colon",
        arguments: [
            "alice", "Alice", "a", "a.b_c-d@example.com", "a+b", "émile", "李", "алиса", "7",
            "siobhan.o'brien@example.com", "guest_example.com#EXT#@tenant.example", "DOMAIN\\alice",
            "Alice Doe",
            "a/b", "a%b", "a\"b", "<a>", "a,b;c", "$(id)", "`id`", "=1+1", "@x", "-rf", "!~*", "e\u{301}mile",
            "☃",
            String(repeating: "x", count: 254), String(repeating: "語", count: 254),
            String(repeating: "𐌰", count: 254),
        ])
    func login(text: String) throws {
        #expect(try Login(text).text == text)
        #expect(try Login(" \(text) ").text == text)
    }

    @Test(
        "any other login is refused, with the reason",
        arguments: [
            ("", Says.empty), ("a:b", Says.login(not: ":")), ("a:\u{301}b", Says.login(not: ":")),
            ("a\u{A0}b", Says.login(not: "\u{A0}")), ("a\u{3000}b", Says.login(not: "\u{3000}")),
            ("a\u{E000}b", Says.login(not: "\u{E000}")),
            ("a\nb", Says.control), ("a\0", Says.control), ("a\u{202E}b", Says.invisible),
            ("alice\u{200D}", Says.invisible), ("ali\u{FE0F}ce", Says.invisible),
            ("alice\u{3164}", Says.invisible),
            (String(repeating: "x", count: 255), "must have at most 254 characters"),
            (String(repeating: "e\u{301}\u{302}\u{303}", count: 200), "must have at most 254 characters"),
            (String(repeating: "\u{1D160}", count: 254), "must have at most 254 characters"),
        ])
    func loginFault(given: String, sentence: String) {
        let fault = #expect(throws: TextFault.self) { try Login(given) }
        #expect(fault?.description == sentence)
    }

    @Test(
        "no new account is called by a word that tools send; one from before is",
        arguments: [
            "token", "OAuth2", "__token__", "x-access-token", "OAUTH-USER", "oauth2accesstoken",
            "x-token-auth",
            "gitlab-ci-token", "PersonalAccessToken", "<token>", "x-oauth-basic", "jwt", "git",
        ])
    func wordsOfTools(word: String) throws {
        let fault = #expect(throws: TextFault.self) { try Login(new: word) }
        #expect(
            fault?.description
                == "must not be “\(word)”: tools send that word by themselves, beside anybody's token")
        #expect(try Login(word).text == word)
        #expect(try Login(new: word + "2").text == word + "2")
    }

    @Test("of the ASCII characters a name has all that are seen, and a login all of these but the colon")
    func ascii() {
        for value in UInt8(0)..<0x80 {
            let character = Character(Unicode.Scalar(value))
            let isSeen = (0x20..<0x7F).contains(value)
            #expect(((try? Login("a\(character)a")) != nil) == (isSeen && character != ":"))
            #expect(((try? TokenName("a\(character)a")) != nil) == isSeen)
        }
    }

    @Test("a person's name is like a token's")
    func personName() throws {
        #expect(try PersonName(" Alice Liddell ").text == "Alice Liddell")
        let fault = #expect(throws: TextFault.self) { try PersonName("a\u{202E}b") }
        #expect(fault?.description == Says.invisible)
    }

    @Test("who has only a login is called by it, as far as a name goes")
    func nameOfLogin() throws {
        for login in ["alice", String(repeating: "語", count: 100), String(repeating: "𐌰", count: 100)] {
            #expect(try PersonName(standingFor: Login(login)).text == login)
        }
        for login in [String(repeating: "x", count: 254), String(repeating: "e\u{301}", count: 200)] {
            let name = try PersonName(standingFor: Login(login)).text
            #expect(try PersonName(name).text == name)
            #expect(login.hasPrefix(name.dropLast()) || name.hasSuffix("…"))
            #expect(name.utf8.count <= 800)
        }
    }

    @Test(
        "an e-mail address has one @ with something on both sides",
        arguments: ["alice@example.com", "a@b", "o'brien+x@sub.example.org", "é@例え.jp"])
    func email(text: String) throws {
        #expect(try EmailAddress(text).text == text)
    }

    @Test(
        "what is no e-mail address is refused",
        arguments: [
            "", "alice", "@", "a@", "@b", "a@b@c", "a b@c", "a:b@c", "a@b\nc", "a\u{200B}@b",
            "a:\u{301}b@c", "a@\u{301}b@c", "a \u{301}b@c", String(repeating: "a", count: 253) + "@b",
            String(repeating: "é", count: 127) + "@b",
        ])
    func badEmail(text: String) {
        #expect(throws: TextFault.self) { try EmailAddress(text) }
    }

    @Test("logins are one person's without regard to case")
    func loginsFold() throws {
        #expect(try Login("Alice") == Login("aLICE"))
        #expect(try Login("Alice").hashValue == Login("aLICE").hashValue)
        #expect(try Login("Émile").folded == "émile")
        #expect(try Login("alice") != Login("alicia"))
    }

    @Test(
        "a service's name fits into a path and a scope",
        arguments: ["maven", "a", "git-2", "a-", String(repeating: "a", count: 40)])
    func serviceName(text: String) throws {
        #expect(try ServiceName(text).text == text)
    }

    @Test(
        "any other name of a service is refused, with the reason",
        arguments: [
            ("", Says.empty), ("Maven", Says.name(not: "M")), ("a b", Says.name(not: " ")),
            (" maven", Says.name(not: " ")),
            ("a:b", Says.name(not: ":")), ("a/b", Says.name(not: "/")), ("é", Says.name(not: "é")),
            ("a\r\n", Says.name(not: "\r\n")),
            ("2git", "must not hold “2”: use a letter first, then a-z, 0-9 and -"),
            ("-git", "must not hold “-”: use a letter first, then a-z, 0-9 and -"),
            (String(repeating: "a", count: 41), "must have at most 40 characters"),
            ("jeton", "must not be “jeton”: that word has a meaning of its own"),
        ])
    func serviceNameFault(given: String, sentence: String) {
        let fault = #expect(throws: TextFault.self) { try ServiceName(given) }
        #expect(fault?.description == sentence)
    }

    @Test("a service without a title is called by its name")
    func title() throws {
        #expect(try Service(name: ServiceName("maven")).title == "maven")
        #expect(try Service(name: ServiceName("maven"), title: "Maven").title == "Maven")
    }

    @Test(
        "of a long list the first are named, and the others counted",
        arguments: [(0, ""), (1, "a"), (3, "a, b, c"), (4, "a, b, c and 1 more"), (5, "a, b, c and 2 more")])
    func firstWords(count: Int, words: String) {
        #expect(["a", "b", "c", "d", "e"].prefix(count).words(first: 3) == words)
    }
}
