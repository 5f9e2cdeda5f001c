import HTTPServer
import Ledger
import TestHouse
import Testing
import Tokens

@testable import Gate

/// Faults that were published of other gates and token services, tried on this one. Each test has the
/// identifiers of those reports in its name.
@Suite("What broke others")
struct PeerFaultTests {
    let house: TestHouse
    let gate: GateHouse

    init() throws {
        house = try TestHouse()
        gate = try GateHouse(house)
    }

    private func token(_ scopes: String..., of login: String = "alice") async throws -> TokenSecret {
        try await house.token(login, of: try await house.person(login), scopes: scopes).secret
    }

    private static let dialects = ["x-forwarded-uri", "x-original-uri", "x-original-url"]

    /// What the gate says to a token for `/a/b.git` where a proxy tells those targets by these headers.
    private func asked(_ secret: TokenSecret, _ told: [String: String]) async -> Response {
        var headers: Headers = ["authorization": basic("", secret)]
        for (name, target) in told {
            headers[name.hasPrefix("x-original") ? "x-original-method" : "x-forwarded-method"] = "GET"
            headers[name] = target
        }
        return await gate.ask("GET", "/verify/git", headers)
    }

    @Test(
        "CVE-2026-40575, CVE-2026-76835 (oauth2-proxy): a target that the client told does not take the place of the proxy's",
        arguments: dialects)
    func forgedTarget(forged: String) async throws {
        let narrow = try await token("git:/a/b.git")
        for told in Self.dialects where told != forged {
            let refused = await asked(narrow, [told: "/a/c.git/HEAD", forged: "/a/b.git/HEAD"])
            #expect(refused.reason == "insufficient_scope", "\(told)")
            #expect(await asked(narrow, [told: "/a/b.git/HEAD", forged: "/a/b.git/x"]).status == 200)
        }
    }

    @Test("CVE-2026-40575 (oauth2-proxy): by default nobody but loopback is a trusted proxy")
    func trusted() {
        let settings = GateSettings(services: [], desk: DeskAddress(publicURL: ""))
        #expect(settings.trustedProxies == AddressRange.loopback)
    }

