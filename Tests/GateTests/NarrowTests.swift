import HTTPServer
import Ledger
import TestHouse
import Testing
import Tokens

@testable import Gate

/// Tokens that are for one path, for some addresses, or for services that their owner may use no more.
@Suite("/verify/{service} with a token for little")
struct NarrowTests {
    let house: TestHouse
    let gate: GateHouse

    init() throws {
        house = try TestHouse()
        gate = try GateHouse(house)
    }

    @Test(
        "a path is judged in every dialect, and has to cover each target",
        arguments: [
            ("GET", "/verify/git", ["x-original-method": "PUT", "x-original-uri": "/a/b.git/x?y=/.."], true),
            ("GET", "/verify/git", ["x-forwarded-method": "PUT", "x-forwarded-uri": "/a/b.git/x"], true),
            ("PUT", "/verify/git/a/b.git/x?y", [:], true),
            ("PUT", "/verify/git/a/b.git", [:], true),
            ("GET", "/verify/git", ["x-original-uri": "/a/b.git/x"], true),
            ("GET", "/verify/git", ["x-original-uri": "/a/b.git2"], false),
            ("GET", "/verify/git", ["x-forwarded-uri": "/a/c.git"], false),
            ("PUT", "/verify/git/a/b.git/../c.git", [:], false),
            ("PUT", "/verify/git/a/b.git/%2e%2e/c.git", [:], false),
            ("PUT", "/verify/git//a/b.git", [:], false),
            // None is told.
            ("GET", "/verify/git", [:], false),
            ("GET", "/verify/git?/a/b.git/x", [:], false),
            ("GET", "/verify/git/", [:], false),
            ("GET", "/verify/git", ["x-original-method": "GET"], false),
            // Path and absolute form are one. The authority ends at `/`, `?` or `#` (RFC 3986, section 3.2).
            ("GET", "/verify/git", ["x-original-uri": "http://host/a/b.git/x"], true),
            ("GET", "/verify/git", ["x-original-url": "https://user@host:8443/a/b.git/x?y"], true),
            ("GET", "/verify/git", ["x-original-url": "/a/b.git/x"], true),
            ("GET", "/verify/git", ["x-forwarded-uri": "HTTP://[2001:db8::1]/a/b.git/x"], true),
            ("GET", "/verify/git", ["x-original-url": "http://host/a/c.git/x"], false),
            ("GET", "/verify/git", ["x-original-url": "http://host/a/b.git/../c.git"], false),
            ("GET", "/verify/git", ["x-original-url": "http://host?/a/b.git/x"], false),
            ("GET", "/verify/git", ["x-original-url": "http://host#/a/b.git/x"], false),
            ("GET", "/verify/git", ["x-original-url": "http://host"], false),
            ("GET", "/verify/git", ["x-original-url": "http:///a/b.git/x"], false),
            ("GET", "/verify/git", ["x-original-url": "http://host\\/a/b.git/x"], false),
            ("GET", "/verify/git", ["x-original-url": "http:/a/b.git/x"], false),
            ("GET", "/verify/git", ["x-original-url": "ftp://host/a/b.git/x"], false),
            ("GET", "/verify/git", ["x-original-url": "//host/a/b.git/x"], false),
            ("GET", "/verify/git", ["x-original-url": ""], false),
            // Where both are there, each has to be covered.
            (
                "GET", "/verify/git",
                ["x-original-url": "http://host/a/b.git/x", "x-original-uri": "/a/b.git/y"], true
            ),
            (
                "GET", "/verify/git",
                ["x-original-url": "http://host/a/c.git/x", "x-original-uri": "/a/b.git/x"], false
            ),
            (
                "GET", "/verify/git",
                ["x-original-url": "http://host/a/b.git/x", "x-original-uri": "/a/c.git/x"], false
            ),
            (
                "GET", "/verify/git",
                ["x-original-url": "http://host/a/c.git/x", "x-forwarded-uri": "/a/b.git/x"], false
            ),
            ("PUT", "/verify/git/a/b.git/x", ["x-original-url": "http://host/a/c.git/x"], false),
            // A client that writes what its proxy did not set gains nothing.
            ("GET", "/verify/git", ["x-original-uri": "/a/c.git", "x-forwarded-uri": "/a/b.git"], false),
            ("GET", "/verify/git", ["x-original-uri": "/a/b.git", "x-forwarded-uri": "/a/c.git"], false),
            ("GET", "/verify/git", ["x-original-method": "GET", "x-forwarded-uri": "/a/b.git"], false),
            ("PUT", "/verify/git/a/c.git", ["x-original-uri": "/a/b.git"], false),
            ("PUT", "/verify/git/a/b.git", ["x-original-uri": "/a/c.git"], false),
            // What is copied or moved goes somewhere else, too.
            ("MOVE", "/verify/git/a/b.git/x", ["destination": "https://host/a/b.git/y"], true),
            ("MOVE", "/verify/git/a/b.git/x", ["destination": "/a/b.git/y"], true),
            ("MOVE", "/verify/git/a/b.git/x", ["destination": "https://host/a/c.git/y"], false),
            ("MOVE", "/verify/git/a/b.git/x", ["destination": "//host/a/b.git/y"], false),
            ("MOVE", "/verify/git/a/b.git/x", ["destination": "https://host"], false),
            ("MOVE", "/verify/git/a/b.git/x", ["destination": "ftp://host/a/b.git/y"], false),
            ("MOVE", "/verify/git/a/b.git/x", ["destination": "https://host?/a/b.git/y"], false),
            ("MOVE", "/verify/git/a/b.git/x", ["destination": "https://host#/a/b.git/y"], false),
            // A hop may have made one field of two (RFC 9110, section 5.3).
            ("MOVE", "/verify/git/a/b.git/x", ["destination": "/a/b.git/y,/a/c.git/y"], false),
            ("MOVE", "/verify/git/a/b.git/x", ["destination": "/a/b.git/y, /a/c.git/y"], false),
            ("MOVE", "/verify/git/a/b.git/x", ["destination": "https://h/a/b.git/y,c.git"], false),
            ("MOVE", "/verify/git/a/b.git/x", ["destination": "https://h/a/b.git/y?,/a/c.git"], false),
            ("MOVE", "/verify/git/a/b.git/x", ["destination": "/a/b.git/y%2Cz"], true),
            ("GET", "/verify/git", ["x-original-uri": "/a/b.git/x,/a/c.git/y"], false),
            ("GET", "/verify/git", ["x-original-uri": "/a/b.git/x, /a/c.git/y"], false),
            ("GET", "/verify/git", ["x-original-uri": "/a/b.git,/a/c.git/y"], false),
            ("GET", "/verify/git", ["x-original-uri": "/a/b.git/x,y"], false),
            ("GET", "/verify/git", ["x-original-uri": "/a/b.git/x?,/a/c.git"], false),
            ("GET", "/verify/git", ["x-original-uri": "/a/b.git/x?y,\t /a/c.git"], false),
            ("GET", "/verify/git", ["x-forwarded-uri": "/a/b.git/x?,HTTPS://host/a/c.git"], false),
            ("GET", "/verify/git", ["x-original-url": "http://h/a/b.git/x?,http://h/a/c.git"], false),
            ("GET", "/verify/git", ["x-original-url": "http://h,x/a/b.git"], false),
            ("GET", "/verify/git", ["x-original-uri": "/a/b.git/x?,*"], false),
            ("GET", "/verify/git", ["x-original-uri": "/a/b.git/x?fields=a,b"], true),
            ("GET", "/verify/git", ["x-original-uri": "/a/b.git/x%2Cy"], true),
            // Envoy's path is no field, so nobody joins it.
            ("PUT", "/verify/git/a/b.git/x,y", [:], true),
        ] as [(String, String, [String: String], Bool)])
    func paths(_ method: String, _ target: String, _ told: [String: String], _ isCovered: Bool) async throws {
        let alice = try await house.person("alice")
        let narrow = try await house.token("narrow", of: alice, scopes: ["git:write:/a/b.git"]).secret
        let wide = try await house.token("wide", of: alice, scopes: ["git"]).secret
        var headers: Headers = ["authorization": basic("alice", narrow)]
        for (name, value) in told { headers.add(name, value) }
        let response = await gate.ask(method, target, headers)
        #expect(response.status == (isCovered ? 200 : 403))
        #expect(response.reason == (isCovered ? nil : "insufficient_scope"))
        headers["authorization"] = basic("alice", wide)
        #expect(await gate.ask(method, target, headers).status == 200)
    }

