import Testing
import Tokens

@Suite("A match of a claim")
struct ClaimMatchTests {
    @Test(
        "a value matches byte by byte, and a pattern with anything in place of each star",
        arguments: [
            ("main", false, "main", true), ("main", false, "Main", false), ("main", false, "main ", false),
            // The Kelvin sign equals K to Swift's strings.
            ("K", false, "\u{212A}", false), ("é", false, "e\u{301}", false),
            ("refs/tags/*", true, "refs/tags/v1", true), ("refs/tags/*", true, "refs/tags/", true),
            ("refs/tags/*", true, "refs/heads/refs/tags/v1", false), ("*", true, "x", true),
            ("acme/*/release.yml@*", true, "acme/app/.github/workflows/release.yml@refs/tags/v1", true),
            ("acme/*/release.yml@*", true, "evil/acme/app/release.yml@x", false),
            ("*b", true, "aab", true), ("*b", true, "aba", false), ("a*b*c", true, "abbbc", true),
            ("a*b*c", true, "acb", false), ("a**c", true, "ac", true), ("repo.x*", true, "repoXx", false),
            ("K*", true, "\u{212A}", false),
        ])
    func matches(value: String, isPattern: Bool, found: String, expected: Bool) {
        let match = ClaimMatch(stored: "ref", value: value, isPattern: isPattern)
        #expect(match.matches([found]) == expected)
        #expect(match.matches(["other", found]) == expected)
        #expect(!match.matches([]))
    }

    @Test("a pattern of many stars takes no long time")
    func manyStars() {
        let match = ClaimMatch(
            stored: "ref", value: String(repeating: "*a", count: 240), isPattern: true)
        #expect(!match.matches([String(repeating: "a", count: 5000) + "b"]))
    }

    @Test(
        "what is written is checked",
        arguments: [
            ("", "x", false, ClaimMatchFault.badName), ("a b", "x", false, .badName),
            ("é", "x", false, .badName),
            ("iss", "x", false, .verifiedAnyway("iss")), ("aud", "x", false, .verifiedAnyway("aud")),
            ("exp", "1", false, .verifiedAnyway("exp")), ("jti", "x", false, .verifiedAnyway("jti")),
            ("ref", "", false, .empty("ref")), ("ref", "a\nb", false, .badValue("ref")),
            ("ref", String(repeating: "a", count: 501), false, .badValue("ref")),
            ("ref", "refs/*", false, .starInValue("ref")), ("ref", "main", true, .noStar("ref")),
            ("ref", "*", true, .anything("ref")), ("ref", "***", true, .anything("ref")),
        ])
    func wrong(claim: String, value: String, isPattern: Bool, fault: ClaimMatchFault) {
        #expect(throws: fault) { try ClaimMatch(claim, value: value, isPattern: isPattern) }
    }

    @Test("a claim whose name occurs twice, within another or not, is missing")
    func twice() {
        let claims = IdentityClaims([
            (name: "a/b", values: ["1"]), (name: "c", values: ["2"]), (name: "a/b", values: ["1"]),
        ])
        #expect(claims["a/b"].isEmpty)
        #expect(claims["c"] == ["2"])
    }
}
