import Gate
import HTTPServer
import Ledger
import TestHouse
import Testing
import Tokens

@Suite("/verify/{service}")
struct VerifyTests {
    let house: TestHouse
    let gate: GateHouse

    init() throws {
        house = try TestHouse()
        gate = try GateHouse(house)
    }

    @Test("a valid token is granted, and headers identify its owner")
    func grant() async throws {
        let alice = try await house.person(
            "alice", name: "Alice Müller", email: "alice@example.com", groups: ["developers", "100%"])
        let (token, secret) = try await house.token("ci", of: alice)
        let response = await gate.ask("GET", "/verify/maven", ["Authorization": basic("alice", secret)])
        #expect(
            response
                == Response(
                    status: 200,
                    headers: [
                        "Remote-User": "alice", "Remote-Name": "Alice M%C3%BCller",
                        "Remote-Email": "alice@example.com",
                        "Remote-Groups": "developers,100%25", "X-Jeton-Token": token.id.text,
                        "Cache-Control": "no-store",
                    ]))
    }

    @Test("nothing presented is challenged with the service's title as the realm")
    func challenge() async {
        let response = await gate.ask("GET", "/verify/git")
        #expect(response.status == 401)
        #expect(
            response.headers["WWW-Authenticate"]
                == "Basic realm=\"Projets %E2%80%9CStudio%E2%80%9D\", charset=\"UTF-8\"")
        #expect(response.reason == "no_credentials")
        #expect(response.headers["Content-Type"] == "text/plain; charset=utf-8")
        #expect(
            response.text
                == "Projets “Studio” needs a token, not a password; create one at https://tokens.example.com/tokens/new?service=git&access=read\n"
        )
    }

    @Test(
        "each way of presenting a token is read",
        arguments: [
            "basic", "basic e-mail", "basic no login", "basic __token__", "basic token as login",
            "basic x-oauth-basic", "basic OAUTH-USER", "basic <token>", "Bearer", "Bearer and a tab", "token",
            "bare", "X-Authentication-Token", "Private-Token",
            "X-NuGet-ApiKey", "X-JFrog-Art-Api", "Job-Token", "Deploy-Token",
            "twice the same",
        ])
    func ways(_ way: String) async throws {
        let alice = try await house.person("Alice", email: "a.l@Example.com")
        let secret = try await house.token("ci", of: alice).secret
        let text = secret.reveal()
        let headers: Headers =
            switch way {
            case "basic": ["authorization": basic("aLICE", secret)]
            case "basic e-mail": ["authorization": basic("A.L@example.COM", secret)]
            case "basic no login": ["authorization": basic("", secret)]
            case "basic __token__": ["authorization": basic("__token__", secret)]
            case "basic token as login": ["authorization": basic(text, "")]
            case "basic x-oauth-basic": ["authorization": basic(text, "x-oauth-basic")]
            case "basic OAUTH-USER": ["authorization": basic("OAUTH-USER", secret)]
            case "basic <token>": ["authorization": basic("<token>", secret)]
            case "Bearer and a tab": ["authorization": "Bearer\t\(text)"]
            case "Bearer": ["authorization": "bearer \(text)"]
            case "token": ["authorization": "token \(text)"]
            case "bare": ["authorization": text]
            case "twice the same": ["authorization": basic("alice", secret), "private-token": text]
            default: Headers(dictionaryLiteral: (way, text))
            }
        #expect(await gate.ask("GET", "/verify/maven", headers).status == 200)
    }

    @Test("each denial has its status, its reason and its sentence")
    func denials() async throws {
        let alice = try await house.person("alice")
        let bob = try await house.person("bob")
        let good = try await house.token("good", of: alice)
        let revoked = try await house.token("revoked", of: alice)
        try await house.revoke(revoked.token)
        let expiring = try await house.token("short", of: alice, expiresAt: house.clock.now + .seconds(1))
        let reader = try await house.token("reader", of: alice, scopes: ["maven:read"])
        let suspended = try await house.token("bob's", of: bob)
        try await house.suspend(bob)
        house.pass(.seconds(1))
        let unknown = TokenFormat.standard.makeSecret()
        let desk = "https://tokens.example.com/tokens"
        let form = "\(desk)/new?service=maven&access"
        let rows: [(Headers, Int, String, String)] = [
            (
                ["authorization": basic("alice", "hunter2")], 401, "not_a_token",
                "this is not a token, and passwords are not accepted here; create a token at \(form)=read\n"
            ),
            (
                ["authorization": "Bearer \"\(good.secret.reveal())\""], 401, "not_a_token",
                "there is a token in this, with something around it; check for quotes, spaces and line breaks\n"
            ),
            (
                ["authorization": basic("alice", String(good.secret.reveal().dropLast(3)))], 401,
                "not_a_token",
                "this token was cut off or mistyped; copy it again, or create a new one at \(form)=read\n"
            ),
            (
                ["authorization": basic("alice", unknown)], 401, "unknown_token",
                "this token is unknown here; check that it was copied completely, or create a new one at \(form)=read\n"
            ),
            (
                ["authorization": basic("alice", revoked.secret)], 401, "revoked",
                "this token was revoked; create a new one at \(form)=read\n"
            ),
            (
                ["authorization": basic("alice", expiring.secret)], 401, "expired",
                "this token has expired; create a new one at \(form)=read\n"
            ),
            (
                ["authorization": basic("bob", suspended.secret)], 403, "owner_suspended",
                "the account that this token belongs to is suspended; ask your administrator\n"
            ),
            (
                ["authorization": basic("bob", good.secret)], 401, "wrong_login",
                "this token belongs to another login; send its owner's login with it, or none; see \(desk)\n"
            ),
            (
                ["authorization": basic("alice", reader.secret), "x-original-method": "PUT"], 403,
                "insufficient_scope",
                "this token may not write at Maven private repository; create one that may write: \(form)=write\n"
            ),
            (
                ["authorization": basic("alice", good.secret), "private-token": reader.secret.reveal()], 400,
                "several_credentials",
                "two different credentials were sent at once; send one token, in one header\n"
            ),
        ]
        for (headers, status, reason, text) in rows {
            let response = await gate.ask("GET", "/verify/maven", headers)
            #expect(response.status == status)
            #expect(response.reason == reason)
            #expect(response.text == text)
            #expect(response.headers["X-Jeton-Message"].map { $0 + "\n" } == text)
            #expect((response.headers["WWW-Authenticate"] != nil) == (status == 401))
            #expect(response.headers["Remote-User"] == nil)
        }
    }

    @Test(
        "a service that is not configured is the gate's own trouble, whatever is presented",
        arguments: [
            "/verify/nowhere", "/verify/nowhere/a/b?c", "/verify/Maven", "/verify/", "/verify",
            "/verify?maven",
            "/verify//maven", "/verify/?maven",
        ])
    func unknownService(target: String) async throws {
        let alice = try await house.person("alice")
        let secret = try await house.token("ci", of: alice).secret
        for headers in [[:], ["authorization": basic("alice", secret)]] as [Headers] {
            let response = await gate.ask("GET", target, headers)
            #expect(response.status == 500)
            #expect(response.reason == "unknown_service")
            #expect(response.headers["Retry-After"] == nil)
            #expect(
                response.text
                    == "no service of this name is configured at the token desk; ask your administrator\n")
        }
    }

    @Test("what only begins like the gate's path is not the gate's")
    func elsewhere() async {
        #expect(await gate.ask("GET", "/verifying").status == 404)
    }

    @Test("a token in a query string is never read")
    func query() async throws {
        let alice = try await house.person("alice")
        let secret = try await house.token("ci", of: alice).secret.reveal()
        let response = await gate.ask("GET", "/verify/maven?access_token=\(secret)&private_token=\(secret)")
        #expect(response.reason == "no_credentials")
    }

    @Test("the verify address's own query decides nothing when the path is bare")
    func bareQuery() async throws {
        let alice = try await house.person("alice")
        let secret = try await house.token("ci", of: alice, scopes: ["git:read"]).secret
        let headers: Headers = [
            "authorization": basic("alice", secret), "x-forwarded-method": "GET",
            "x-forwarded-uri": "/a.git/info/refs?service=git-receive-pack",
        ]
        let response = await gate.ask("GET", "/verify/git?service=git-upload-pack", headers)
        #expect(response.reason == "insufficient_scope")
    }

    @Test(
        "the original request is read in every dialect, and the strictest wins",
        arguments: [
            (
                "GET", "/verify/git",
                ["x-original-method": "GET", "x-original-uri": "/a.git/info/refs?service=git-upload-pack"],
                true
            ),
            (
                "GET", "/verify/git",
                ["x-original-method": "POST", "x-original-uri": "/a.git/git-upload-pack"], true
            ),
            (
                "GET", "/verify/git",
                ["x-original-method": "POST", "x-original-uri": "/a.git/git-receive-pack"], false
            ),
            (
                "GET", "/verify/git",
                ["x-forwarded-method": "POST", "x-forwarded-uri": "/a.git/git-upload-pack"], true
            ),
            (
                "GET", "/verify/git",
                ["x-forwarded-method": "POST", "x-forwarded-uri": "/a.git/git-receive-pack"], false
            ),
            ("POST", "/verify/git/a.git/git-upload-pack", [:], true),
            ("POST", "/verify/git/a.git/git-receive-pack", [:], false),
            ("GET", "/verify/git/a.git/info/refs?service=git-receive-pack", [:], false),
            ("GET", "/verify/git/a.git/info/refs?service=git-upload-pack", [:], true),
            ("PUT", "/verify/git", [:], false),
            ("GET", "/verify/git", [:], true),
            // A proxy that tells the target alone does not tell what is done to it.
            ("GET", "/verify/git", ["x-original-uri": "/a.git/HEAD"], false),
            ("GET", "/verify/git", ["x-forwarded-uri": "/a.git/HEAD"], false),
            ("GET", "/verify/git", ["x-original-method": "GET"], true),
            // A client that writes what its proxy did not set gains nothing.
            (
                "GET", "/verify/git",
                [
                    "x-original-method": "POST", "x-original-uri": "/a.git/git-receive-pack",
                    "x-forwarded-method": "GET", "x-forwarded-uri": "/",
                ], false
            ),
            ("PUT", "/verify/git/a.git/x", ["x-original-method": "GET", "x-original-uri": "/"], false),
        ] as [(String, String, [String: String], Bool)])
    func dialects(_ method: String, _ target: String, _ told: [String: String], _ isRead: Bool) async throws {
        let alice = try await house.person("alice")
        let secret = try await house.token("ci", of: alice, scopes: ["git:read"]).secret
        var headers: Headers = ["authorization": basic("alice", secret)]
        for (name, value) in told { headers.add(name, value) }
        #expect(await gate.ask(method, target, headers).status == (isRead ? 200 : 403))
    }

    @Test("one stale token never slows an address; many different ones slow only failures")
    func guessing() async throws {
        let alice = try await house.person("alice")
        let good = try await house.token("ci", of: alice).secret
        let stale = TokenFormat.standard.makeSecret()
        let office: Headers = ["x-forwarded-for": "192.0.2.7"]
        func ask(_ secret: TokenSecret, from headers: Headers = office) async -> String? {
            var headers = headers
            headers.add("authorization", basic("alice", secret))
            return await gate.ask("GET", "/verify/maven", headers).reason
        }
        for _ in 0..<500 { #expect(await ask(stale) == "unknown_token") }
        for _ in 1..<GuessLimiter.limit {
            #expect(await ask(TokenFormat.standard.makeSecret()) == "unknown_token")
        }
        let response = await gate.ask(
            "GET", "/verify/maven",
            ["x-forwarded-for": "192.0.2.7", "authorization": basic("x", TokenFormat.standard.makeSecret())])
        #expect(response.status == 429)
        #expect(response.headers["Retry-After"] == "60")
        #expect(await ask(good) == nil)
        #expect(
            await ask(TokenFormat.standard.makeSecret(), from: ["x-forwarded-for": "192.0.2.8"])
                == "unknown_token")
        house.pass(.minutes(1))
        #expect(await ask(stale) == "unknown_token")
    }

    @Test("X-Forwarded-For counts only from trusted proxies")
    func forwardedFor() async throws {
        let alice = try await house.person("alice")
        let (token, secret) = try await house.token("ci", of: alice)
        let headers: Headers = ["authorization": basic("alice", secret), "x-forwarded-for": "192.0.2.7"]
        _ = await gate.ask("GET", "/verify/maven", headers, peer: IPAddress(v4: 0xC633_6401))
        try await gate.uses.flush()
        #expect(
            try await house.ledger.uses(of: token.id, since: house.clock.now).map(\.address) == [
                "198.51.100.1"
            ])
    }

    @Test("a revoked token is refused once the revocation was answered")
    func revoked() async throws {
        let alice = try await house.person("alice")
        let (token, secret) = try await house.token("ci", of: alice)
        let headers: Headers = ["authorization": basic("alice", secret)]
        #expect(await gate.ask("GET", "/verify/maven", headers).status == 200)
        try await house.revoke(token)
        #expect(await gate.ask("GET", "/verify/maven", headers).reason == "revoked")
    }

    @Test("alive and able to verify", arguments: ["/healthz", "/readyz"])
    func health(_ path: String) async {
        let response = await gate.ask("GET", path)
        #expect(response.status == 200)
        #expect(response.text == "ok\n")
    }
}
