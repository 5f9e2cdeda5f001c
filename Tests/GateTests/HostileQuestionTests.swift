import Gate
import HTTPServer
import Ledger
import TestHouse
import Testing
import Tokens

/// What arrives at Jeton when a client writes what only its proxy should: each proxy's question as it
/// was seen, with what it lets a client add. The token may read alone, and `true` is a grant.
@Suite("A question that a client had a hand in")
struct HostileQuestionTests {
    let house: TestHouse
    let gate: GateHouse

    init() throws {
        house = try TestHouse()
        gate = try GateHouse(house)
    }

    struct Row: CustomTestStringConvertible, Sendable {
        let proxy: String
        var method = "GET"
        var target = "/verify/git"
        let headers: [(String, String)]
        let isGranted: Bool

        var testDescription: String { "\(proxy): \(method) \(target) \(headers)" }
    }

    static let refs = "/a.git/info/refs?service="
    static let pull: (String, String) = ("X-Forwarded-Uri", refs + "git-upload-pack")
    static let push: (String, String) = ("X-Forwarded-Uri", refs + "git-receive-pack")

    static let rows: [Row] = [
        // nginx sets X-Original-* and hands on what the client wrote in X-Forwarded-*.
        Row(
            proxy: "nginx",
            headers: [
                ("X-Original-Method", "PUT"), ("X-Original-URI", "/a"), ("X-Forwarded-Method", "GET"),
                ("X-Forwarded-Uri", "/a"),
            ], isGranted: false),
        Row(
            proxy: "nginx",
            headers: [
                ("X-Original-Method", "GET"), ("X-Original-URI", refs + "git-receive-pack"),
                ("X-Forwarded-Method", "GET"), pull,
            ], isGranted: false),
        Row(
            proxy: "nginx, forged to ask for more",
            headers: [
                ("X-Original-Method", "GET"), ("X-Original-URI", "/a"), ("X-Forwarded-Method", "PUT"),
            ], isGranted: false),
        Row(
            proxy: "nginx, forged in vain",
            headers: [
                ("X-Original-Method", "GET"), ("X-Original-URI", "/a"), ("X_Original_Method", "PUT"),
                ("X-Original-Method-", "PUT"), ("X-HTTP-Method-Override", "PUT"), ("X-Original-URL", "/b"),
            ], isGranted: true),
        // Caddy and Traefik set X-Forwarded-*, hand on X-Original-*, and Caddy the query.
        Row(
            proxy: "Caddy", target: "/verify/git?service=git-upload-pack",
            headers: [
                ("X-Forwarded-Method", "GET"), push, ("X-Original-Method", "GET"), ("X-Original-URI", "/a"),
            ],
            isGranted: false),
        Row(
            proxy: "Caddy", target: "/verify/git?/../maven/x",
            headers: [("X-Forwarded-Method", "GET"), pull], isGranted: true),
        Row(
            proxy: "Traefik",
            headers: [
                ("X-Forwarded-Method", "POST"), ("X-Forwarded-Uri", "/a"), ("X-Original-Method", "GET"),
            ],
            isGranted: false),
        // A client that can have its proxy drop a header of the pair: what is left is a write.
        Row(proxy: "Caddy, method dropped", headers: [pull], isGranted: false),
        Row(proxy: "nginx, method dropped", headers: [("X-Original-URI", "/a")], isGranted: false),
        Row(
            proxy: "nginx, method dropped and forged elsewhere",
            headers: [("X-Original-URI", "/a"), ("X-Forwarded-Method", "GET")], isGranted: false),
        // Twice, and the second differs.
        Row(
            proxy: "doubled", headers: [("X-Forwarded-Method", "GET"), ("X-Forwarded-Method", "PUT"), pull],
            isGranted: false),
        Row(
            proxy: "doubled", headers: [("X-Forwarded-Method", "PUT"), ("x-forwarded-method", "GET"), pull],
            isGranted: false),
        Row(proxy: "doubled", headers: [("X-Forwarded-Method", "GET"), pull, push], isGranted: false),
        Row(proxy: "joined", headers: [("X-Forwarded-Method", "GET, PUT"), pull], isGranted: false),
        Row(
            proxy: "the same twice",
            headers: [("X-Forwarded-Method", "GET"), ("X-Forwarded-Method", "GET"), pull],
            isGranted: true),
        // Envoy asks with the client's own method and path.
        Row(
            proxy: "Envoy", method: "PUT", target: "/verify/git/a", headers: [("X-Original-Method", "GET")],
            isGranted: false),
        Row(
            proxy: "Envoy", target: "/verify/git" + refs + "git-receive-pack",
            headers: [("X-Original-Method", "GET"), ("X-Original-URI", "/a")], isGranted: false),
        Row(
            proxy: "Envoy", method: "POST", target: "/verify/git/a.git/git-receive-pack?/git-upload-pack",
            headers: [], isGranted: false),
        Row(proxy: "Envoy", target: "/verify/git/../maven", headers: [], isGranted: true),
        // Methods that only look like a read.
        Row(proxy: "lower case", headers: [("X-Forwarded-Method", "get"), pull], isGranted: false),
        Row(proxy: "a space", headers: [("X-Forwarded-Method", "GET /"), pull], isGranted: false),
        Row(proxy: "empty", headers: [("X-Forwarded-Method", ""), pull], isGranted: false),
        Row(
            proxy: "very long",
            headers: [("X-Forwarded-Method", String(repeating: "GET", count: 2000)), pull],
            isGranted: false),
        Row(proxy: "not ASCII", headers: [("X-Forwarded-Method", "GÉT"), pull], isGranted: false),
        // A target that nobody can read for sure.
        Row(
            proxy: "encoded slash",
            headers: [("X-Forwarded-Method", "POST"), ("X-Forwarded-Uri", "/a.git%2Fgit-upload-pack")],
            isGranted: false),
        Row(
            proxy: "encoded dots",
            headers: [
                ("X-Forwarded-Method", "POST"),
                ("X-Forwarded-Uri", "/a.git/git-receive-pack/%2e%2e/git-upload-pack"),
            ], isGranted: false),
        Row(
            proxy: "asterisk", headers: [("X-Forwarded-Method", "POST"), ("X-Forwarded-Uri", "*")],
            isGranted: false),
        Row(
            proxy: "authority",
            headers: [("X-Forwarded-Method", "CONNECT"), ("X-Forwarded-Uri", "evil:443")],
            isGranted: false),
        Row(
            proxy: "absolute",
            headers: [
                ("X-Forwarded-Method", "GET"), ("X-Forwarded-Uri", "http://evil" + refs + "git-receive-pack"),
            ], isGranted: false),
    ]

