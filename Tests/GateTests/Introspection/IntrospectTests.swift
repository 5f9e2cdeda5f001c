import HTTPServer
import Ledger
import TestHouse
import Testing
import Tokens

@testable import Gate

@Suite("POST /oauth/introspect")
struct IntrospectTests {
    let house: TestHouse
    let gate: GateHouse

    init() throws {
        house = try TestHouse()
        gate = try GateHouse(house)
    }

    private static let inactive = "{\"active\":false}\n"

    private func introspect(_ token: TokenSecret) async -> Response {
        await gate.post("/oauth/introspect", "token=\(token.reveal())")
    }

    @Test("a good token is active, and the service learns whose it is and what it may do there")
    func active() async throws {
        let alice = try await house.person(
            "alice", name: "Alice Müller", email: "alice@example.com", groups: ["developers", "100%"])
        let (token, secret) = try await house.token(
            "ci", of: alice, expiresAt: Timestamp(rfc3339: "2026-02-28T00:00:00Z"))
        let response = await introspect(secret)
        #expect(
            response
                == Response(
                    .json,
                    """
                    {"active":true,"aud":"maven","email":"alice@example.com","exp":1772236800,\
                    "groups":["developers","100%"],"iat":1769846400,"iss":"https://tokens.example.com",\
                    "jti":"\(token.id)","name":"Alice Müller","scope":"maven:read maven:write",\
                    "sub":"\(alice.id)","token_type":"Bearer","username":"alice"}

                    """, headers: ["X-Jeton-Token": token.id.text, "Cache-Control": "no-store"]))
    }

    @Test("what has no expiry and no e-mail address has no such member")
    func leastActive() async throws {
        let bob = try await house.person("bob")
        let (token, secret) = try await house.token("ci", of: bob, scopes: ["maven:read"])
        #expect(
            await introspect(secret).text == """
                {"active":true,"aud":"maven","groups":[],"iat":1769846400,\
                "iss":"https://tokens.example.com","jti":"\(token.id)","name":"bob",\
                "scope":"maven:read","sub":"\(bob.id)","token_type":"Bearer","username":"bob"}

                """)
    }

    @Test(
        "each access has its scope, and other services' scopes are not told",
        arguments: [
            ([], "maven:read maven:write"),
            (["maven"], "maven:read maven:write"),
            (["maven:write"], "maven:read maven:write"),
            (["maven:read"], "maven:read"),
            (["maven:read", "git:write", "jeton:manage"], "maven:read"),
            (["maven:/a", "git:/b"], "maven:read:/a maven:write:/a"),
            (["maven:read", "maven:write:/a", "maven:write:/b"], "maven:read maven:write:/a maven:write:/b"),
            (["maven:read:/a", "maven"], "maven:read maven:write"),
        ])
    func scopes(_ scopes: [String], _ told: String) async throws {
        let alice = try await house.person("alice")
        let secret = try await house.token("ci", of: alice, scopes: scopes).secret
        #expect(await introspect(secret).text.contains("\"scope\":\"\(told)\","))
    }

    @Test("everything that is not good for the service gets one and the same answer")
    func inactive() async throws {
        let alice = try await house.person("alice")
        let bob = try await house.person("bob")
        let revoked = try await house.token("revoked", of: alice)
        try await house.revoke(revoked.token)
        let expired = try await house.token("expired", of: alice, expiresAt: house.clock.now + .seconds(1))
        let elsewhere = try await house.token("elsewhere", of: alice, scopes: ["git", "jeton:manage"])
        let suspended = try await house.token("suspended", of: bob)
        try await house.suspend(bob)
        house.pass(.seconds(1))
        let secrets = [
            revoked.secret, expired.secret, elsewhere.secret, suspended.secret,
            TokenFormat.standard.makeSecret(),
        ]
        for text in secrets.map({ $0.reveal() }) + ["hunter2", " ", "%00", "jtn_"] {
            let response = await gate.post("/oauth/introspect", "token=\(text)")
            let expected = Response(.json, Self.inactive, headers: ["Cache-Control": "no-store"])
            #expect(response == expected, Comment(rawValue: String(text.prefix(7))))
        }
    }

    @Test("a token that is bound to addresses is not good, since the client's is not told")
    func bound() async throws {
        let alice = try await house.person("alice")
        let secret = try await house.token("bound", of: alice, addresses: ["0.0.0.0/0", "127.0.0.1"]).secret
        #expect(await introspect(secret).text == Self.inactive)
        #expect(await gate.ask("GET", "/verify/maven", ["private-token": secret.reveal()]).status == 200)
    }

    @Test("a token whose owner may not use the service is not good there")
    func groups() async throws {
        let headers: Headers = ["Authorization": basic("ops", GateHouse.secret)]
        for (login, groups, isActive) in [("alice", ["ops"], true), ("bob", ["developers"], false)] {
            let owner = try await house.person(login, groups: groups)
            let secret = try await house.token("ci", of: owner).secret.reveal()
            let answer = await gate.post("/oauth/introspect", "token=\(secret)", headers)
            #expect(answer.text.hasPrefix("{\"active\":\(isActive)"))
        }
    }

    @Test("a token ends at once, whether it is revoked or its owner is suspended")
    func atOnce() async throws {
        let alice = try await house.person("alice")
        let (token, secret) = try await house.token("ci", of: alice)
        let other = try await house.token("other", of: alice).secret
        #expect(await introspect(secret).text.hasPrefix("{\"active\":true,"))
        try await house.revoke(token)
        #expect(await introspect(secret).text == Self.inactive)
        #expect(await introspect(other).text.hasPrefix("{\"active\":true,"))
        try await house.suspend(alice)
        #expect(await introspect(other).text == Self.inactive)
    }

    @Test(
        "a service proves itself in either way, encoded as RFC 6749 says or as clients do",
        arguments: [
            ("raw", ""), ("encoded", ""), ("encoded", "&client_id=maven"), ("lower", ""), ("tab", ""),
            ("none", "&client_id=maven&client_secret=a%2Bb%252Bc+d%3A%20sixteen%20and%20more"),
        ])
    func authentication(_ header: String, _ form: String) async throws {
        let alice = try await house.person("alice")
        let secret = try await house.token("ci", of: alice).secret
        let encoded = basic("maven", "a%2Bb%252Bc+d%3A%20sixteen%20and%20more")
        let headers: Headers =
            switch header {
            case "raw": ["authorization": basic("maven", GateHouse.secret)]
            case "encoded": ["authorization": encoded]
            case "lower": ["authorization": encoded.replacing("Basic", with: "basic ")]
            case "tab": ["authorization": encoded.replacing("Basic ", with: "Basic\t")]
            default: [:]
            }
        let response = await gate.post(
            "/oauth/introspect", "token_type_hint=anything&token=\(secret.reveal())" + form, headers)
        #expect(response.text.hasPrefix("{\"active\":true,"))
    }

    @Test(
        "who proves nothing is told so, and nothing of the token",
        arguments: [
            (nil, ""), ("", ""), (basic("maven", "a wrong secret, and long"), ""),
            (basic("maven", ""), ""), (basic("git", GateHouse.secret), ""),
            (basic("nowhere", GateHouse.secret), ""), ("Bearer \(GateHouse.secret)", ""),
            ("Basic bWF2ZW4", ""), ("Basic !", ""), (nil, "&client_id=maven"),
            (nil, "&client_id=maven&client_secret=no"), (nil, "&client_secret=\(GateHouse.secret)"),
        ])
    func refused(_ header: String?, _ form: String) async throws {
        let alice = try await house.person("alice")
        let secret = try await house.token("ci", of: alice).secret
        let response = await gate.post(
            "/oauth/introspect", "token=\(secret.reveal())" + form,
            header.map { ["authorization": $0] } ?? [:])
        #expect(
            response
                == Response(
                    status: 401, .json,
                    """
                    {"error":"invalid_client","error_description":"authenticate as a service: its name, and \
                    the secret in the file that services.NAME.secret_file names"}

                    """,
                    headers: [
                        "Cache-Control": "no-store",
                        "WWW-Authenticate": "Basic realm=\"Jeton\", charset=\"UTF-8\"",
                    ]))
    }

    @Test("the holder of a token is no service, however much it may do")
    func tokenIsNoSecret() async throws {
        let alice = try await house.person("alice")
        let secret = try await house.token("ci", of: alice).secret
        let response = await gate.post(
            "/oauth/introspect", "token=\(secret.reveal())", ["authorization": basic("maven", secret)])
        #expect(response.status == 401)
    }

    @Test(
        "what is not as the RFC has it is refused with its reason",
        arguments: [
            ("", "the parameter token is missing"),
            ("token=", "the parameter token is missing"),
            ("tok=x", "the parameter token is missing"),
            ("token=x&token=x", "a parameter is sent more than once"),
            ("token=x&a=1&a=2", "a parameter is sent more than once"),
            (
                "token=x&client_id=maven&client_secret=x",
                "authenticate in one way: by Authorization or by client_secret"
            ),
            ("token=x&client_id=git", "client_id differs from Authorization"),
        ])
    func invalid(_ form: String, _ sentence: String) async {
        let response = await gate.post("/oauth/introspect", form)
        #expect(response.status == 400)
        #expect(response.headers["Cache-Control"] == "no-store")
        #expect(
            response.text == "{\"error\":\"invalid_request\",\"error_description\":\"\(sentence)\"}\n")
    }

    @Test("only a form is read, never JSON and never the address's own query")
    func formAlone() async throws {
        let alice = try await house.person("alice")
        let token = try await house.token("ci", of: alice).secret.reveal()
        let json = await gate.post("/oauth/introspect", "{\"token\":\"\(token)\"}", type: "application/json")
        #expect(json.status == 400)
        #expect(json.text.contains("send the parameters as application/x-www-form-urlencoded"))
        #expect(await gate.post("/oauth/introspect?token=\(token)", "").status == 400)
        #expect(await gate.ask("GET", "/oauth/introspect?token=\(token)").status == 405)
    }

    @Test("guesses at a secret are slowed by how many differ, and the right one always passes")
    func guesses() async {
        func status(_ secret: String) async -> Int {
            await gate.post("/oauth/introspect", "token=x", ["authorization": basic("maven", secret)]).status
        }
        for _ in 0..<200 { #expect(await status("stale") == 401) }
        for number in 0..<GuessLimiter.limit { _ = await status("guess \(number)") }
        let response = await gate.post(
            "/oauth/introspect", "token=x", ["authorization": basic("maven", "the last guess")])
        #expect(response.status == 429)
        #expect(response.headers["Retry-After"] == "60")
        #expect(await status(GateHouse.secret) == 200)
        house.pass(.minutes(1))
        #expect(await status("stale") == 401)
    }

    @Test("a client whose address the service cannot tell is nowhere, and not where the service is")
    func unknownAddress() async throws {
        let alice = try await house.person("alice")
        let (token, secret) = try await house.token("ci", of: alice, scopes: ["maven"])
        let headers: Headers = [
            "Authorization": basic("maven", GateHouse.secret), "X-Forwarded-For": "192.0.2.7, unknown",
        ]
        _ = await gate.post("/oauth/introspect", "token=\(secret.reveal())", headers)
        try await gate.uses.flush()
        #expect(try await house.ledger.uses(of: token.id, since: house.clock.now).map(\.address) == [""])
        // Guesses at the service's own secret are slowed from there, too.
        func guess(_ number: Int) async -> Int {
            await gate.post(
                "/oauth/introspect", "token=x",
                ["Authorization": basic("maven", "guess \(number)"), "X-Forwarded-For": "unknown"]
            ).status
        }
        for number in 0..<GuessLimiter.limit { #expect(await guess(number) == 401) }
        #expect(await guess(GuessLimiter.limit) == 429)
    }

    @Test("an active token counts as used, at that service and from where the service says; no other does")
    func uses() async throws {
        let alice = try await house.person("alice")
        let (token, secret) = try await house.token("ci", of: alice, scopes: ["maven"])
        let other = try await house.token("other", of: alice, scopes: ["git"])
        let headers: Headers = [
            "Authorization": basic("maven", GateHouse.secret), "User-Agent": "python-requests/2.31",
            "X-Forwarded-For": "192.0.2.7",
        ]
        for secret in [secret, other.secret] {
            _ = await gate.post("/oauth/introspect", "token=\(secret.reveal())", headers)
        }
        try await gate.uses.flush()
        let now = house.clock.now
        #expect(
            try await house.ledger.uses(of: token.id, since: now) == [
                Use(
                    secret: token.secret, service: "maven", address: "192.0.2.7",
                    client: "Python requests 2.31", lastAt: now, count: 1)
            ])
        #expect(try await house.ledger.uses(of: other.token.id, since: now) == [])
    }
}
