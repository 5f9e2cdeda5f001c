import HTTPServer
import JSON
import Ledger
import TestHouse
import Testing
import Tokens

@testable import DeskAPI

@Suite("POST /api/v1/tokens")
struct CreateTokenTests {
    let house: TestHouse
    let api: APIHouse
    let alice: Subject

    init() async throws {
        house = try TestHouse()
        api = try APIHouse(house)
        alice = try await house.person("alice")
    }

    @Test("a signed-in person makes a token and sees its secret in this one answer")
    func browser() async throws {
        let cookie = try await api.cookie(of: alice)
        let response = await api.call(
            "POST", "/api/v1/tokens", headers: cookie,
            body:
                #"{"name": " CI chain ", "scopes": ["maven:read", "git"], "expires_at": "2026-03-01T00:00:00+01:00"}"#
        )
        #expect(response.status == 201)
        #expect(response.headers["Cache-Control"] == "no-store")
        let secret = try #require(response.json?["secret"]?.string)
        let token = try #require(
            try await house.ledger.tokens(TokenQuery(owner: alice.id, now: house.clock.now)).first
        ).token
        #expect(response.headers["Location"] == "/api/v1/tokens/\(token.id)")
        #expect(response.json == body(token, through: "desk", secret: secret))
        #expect(token.name.text == "CI chain")
        #expect(token.scopes.text == "git maven:read")
        #expect(token.expiresAt?.rfc3339 == "2026-02-28T23:00:00Z")
        let digest = try #require(TokenFormat.standard.parse(secret)?.digest)
        #expect(try await house.kept(digest) == token)
    }

    @Test("an administrator who is signed in creates a token that provisions and does nothing else")
    func provisioning() async throws {
        let root = try await house.person("root", administrator: true)
        let manager = try await api.manager(of: root).secret
        func make(_ name: String, _ scopes: String, as subject: Subject) async throws -> Response {
            await api.call(
                "POST", "/api/v1/tokens", headers: try await api.cookie(of: subject),
                body: #"{"name": "\#(name)", "scopes": [\#(scopes)]}"#)
        }
        let made = try await make("okta", #""jeton:scim""#, as: root)
        #expect(made.status == 201)
        #expect(try await make("both", #""jeton:scim", "maven""#, as: root).status == 422)
        #expect(try await make("not hers", #""jeton:scim""#, as: alice).status == 422)
        let bred = await api.call(
            "POST", "/api/v1/tokens", as: manager, body: #"{"name": "child", "scopes": ["jeton:scim"]}"#)
        #expect(bred.status == 422)

        // It sees and revokes itself; it makes, lists and regenerates nothing, and nor is it by another token.
        let id = try #require(made.json?["id"]?.string)
        let secret = try #require(made.json?["secret"]?.string).asSecret
        #expect(await api.call("GET", "/api/v1/tokens", as: secret).status == 403)
        #expect(await api.call("POST", "/api/v1/tokens", as: secret, body: #"{"name": "x"}"#).status == 403)
        #expect(
            await api.call("POST", "/api/v1/tokens/\(id)/regenerate", as: manager, body: "{}").status == 403)
        #expect(await api.call("GET", "/api/v1/tokens/\(id)", as: secret).status == 200)
        #expect(await api.call("DELETE", "/api/v1/tokens/\(id)", as: secret).status == 204)
    }

    @Test("a token with jeton:manage makes tokens, but none that may manage")
    func manager() async throws {
        let secret = try await api.manager(of: alice).secret
        let made = await api.call("POST", "/api/v1/tokens", as: secret, body: #"{"name": "ci"}"#)
        #expect(made.status == 201)
        #expect(made.json?["created_through"]?.string == "api")
        let breeding = await api.call(
            "POST", "/api/v1/tokens", as: secret, body: #"{"name": "child", "scopes": ["jeton:manage"]}"#)
        #expect(breeding.status == 422)
        let sentence = "“jeton:manage” can be granted only by a person who is signed in"
        #expect(
            breeding.json
                == problem(
                    "invalid-fields", "Invalid fields", 422, "\(sentence).",
                    errors: [("scopes", sentence)]))
    }

    @Test("a plain token makes no tokens")
    func plain() async throws {
        let secret = try await house.token("plain", of: alice).secret
        let response = await api.call("POST", "/api/v1/tokens", as: secret, body: #"{"name": "child"}"#)
        #expect(response.status == 403)
        #expect(
            response.json
                == problem(
                    "forbidden", "Not allowed", 403,
                    "This token may see and revoke itself. Managing tokens needs the scope jeton:manage."))
    }

    @Test(
        "invalid fields are named one by one",
        arguments: [
            (#"{}"#, [("name", "is missing")]),
            (#"{"name": ""}"#, [("name", "must not be empty")]),
            (
                #"{"name": "ci jtn_0123456789ABCDEFGHIJKLMNOPQRSTUV0gITR2"}"#,
                [("name", "must not contain a token")]
            ),
            (#"{"name": 7}"#, [("name", "must be a string, but is a number")]),
            (#"{"name": "a\u0007b"}"#, [("name", "must not hold control characters or line breaks")]),
            (
                #"{"name": "a\u202eb"}"#,
                [
                    (
                        "name",
                        "must not hold invisible characters that change the direction or the joining of text"
                    )
                ]
            ),
            (
                #"{"name": "x", "colour": 1}"#,
                [("colour", "is unknown here: use addresses, expires_at, name, scopes")]
            ),
            (
                #"{"name": "x", "scopes": "git"}"#,
                [("scopes", "must be an array of strings, but is a string")]
            ),
            (
                #"{"name": "x", "scopes": ["svn"]}"#,
                [
                    (
                        "scopes",
                        "unknown scope “svn”: use git, git:read, git:write, maven, maven:read, maven:write, jeton:manage, jeton:rotate"
                    )
                ]
            ),
            (
                #"{"name": "x", "expires_at": "tomorrow"}"#,
                [
                    (
                        "expires_at",
                        "must be a date and time of RFC 3339 such as 2027-01-31T08:00:00Z, or a day such as "
                            + "2027-01-31, the last on which the token works"
                    )
                ]
            ),
            (
                #"{"name": "x", "expires_at": "0000-01-01T00:00:00+23:59"}"#,
                [("expires_at", "must be in the future")]
            ),
            (
                #"{"name": "x", "expires_at": "9999-12-31T23:59:60-23:59"}"#,
                [("expires_at", "must be within a hundred years: leave it out for no expiry")]
            ),
            (
                #"{"name": "x", "expires_at": -9223372036854775808}"#,
                [("expires_at", "must be a string, but is a number")]
            ),
            (
                #"{"name": "x", "expires_at": "2026-01-31T08:00:00Z"}"#,
                [("expires_at", "must be in the future")]
            ),
            (
                #"{"name": "", "expires_at": "2020-01-01T00:00:00Z"}"#,
                [("name", "must not be empty"), ("expires_at", "must be in the future")]
            ),
            (
                #"{"name": "Taken"}"#,
                [
                    ("name", "is taken by another active token: choose another, or revoke that one first")
                ]
            ),
        ])
    func faults(_ text: String, _ errors: [(String, String)]) async throws {
        _ = try await house.token("taken", of: alice)
        let response = await api.call(
            "POST", "/api/v1/tokens", headers: try await api.cookie(of: alice), body: text)
        #expect(response.status == 422)
        #expect(response.headers["Content-Type"] == "application/problem+json")
        let detail =
            errors.map { $0.0 == "scopes" && $0.1.contains("“") ? $0.1 : "\($0.0) \($0.1)" }
            .joined(separator: "; ") + "."
        #expect(
            response.json
                == problem("invalid-fields", "Invalid fields", 422, detail, errors: errors))
    }

    @Test(
        "a body that is not a JSON object is refused with the place",
        arguments: [
            ("{\"name\": \"x\",}", "The body is not JSON at line 1, column 14: string or '}' expected."),
            ("{\n  \"name\": \"x\n", "The body is not JSON at line 2, column 12: unexpected newline."),
            ("[]", "The body must be an object, but is an array."),
            (
                "{\"name\": \"x\", \"name\": \"y\"}",
                "The body is not JSON at line 1, column 20: duplicate object key."
            ),
        ])
    func brokenJSON(_ text: String, _ detail: String) async throws {
        let response = await api.call(
            "POST", "/api/v1/tokens", headers: try await api.cookie(of: alice), body: text)
        #expect(response.status == 400)
        #expect(response.json?["detail"]?.string == detail)
    }

    @Test("a name that is too long is refused, one of a hundred characters is taken")
    func longName() async throws {
        let cookie = try await api.cookie(of: alice)
        let taken = String(repeating: "é", count: 100)
        #expect(
            await api.call("POST", "/api/v1/tokens", headers: cookie, body: #"{"name":"\#(taken)"}"#).status
                == 201)
        let response = await api.call(
            "POST", "/api/v1/tokens", headers: cookie, body: #"{"name":"\#(taken)x"}"#)
        #expect(response.json?["detail"]?.string == "name must have at most 100 characters.")
    }

    @Test("a browser must say that it sends JSON, and from this site")
    func crossSite() async throws {
        var form = try await api.cookie(of: alice)
        form["content-type"] = "text/plain"
        #expect(await api.call("POST", "/api/v1/tokens", headers: form, body: #"{"name":"x"}"#).status == 415)
        var foreign = try await api.cookie(of: alice)
        foreign["sec-fetch-site"] = "cross-site"
        #expect(
            await api.call("POST", "/api/v1/tokens", headers: foreign, body: #"{"name":"x"}"#).status == 403)
    }

    @Test(
        "however much is wrong, the response stays short",
        arguments: [
            (
                "\"name\": 1, \"scopes\": [" + Array(repeating: "1", count: 5000).joined(separator: ",")
                    + "]", 4981
            ),
            (
                "\"name\": 1, \"scopes\": ["
                    + Array(repeating: "\"not:a:scope\"", count: 100).joined(separator: ",") + "]", nil
            ),
            ((0..<3000).map { "\"unknown\($0)\": 1" }.joined(separator: ","), 2981),
        ] as [(String, Int?)])
    func manyFaults(members: String, untold: Int?) async throws {
        let secret = try await api.manager(of: alice).secret
        let response = await api.call("POST", "/api/v1/tokens", as: secret, body: "{\(members)}")
        #expect(response.status == 422)
        #expect(response.body.count < 16 * 1024)
        let errors = try #require(response.json?["errors"]?.array)
        #expect(errors.count == (untold == nil ? 1 : 21))
        if let untold { #expect(errors.last?["detail"]?.string == "… and \(untold) more") }
    }

    @Test("a hundred unknown scopes are reported as twenty and a number")
    func manyScopes() async throws {
        let secret = try await api.manager(of: alice).secret
        let scopes = (0..<100).map { _ in "\"\(String(repeating: "x", count: 500))\"" }.joined(separator: ",")
        let response = await api.call(
            "POST", "/api/v1/tokens", as: secret, body: #"{"name": "ci", "scopes": [\#(scopes)]}"#)
        #expect(response.status == 422)
        #expect(response.body.count < 32 * 1024)
        let errors = try #require(response.json?["errors"]?.array)
        #expect(errors.count == 21)
        #expect(errors.last == ["field": "scopes", "detail": "… and 80 more"])
    }

    @Test("more addresses than a token may have are refused before any is read")
    func manyAddresses() async throws {
        let secret = try await api.manager(of: alice).secret
        func response(_ count: Int) async -> Response {
            let addresses = (0..<count).map { "\"10.0.\($0 / 256).\($0 % 256)\"" }.joined(separator: ",")
            return await api.call(
                "POST", "/api/v1/tokens", as: secret,
                body: #"{"name": "ci \#(count)", "addresses": [\#(addresses)]}"#)
        }
        #expect(await response(20).status == 201)
        for count in [21, 4000] {
            let refused = await response(count)
            #expect(refused.json?["detail"]?.string == "at most 20 addresses are possible.")
        }
    }

    @Test("a body of more than 64 KiB is refused as a problem")
    func tooLarge() async throws {
        let secret = try await api.manager(of: alice).secret
        let response = await api.call(
            "POST", "/api/v1/tokens", as: secret, body: String(repeating: " ", count: 64 * 1024) + "{}")
        #expect(
            response.json
                == problem(
                    "body-too-large", "The body is too large", 413,
                    "The request's body has more than 65536 bytes."))
    }
}

extension String {
    /// The token that the text is.
    fileprivate var asSecret: TokenSecret {
        get throws { try #require(TokenFormat.standard.parse(self)) }
    }
}