    @Test("a refusal says below which path the token may be used")
    func sentence() async throws {
        let alice = try await house.person("alice")
        let secret = try await house.token("narrow", of: alice, scopes: ["git:write:/a/b.git"]).secret
        let response = await gate.ask("PUT", "/verify/git/a/c.git", ["authorization": basic("", secret)])
        #expect(
            response.text
                == "this token may write at Projets “Studio” only below /a/b.git; create one that may write here: https://tokens.example.com/tokens/new?service=git&access=write\n"
        )
    }

    @Test("a refusal leads to the form filled in for the access and, where the service takes it, the path")
    func link() async throws {
        let alice = try await house.person("alice")
        let service = Service(
            name: try ServiceName("repos"), title: "Repositories", kind: .git,
            url: ServiceURL("https://git.example.com/r/"), paths: [try #require(PathPattern("/*/*.git"))])
        let gate = try GateHouse(house, and: [service])
        let reader = try await house.token("reader", of: alice, scopes: ["repos:read"]).secret
        let gone = try await house.token("gone", of: alice)
        try await house.revoke(gone.token)
        func address(_ secret: TokenSecret, _ uri: String) async throws -> String {
            let response = await gate.ask(
                "GET", "/verify/repos",
                ["authorization": basic("", secret), "x-original-method": "GET", "x-original-uri": uri])
            let message = try #require(response.headers["X-Jeton-Message"])
            #expect(response.text == message + "\n", "no proxy has to encode or decode it")
            return String(try #require(message.split(separator: " ").last))
        }
        let form = "https://tokens.example.com/tokens/new?service=repos&access="
        let push = "/info/refs?service=git-receive-pack"
        #expect(try await address(reader, "/r/a/b.git" + push) == form + "write&path=/a/b.git")
        #expect(try await address(reader, "/r/a/b%20c.git" + push) == form + "write")
        #expect(try await address(reader, "/r/a/../b.git" + push) == form + "write")
        #expect(try await address(gone.secret, "/r/a/b.git" + push) == form + "write")
        #expect(
            try await address(gone.secret, "/r/a/b.git/info/refs?service=git-upload-pack") == form + "read")
    }

    @Test("a token that is bound to addresses is refused from all others, with the address that was seen")
    func addresses() async throws {
        let alice = try await house.person("alice")
        let secret = try await house.token("office", of: alice, addresses: ["192.0.2.0/24", "2001:db8::/32"])
            .secret
        func ask(_ forwarded: String?, peer: String = "127.0.0.1") async throws -> Response {
            var headers: Headers = ["authorization": basic("alice", secret)]
            if let forwarded { headers.add("x-forwarded-for", forwarded) }
            return await gate.ask(
                "GET", "/verify/maven", headers, peer: try #require(IPAddress(peer)))
        }
        #expect(try await ask("192.0.2.7").status == 200)
        #expect(try await ask("::ffff:192.0.2.7").status == 200)
        #expect(try await ask("2001:db8::7").status == 200)
        #expect(try await ask("198.51.100.1, 192.0.2.7").status == 200)
        let refused = try await ask("192.0.2.7, 198.51.100.1")
        #expect(refused.status == 403)
        #expect(refused.reason == "address_not_allowed")
        #expect(
            refused.text
                == "this token may not be used from 198.51.100.1; use it from where it is allowed, or create one for this address at https://tokens.example.com/tokens/new?service=maven&access=read\n"
        )
        #expect(refused.headers["WWW-Authenticate"] == nil)
        // An address may come with a port; what is none is unknown, and never the proxy's own.
        #expect(try await ask("192.0.2.7:51234").status == 200)
        #expect(try await ask("[2001:db8::7]:443").status == 200)
        for none in ["unknown", "for=192.0.2.7", "_hidden", "192.0.2.7:x", "192.0.2.7, unknown"] {
            #expect(try await ask(none).reason == "address_not_allowed")
        }
        // Nobody but a trusted proxy says where the client is.
        #expect(try await ask("192.0.2.7", peer: "198.51.100.1").reason == "address_not_allowed")
        #expect(try await ask(nil, peer: "192.0.2.7").status == 200)
        #expect(try await ask(nil).reason == "address_not_allowed")
        let unknown = await gate.application.respond(
            to: Request(
                "GET", "/verify/maven", headers: ["authorization": basic("alice", secret)], peer: .localProxy)
        )
        #expect(unknown.reason == "address_not_allowed")
        #expect(unknown.text.hasPrefix("this token may not be used from an unknown address; "))
    }

    @Test(
        "a token that is bound to the proxies' own network does not pass where the client's address is unreadable",
        arguments: ["unknown", "for=203.0.113.9", "_hidden", "203.0.113.9:51234", "[2001:db8::1]:443", "x"])
    func boundToProxies(forwarded: String) async throws {
        let alice = try await house.person("alice")
        let secret = try await house.token("inside", of: alice, addresses: ["127.0.0.0/8"]).secret
        let headers: Headers = ["authorization": basic("alice", secret)]
        #expect(await gate.ask("GET", "/verify/maven", headers).status == 200)
        var outside = headers
        outside.add("x-forwarded-for", forwarded)
        #expect(await gate.ask("GET", "/verify/maven", outside).reason == "address_not_allowed")
    }

    @Test("guesses from an unreadable address are slowed, and slow nobody whose address is known")
    func guessesFromNowhere() async throws {
        func guess(_ forwarded: String) async -> String? {
            await gate.ask(
                "GET", "/verify/maven",
                [
                    "authorization": basic("x", TokenFormat.standard.makeSecret()),
                    "x-forwarded-for": forwarded,
                ]
            ).reason
        }
        for number in 0..<GuessLimiter.limit { #expect(await guess("_hidden\(number)") == "unknown_token") }
        #expect(await guess("unknown") == "too_many_failures")
        #expect(await guess("192.0.2.7") == "unknown_token")
        #expect(
            await gate.ask(
                "GET", "/verify/maven", ["authorization": basic("x", TokenFormat.standard.makeSecret())]
            ).reason == "unknown_token")
    }

    @Test(
        "through a proxy at a unix socket, a bound token passes from where it may be used, and never from nowhere"
    )
    func boundBehindSocket() async throws {
        let alice = try await house.person("alice")
        let secret = try await house.token("office", of: alice, addresses: ["192.0.2.0/24"]).secret
        func ask(_ forwarded: String?, peer: Peer = .localProxy) async -> String? {
            var headers: Headers = ["authorization": basic("alice", secret)]
            if let forwarded { headers.add("x-forwarded-for", forwarded) }
            return await gate.application.respond(
                to: Request("GET", "/verify/maven", headers: headers, peer: peer)
            ).reason
        }
        #expect(await ask("192.0.2.7") == nil)
        #expect(await ask("198.51.100.1, 192.0.2.7") == nil)
        for elsewhere in ["192.0.2.7, 198.51.100.1", "unknown", "192.0.2.7, unix:", "", nil] {
            #expect(await ask(elsewhere) == "address_not_allowed")
        }
        #expect(await ask("192.0.2.7", peer: .operator) == "address_not_allowed")
    }

    @Test(
        "guesses through a unix socket whose client is not named count under one key, and slow nobody who is named"
    )
    func guessesBehindSocket() async throws {
        func guess(_ forwarded: String?, peer: Peer = .localProxy) async -> String? {
            var headers: Headers = ["authorization": basic("x", TokenFormat.standard.makeSecret())]
            if let forwarded { headers.add("x-forwarded-for", forwarded) }
            return await gate.application.respond(
                to: Request("GET", "/verify/maven", headers: headers, peer: peer)
            ).reason
        }
        for number in 0..<GuessLimiter.limit {
            #expect(await guess(number % 2 == 0 ? nil : "unknown") == "unknown_token")
        }
        #expect(await guess(nil) == "too_many_failures")
        #expect(await guess("192.0.2.7") == "unknown_token")
        #expect(await guess("127.0.0.1") == "unknown_token")
        #expect(await guess(nil, peer: .address(.loopback)) == "unknown_token")
        // A good token passes all the same.
        let alice = try await house.person("alice")
        let secret = try await house.token("good", of: alice).secret
        let headers: Headers = ["authorization": basic("alice", secret)]
        #expect(
            await gate.application.respond(
                to: Request("GET", "/verify/maven", headers: headers, peer: .localProxy)
            ).status == 200)
    }

    @Test("a person who leaves the service's groups is refused there at once, and nowhere else")
    func groups() async throws {
        var bob = try await house.person("bob", groups: ["staff", "ops"])
        let secrets = try await [
            house.token("all", of: bob).secret, house.token("one", of: bob, scopes: ["ops:read"]).secret,
        ]
        for secret in secrets {
            #expect(
                await gate.ask("GET", "/verify/ops", ["authorization": basic("bob", secret)]).status == 200)
        }
        bob.groups = ["staff", "OPS"]
        try await house.ledger.update(bob, event: Event(.subjectChanged, at: house.clock.now, actor: nil))
        for secret in secrets {
            let response = await gate.ask("GET", "/verify/ops", ["authorization": basic("bob", secret)])
            #expect(response.status == 403)
            #expect(response.reason == "not_entitled")
            #expect(
                response.text
                    == "the owner of this token is in none of the groups that may use Operations; ask your administrator\n"
            )
        }
        #expect(
            await gate.ask("GET", "/verify/maven", ["authorization": basic("bob", secrets[0])]).status == 200)
    }

    @Test("the realm of a challenge is the operator's own, where there is one")
    func realm() async throws {
        let response = await gate.ask("GET", "/verify/ops")
        #expect(response.headers["WWW-Authenticate"] == "Basic realm=\"Ops \\\"desk\\\"\", charset=\"UTF-8\"")
        #expect(response.text.hasPrefix("Operations needs a token"))
    }
}