    @Test("is judged by the strictest of all that it tells, from any address", arguments: rows)
    func judged(row: Row) async throws {
        let alice = try await house.person("alice")
        let secret = try await house.token("ci", of: alice, scopes: ["git:read"]).secret
        var headers: Headers = ["authorization": basic("alice", secret)]
        for (name, value) in row.headers { headers.add(name, value) }
        for peer in [IPAddress.loopback, IPAddress(v4: 0xC633_6401)] {
            let answer = await gate.ask(row.method, row.target, headers, peer: peer)
            #expect(answer.reason == (row.isGranted ? nil : "insufficient_scope"))
        }
    }

    @Test(
        "cannot name another service, nor bring an identity",
        arguments: [
            "/verify/maven?service=git", "/verify/maven/../git", "/verify/maven/verify/git",
            "/verify/maven#git",
            "/verify/maven%2F..%2Fgit", "/verify/maven;git", "//verify/git", "/verify//git", "/VERIFY/git",
            "/verify/Git", "/verify/git%00", "/verify/",
        ])
    func otherService(target: String) async throws {
        let alice = try await house.person("alice")
        let secret = try await house.token("ci", of: alice, scopes: ["git"]).secret
        let answer = await gate.ask(
            "GET", target,
            [
                "authorization": basic("alice", secret), "x-service": "git", "x-scope": "maven",
                "remote-user": "root", "remote-groups": "root", "x-jeton-token": "root",
            ])
        #expect([403, 404, 500].contains(answer.status))
        #expect(!answer.headers.fields.contains { $0.value == "root" })
    }

    @Test("with an identity of its own gets Jeton's alone")
    func identity() async throws {
        let alice = try await house.person("alice")
        let (token, secret) = try await house.token("ci", of: alice)
        let answer = await gate.ask(
            "GET", "/verify/maven",
            [
                "authorization": basic("", secret), "Remote-User": "root", "remote_user": "root",
                "REMOTE-EMAIL": "root", "Remote-Groups": "root", "X-Jeton-Token": "root",
                "X-Remote-User": "root",
            ])
        #expect(answer.status == 200)
        #expect(answer.headers["Remote-User"] == "alice")
        #expect(answer.headers["X-Jeton-Token"] == token.id.text)
        #expect(!answer.headers.fields.contains { $0.value == "root" })
    }
}
