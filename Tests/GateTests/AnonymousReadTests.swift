import HTTPServer
import Ledger
import TestHouse
import Testing
import TokenIndex
import Tokens

@Suite("Where everybody may read")
struct AnonymousReadTests {
    let house: TestHouse
    let gate: GateHouse

    init() throws {
        house = try TestHouse()
        gate = try GateHouse(house)
    }

    /// The question as that dialect puts it; Envoy's is the question itself.
    private func ask(_ dialect: String, _ method: String, _ more: Headers = [:]) async -> Response {
        var headers = more
        switch dialect {
        case "envoy": return await gate.ask(method, "/verify/open/team/x?q", headers)
        case "nginx": (headers["X-Original-Method"], headers["X-Original-URI"]) = (method, "/team/x?q")
        case "ingress":
            (headers["X-Original-Method"], headers["X-Original-URL"]) = (method, "http://a/team/x")
        default: (headers["X-Forwarded-Method"], headers["X-Forwarded-Uri"]) = (method, "/team/x?q")
        }
        return await gate.ask("GET", "/verify/open", headers)
    }

    @Test("who presents nothing reads as nobody", arguments: ["envoy", "nginx", "ingress", "caddy"])
    func reads(_ dialect: String) async {
        let expected: Headers = ["X-Jeton-Anonymous": "read", "Cache-Control": "no-store"]
        for method in ["GET", "HEAD", "OPTIONS", "PROPFIND", "REPORT"] {
            let answer = await ask(dialect, method)
            #expect(answer == Response(status: 200, headers: expected), "\(method)")
        }
    }

    @Test("and is challenged to write", arguments: ["envoy", "nginx", "ingress", "caddy"])
    func writes(_ dialect: String) async {
        for method in ["POST", "PUT", "DELETE", "MOVE", "get", "FETCH"] {
            let answer = await ask(dialect, method)
            #expect((answer.status, answer.reason) == (401, "no_credentials"), "\(method)")
            #expect(answer.headers["WWW-Authenticate"]?.hasPrefix("Basic realm=") == true)
        }
    }

    @Test(
        "the strictest of what is told counts, and where nothing is told nobody reads",
        arguments: [
            [:], ["X-Original-Method": "GET"], ["X-Original-URI": "/x"], ["X-Forwarded-Method": "GET"],
            ["X-Original-Method": "GET", "X-Original-URI": ""],
            [
                "X-Original-Method": "PUT", "X-Original-URI": "/x", "X-Forwarded-Method": "GET",
                "X-Forwarded-Uri": "/",
            ],
            [
                "X-Original-Method": "GET", "X-Original-URI": "/x", "X-Forwarded-Method": "PUT",
                "X-Forwarded-Uri": "/",
            ],
            ["X-Original-Method": "GET", "X-Original-URI": "/x", "X-Forwarded-Uri": "/"],
        ] as [Headers])
    func strictest(_ headers: Headers) async {
        #expect(await gate.ask("GET", "/verify/open", headers).reason == "no_credentials")
        #expect(await gate.ask("GET", "/verify/open?x=/y", headers).reason == "no_credentials")
    }

    @Test("a token is judged all the same")
    func tokens() async throws {
        let alice = try await house.person("alice")
        let (token, secret) = try await house.token("ci", of: alice)
        let good = await ask("nginx", "GET", ["Authorization": "Bearer \(secret.reveal())"])
        #expect((good.status, good.headers["Remote-User"]) == (200, "alice"))
        try await house.revoke(token)
        let revoked = await ask("nginx", "GET", ["Authorization": "Bearer \(secret.reveal())"])
        #expect((revoked.status, revoked.reason) == (401, "revoked"))
        let password = await ask("nginx", "GET", ["Authorization": basic("alice", "correct horse")])
        #expect((password.status, password.reason) == (401, "not_a_token"))
    }

    @Test("other services are as they were, and a node that has lost touch grants this neither")
    func others() async throws {
        let told: Headers = ["X-Original-Method": "GET", "X-Original-URI": "/x"]
        #expect(await gate.ask("GET", "/verify/maven", told).reason == "no_credentials")
        let lost = try GateHouse(house, staleness: Staleness(for: .seconds(1)))
        #expect(await lost.ask("GET", "/verify/open", told).reason == "stale")
    }
}