    @Test(
        "CVE-2025-54576 (oauth2-proxy): the query is no part of the path",
        arguments: [
            "/a/c.git?/a/b.git/", "/a/c.git?x=/../../a/b.git", "/?/a/b.git", "?/a/b.git",
            "/a/c.git/x?y#/a/b.git",
        ])
    func query(target: String) async throws {
        let narrow = try await token("git:/a/b.git")
        for header in Self.dialects {
            #expect(await asked(narrow, [header: target]).reason == "insufficient_scope")
            #expect(await asked(narrow, [header: "/a/b.git/x?/a/c.git"]).status == 200)
        }
        #expect(
            await gate.ask("GET", "/verify/git" + target, ["authorization": basic("", narrow)]).reason
                == "insufficient_scope")
    }

    @Test(
        "CVE-2026-34457 (oauth2-proxy): no agent, method, path or header opens the gate",
        arguments: ["GET", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "get", "HEALTH"])
    func healthCheck(method: String) async throws {
        let agents = [
            "GoogleHC/1.0", "kube-probe/1.30", "ELB-HealthChecker/2.0", "Prometheus/3.0",
            "Amazon-Route53-Health-Check",
            "jeton",
        ]
        for agent in agents {
            for target in [
                "", "/", "/healthz", "/ping", "/.well-known/acme-challenge/x", "?health", "/robots.txt",
            ] {
                for extra: Headers in [
                    [:], ["x-forwarded-uri": "/healthz", "x-forwarded-method": "GET"],
                    ["x-original-url": "http://h/ping"],
                    ["access-control-request-method": "GET", "origin": "null"],
                    ["upgrade": "websocket"], ["x-forwarded-for": "127.0.0.1"], ["remote-user": "alice"],
                ] {
                    var headers = extra
                    headers.add("user-agent", agent)
                    let response = await gate.ask(method, "/verify/maven" + target, headers)
                    #expect(
                        response.status == 401 && response.reason == "no_credentials", "\(agent) \(target)")
                }
            }
        }
    }

    @Test(
        "CVE-2026-48020 (Traefik): a path that a proxy normalises after a prefix was cut off is covered by no narrowed scope",
        arguments: [
            "/x/../a/b.git", "/a/b.git/../c.git", "/a/b.git/%2e%2e/c.git", "/a/b.git//c.git", "//a/b.git",
            "/a/b.git/..%2fc.git", "/a/./b.git", "/a/b.git/..;/c.git",
        ])
    func normalised(target: String) async throws {
        let narrow = try await token("git:/a/b.git")
        for header in Self.dialects {
            #expect(await asked(narrow, [header: target]).reason == "insufficient_scope")
        }
    }

    @Test(
        "GHSA-fvhj-4qfh-q2hm (Traefik): a target with a fragment is covered by no narrowed scope",
        arguments: ["/a/b.git#/../c.git", "/a/b.git%23/c.git", "http://h#/a/b.git", "/a/c.git#/a/b.git"])
    func fragment(target: String) async throws {
        let narrow = try await token("git:/a/b.git")
        for header in Self.dialects {
            #expect(await asked(narrow, [header: target]).reason == "insufficient_scope", "\(header)")
        }
        let destination = await asked(narrow, ["x-forwarded-uri": "/a/b.git/x", "destination": target])
        #expect(destination.reason == "insufficient_scope")
    }

    @Test(
        "CVE-2026-33433, CVE-2026-39858, CVE-2026-54763, GHSA-x677-9fxg-v5c5, CVE-2026-88011 (Traefik): an identity that came with the question is in no answer",
        arguments: [
            "Remote-User", "remote-user", "Remote_User", "Remote.User", "REMOTE-GROUPS", "X-Jeton-Token",
        ])
    func identity(name: String) async throws {
        let secret = try await token()
        for credential in [basic("", secret), basic("", TokenFormat.standard.makeSecret())] {
            let response = await gate.ask(
                "GET", "/verify/maven", ["authorization": credential, name: "root"])
            #expect(!response.headers.fields.contains { $0.value.contains("root") })
        }
    }

    @Test(
        "CVE-2026-128359 (Gitea), CVE-2026-78357 (OTRS): who is suspended is refused at once, and introspection says so"
    )
    func suspended() async throws {
        var alice = try await house.person("alice")
        let secret = try await house.token("ci", of: alice).secret
        #expect(await gate.ask("GET", "/verify/maven", ["authorization": basic("", secret)]).status == 200)
        alice.suspendedAt = house.clock.now
        try await house.ledger.update(
            alice, event: Event(.subjectSuspended, at: house.clock.now, actor: nil))
        #expect(
            await gate.ask("GET", "/verify/maven", ["authorization": basic("", secret)]).reason
                == "owner_suspended")
        #expect(
            await gate.post("/oauth/introspect", "token=\(secret.reveal())").text == "{\"active\":false}\n")
    }

    @Test("CVE-2026-115362 (OpenBao): an expired token is refused at its last moment, whatever was swept")
    func expiry() async throws {
        let alice = try await house.person("alice")
        let secret = try await house.token("ci", of: alice, expiresAt: house.clock.now + .seconds(60)).secret
        house.pass(TimeSpan(milliseconds: 59_999))
        #expect(await gate.ask("GET", "/verify/maven", ["authorization": basic("", secret)]).status == 200)
        house.pass(TimeSpan(milliseconds: 1))
        #expect(
            await gate.ask("GET", "/verify/maven", ["authorization": basic("", secret)]).reason == "expired")
        #expect(
            await gate.post("/oauth/introspect", "token=\(secret.reveal())").text == "{\"active\":false}\n")
    }

    @Test("CVE-2026-40264, CVE-2026-46405 (OpenBao): nobody revokes a token by its identifier or its hash")
    func revokedByIdentifier() async throws {
        let alice = try await house.person("alice")
        let (token, secret) = try await house.token("ci", of: alice)
        for name in [token.id.text, "\(secret.digest)", token.name.text, String(secret.reveal().dropLast())] {
            _ = await gate.post("/oauth/revoke", "token=\(name)", [:])
            _ = await gate.post("/oauth/revoke", "token=\(name)")
        }
        #expect(await gate.ask("GET", "/verify/maven", ["authorization": basic("", secret)]).status == 200)
    }
}
