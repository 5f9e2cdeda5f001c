import HTTPServer
import Ledger
import Sodium
import TestHouse
import Testing
import Tokens

@testable import DeskPages

@Suite("Pages: words")
struct PagesWordsTests {
    @Test(
        "scopes are said as people know the services",
        arguments: [
            ("maven:read", "Maven private repository: read"),
            ("git:write", "Studio projects over Git: read and write"),
            ("studio", "Studio REST API: everything"), ("gone:read", "gone: read"),
            ("git:read:/a/b", "Studio projects over Git: read in /a/b"),
            ("git:/a", "Studio projects over Git: everything in /a"),
            ("jeton:manage", "Manage my tokens (API)"),
            ("jeton:scim", "Provision people and groups (SCIM)"),
            ("jeton:admin", "Administer the desk (API)"), ("jeton:audit", "Audit the desk (API)"),
        ])
    func scopes(_ scope: String, _ words: String) throws {
        #expect(PagesGallery.wording.titles.words(for: try #require(Scope(scope))) == words)
    }

    @Test(
        "an end is said to be as far off as it is",
        arguments: [
            (TimeSpan.seconds(0), "expired"), (.minutes(20), "within the hour"), (.minutes(80), "in 1 hour"),
            (.hours(5), "in 5 hours"),
            (.hours(28), "in 28 hours"), (.days(5), "in 5 days"), (.days(30), "in 30 days"),
            (.days(365), "in 12 months"),
        ])
    func distance(_ span: TimeSpan, _ words: String) {
        #expect(timeLeft(until: PagesGallery.now + span, from: PagesGallery.now) == words)
    }

    @Test(
        "an end is said with who brought it about, where that is known",
        arguments: [
            (.byOwner, "alice", "Revoked on %", " by alice"),
            (.byOwner, nil, "Revoked on %", " on the server’s command line"),
            (.byAdministrator, "bruno", "Revoked on %", " by bruno, an administrator"),
            (.byItself, nil, "Revoked with the token itself on %", ""),
            (.byService, nil, "Revoked by a service where it was used on %", ""),
            (.withParent, nil, "Revoked with the token it was exchanged for on %", ""),
            (.withParent, "alice", "Revoked with the token it was exchanged for on %", " by alice"),
        ] as [(Token.Revocation.Reason, String?, String, String)])
    func endings(_ reason: Token.Revocation.Reason, _ login: String?, _ words: String, _ end: String) {
        var token = PagesGallery.past[0].token
        let at = Timestamp(seconds: 1_774_345_500)
        token.revocation = .init(at: at, by: nil, reason: reason)
        #expect(
            endWords(of: token, by: login, PagesGallery.now).markup
                == words.replacing("%", with: moment(at, .minute).markup) + end)
    }

    @Test("a moment is a date in UTC that a script can read")
    func moments() {
        let at = Timestamp(seconds: 1_774_345_500)
        #expect(
            moment(at, .exact).markup
                == #"<time datetime="2026-03-24T09:45:00Z" class="exact">24 Mar 2026, 09:45 UTC</time>"#)
        #expect(
            moment(at, .day).markup == #"<time datetime="2026-03-24T09:45:00Z">24 Mar 2026</time>"#)
        #expect(
            moment(at, .minute).markup
                == #"<time datetime="2026-03-24T09:45:00Z" data-local="">24 Mar 2026, 09:45 UTC</time>"#)
    }

    @Test("uses of several days at one place are one line, the latest first")
    func sums() {
        let token = PagesGallery.chain
        let uses = [
            PagesGallery.use(token, "maven", "10.0.0.1", "Maven 3.8.7", ago: .days(2), count: 3),
            PagesGallery.use(token, "git", "10.0.0.1", "Git 2.39.5", ago: .days(1), count: 1),
            PagesGallery.use(token, "maven", "10.0.0.1", "Maven 3.8.7", ago: .hours(1), count: 4),
        ]
        let sums = summedByPlace(uses)
        #expect(sums.map(\.service) == ["maven", "git"])
        #expect(sums.map(\.count) == [7, 1])
        #expect(sums[0].lastAt == uses[2].lastAt)
    }

    @Test(
        "the recipe that is likeliest wanted comes first",
        arguments: [
            ("", ["curl", "Maven", "Git", "CI variable", ".netrc"]),
            ("git:write", ["Git", "curl", "CI variable", ".netrc"]),
            ("jeton:manage", ["Jeton API"]), ("jeton:scim", ["SCIM"]),
            ("jeton:admin", ["Administration API"]), ("jeton:audit", ["Audit API"]),
            ("jeton:manage maven", ["curl", "Maven", "Git", "CI variable", ".netrc", "Jeton API"]),
        ])
    func recipes(_ scopes: String, _ tools: [String]) throws {
        let secret = TokenFormat.standard.makeSecret()
        let recipes = PagesGallery.recipes(try #require(Scopes(text: scopes)), secret)
        #expect(recipes.map(\.tool) == tools)
        let steps = recipes.flatMap { $0.steps + $0.variants.flatMap(\.steps) }
        #expect(
            !steps.contains { $0.place == nil && $0.lines.contains(secret.reveal()) }, "no command holds it")
    }
}

@Suite("Secrets on their way to the page that shows them")
struct PagesRevealsTests {
    private let house: TestHouse

    init() throws {
        house = try TestHouse()
    }

    private func secretReveal(key: KeyedHash? = nil) -> SecretReveal {
        SecretReveal(key: key ?? house.key, ledger: house.ledger, clock: house.clock, isSecure: true)
    }

    /// What a browser sends that got that cookie.
    private func request(_ cookie: String) -> Request {
        Request("GET", "/", headers: ["Cookie": String(cookie.split(separator: ";")[0])])
    }

    @Test("are handed over once, to their own session, within the minute, by whichever node")
    func once() async throws {
        let (one, another) = (secretReveal(), secretReveal())
        let (mine, other) = (SessionID(number: 1), SessionID(number: 2))
        let brought = request(one.hold("secret", about: 7, for: mine))
        #expect(try await another.take(about: 7, for: other, from: brought) == nil)
        #expect(try await another.take(about: 8, for: mine, from: brought) == nil)
        #expect(try await another.take(about: 7, for: mine, from: Request("GET", "/")) == nil)
        #expect(try await another.take(about: 7, for: mine, from: brought) == "secret")
        for node in [one, another] { #expect(try await node.take(about: 7, for: mine, from: brought) == nil) }
        let late = request(one.hold("late", about: 7, for: mine))
        house.pass(.minutes(1))
        #expect(try await one.take(about: 7, for: mine, from: late) == nil)
    }

    @Test("are under a seal: nobody reads them in the cookie, or makes one")
    func sealed() async throws {
        let mine = SessionID(number: 1)
        let cookie = secretReveal().hold("jtn_secret", about: 7, for: mine)
        #expect(!cookie.contains("jtn_") && cookie.hasPrefix("__Host-jeton-reveal="))
        for word in ["Secure", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=60"] {
            #expect(cookie.contains("; \(word)"))
        }
        let foreign = try #require(KeyedHash(key: [UInt8](repeating: 9, count: KeyedHash.keyLength)))
        let forged = request(secretReveal(key: foreign).hold("forged", about: 7, for: mine))
        #expect(try await secretReveal().take(about: 7, for: mine, from: forged) == nil)
        for broken in [cookie.replacing("=", with: "=A", maxReplacements: 1), "__Host-jeton-reveal=", "x=y"] {
            #expect(try await secretReveal().take(about: 7, for: mine, from: request(broken)) == nil)
        }
    }
}
