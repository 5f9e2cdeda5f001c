import JSON
import Testing

@testable import SCIM

@Suite("A filter") struct FilterTests {
    static let alice: [String: JSONValue] = [
        "id": "38gd8zvcgrh62", "userName": "Alice", "externalId": "00u1", "active": true,
        "displayName": "Alice “A” Doe", "name": ["givenName": "Alice", "familyName": "O'Doe"],
        "emails": [
            ["value": "alice@work.example", "type": "work", "primary": true],
            ["value": "alice@home.example", "type": "home"],
        ],
        "meta": ["created": "2026-01-31T08:00:00Z", "resourceType": "User"],
    ]

    @Test(
        "finds by the whole grammar",
        arguments: [
            (#"userName eq "alice""#, true), (#"USERNAME EQ "ALICE""#, true), (#"userName eq "bob""#, false),
            (#"userName ne "alice""#, false), (#"userName ne "bob""#, true), (#"nickName ne "x""#, true),
            (#"userName co "LIC""#, true), (#"userName sw "al""#, true), (#"userName ew "ce""#, true),
            (#"userName sw "ce""#, false), (#"userName co """#, true),
            (#"externalId eq "00u1""#, true), (#"externalId eq "00U1""#, false),
            ("displayName pr", true), ("title pr", false), ("emails pr", true), ("name pr", true),
            (#"name.familyName eq "o'doe""#, true), (#"name.middleName pr"#, false),
            (#"displayName eq "Alice “A” Doe""#, true), (#"displayName co "\u201cA\u201d""#, true),
            ("active eq true", true), ("active eq True", true), (#"active eq "true""#, true),
            ("active eq false", false), ("active ne false", true),
            (#"emails eq "alice@home.example""#, true), (#"emails.value ew "work.example""#, true),
            (#"emails[type eq "work"]"#, true), (#"emails[type eq "other"]"#, false),
            (#"emails[type eq "work" and value ew "home.example"]"#, false),
            (#"emails[type eq "home" and value ew "home.example"]"#, true),
            (#"emails[type eq "work"].value eq "alice@work.example""#, true),
            (#"emails[type eq "home"].value eq "alice@work.example""#, false),
            (#"emails[not (type eq "work")]"#, true), ("emails[primary eq true]", true),
            (#"meta.created gt "2026-01-31T07:59:59Z""#, true),
            (#"meta.created ge "2026-01-31T09:00:00+01:00""#, true),
            (#"meta.created lt "2026-01-31T08:00:00Z""#, false),
            (#"meta.created le "2026-01-31T08:00:00.000Z""#, true),
            (#"userName gt "al""#, true), (#"userName lt "al""#, false),
            ("title eq null", true), ("userName eq null", false), ("userName ne null", true),
            (#"userName eq "bob" or active eq true"#, true),
            (#"userName eq "alice" and active eq false"#, false),
            // and binds more than or.
            (#"userName eq "alice" or userName eq "b" and active eq false"#, true),
            (#"(userName eq "alice" or userName eq "b") and active eq false"#, false),
            (#"not (active eq false)"#, true), (#"not(active eq true)"#, false),
            (#"not (userName eq "a") and not (userName eq "b")"#, true),
            (#"((((userName eq "alice"))))"#, true), (#"  userName   eq   "alice"  "#, true),
            (#"urn:ietf:params:scim:schemas:core:2.0:User:userName eq "alice""#, true),
            (#"URN:ietf:params:scim:schemas:core:2.0:user:name.givenName eq "alice""#, true),
            (#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "x""#, false),
            (#"unknown eq "x""#, false), (#"name.unknown eq "x""#, false), (#"userName eq 7"#, false),
        ])
    func finds(text: String, expected: Bool) throws {
        let filter = try FilterParser.filter(text, in: .user)
        #expect(try filter.matches(Self.alice) == expected, "\(text)")
    }

    @Test(
        "that cannot be read is refused, and not quoted",
        arguments: [
            "", "   ", "userName", "userName eq", "userName is \"x\"", "userName eq alice",
            #"userName eq "alice"#, #"userName eq "x" and"#, #"userName eq "x" or or"#, #"userName eq "x")"#,
            #"(userName eq "x""#, "not userName pr", "not", "()", "(", #"emails[type eq "x""#, "emails[]",
            #"emails[type eq "x"]]"#, #"userName eq {"a":1}"#, "userName eq [1]", #""a" eq "b""#,
            "user name pr", "a..b pr", ".a pr", "a. pr", #"userName eq "x" userName eq "y""#,
            #"userName eq "\q""#, "userName eq \"a\nb\"", "💥 pr", "userName\u{0}pr", "%00",
            String(repeating: "(", count: 5000), String(repeating: "(", count: 1000),
            String(repeating: "(", count: 33) + "a pr" + String(repeating: ")", count: 33),
            String(repeating: "a[", count: 500), String(repeating: "not (", count: 700),
            (0..<300).map { _ in "a pr" }.joined(separator: " or "),
            "userName eq \"" + String(repeating: "x", count: 5000) + "\"",
        ])
    func refused(text: String) {
        do {
            _ = try FilterParser.filter(text, in: .user)
            Issue.record("it was read: \(text.prefix(60))")
        } catch {
            #expect((error.status, error.type) == (400, .invalidFilter))
            #expect(error.detail.utf8.count < 200)
        }
    }

    @Test(
        "that compares what cannot be compared is refused",
        arguments: [
            "active gt true", #"active co "t""#, "active eq 1", "userName gt null",
            #"meta.created gt "yesterday""#,
        ])
    func senseless(text: String) throws {
        let filter = try FilterParser.filter(text, in: .user)
        #expect(throws: SCIMFault.self) {
            try filter.matches(Self.alice)
        }
    }

    @Test("at the bounds is read")
    func bounds() throws {
        let nested = String(repeating: "(", count: 32) + "userName pr" + String(repeating: ")", count: 32)
        let many = (0..<199).map { _ in "userName pr" }.joined(separator: " and ")
        for text in [nested, many] {
            #expect(
                try FilterParser.filter(text, in: .user).matches(Self.alice))
        }
    }
}

extension Filter {
    /// Whether a user of those members fits, for whatever work that is.
    fileprivate func matches(_ members: [String: JSONValue]) throws(SCIMFault) -> Bool {
        var budget = WorkBudget()
        return try matches(members, ResourceKind.user.attributes, &budget)
    }
}
