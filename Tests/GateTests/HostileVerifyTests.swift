import Gate
import HTTPServer
import Ledger
import TestHouse
import Testing
import Tokens

/// Verify requests as each proxy really sends them, with the headers that a client can forge through it. The token may
/// only read; `true` is a grant.
@Suite("A verify request that a client has forged headers in")
struct HostileVerifyTests {
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
        // ingress-nginx sets X-Original-URL and X-Original-Method, and hands on all others.
        Row(
            proxy: "ingress-nginx",
            headers: [
                ("X-Original-Method", "GET"), ("X-Original-URL", "http://h" + refs + "git-upload-pack"),
                ("X-Auth-Request-Redirect", refs + "git-upload-pack"),
            ], isGranted: true),
        Row(
            proxy: "ingress-nginx",
            headers: [
                ("X-Original-Method", "POST"), ("X-Original-URL", "https://h:8443/a.git/git-upload-pack"),
            ], isGranted: true),
        Row(
            proxy: "ingress-nginx",
            headers: [
                ("X-Original-Method", "GET"), ("X-Original-URL", "http://h" + refs + "git-receive-pack"),
                ("X-Original-URI", "/a"),
            ], isGranted: false),
        Row(
            proxy: "ingress-nginx",
            headers: [
                ("X-Original-Method", "POST"), ("X-Original-URL", "http://h/a.git/git-receive-pack"),
                ("X-Original-URI", "/a.git/git-upload-pack"),
            ], isGranted: false),
        Row(
            proxy: "ingress-nginx",
            headers: [
                ("X-Original-Method", "PUT"), ("X-Original-URL", "http://h/a"), ("X-Forwarded-Method", "GET"),
                ("X-Forwarded-Uri", "/a"),
            ], isGranted: false),
        Row(
            proxy: "ingress-nginx, method dropped", headers: [("X-Original-URL", "http://h/a")],
            isGranted: false),
        Row(
            proxy: "ingress-nginx, method dropped",
            headers: [
                ("X-Original-URL", "http://h/a"), ("X-Original-URI", "/a"),
            ], isGranted: false),
        Row(
            proxy: "ingress-nginx, twice",
            headers: [
                ("X-Original-Method", "GET"), ("X-Original-URL", "http://h/a"),
                ("X-Original-URL", "http://h/b"),
            ], isGranted: false),
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
        Row(proxy: "joined", headers: [("X-Forwarded-Method", "GET,GET"), pull], isGranted: false),
        Row(proxy: "joined", headers: [("X-Forwarded-Method", "GET,"), pull], isGranted: false),
        Row(
            proxy: "joined",
            headers: [("X-Original-Method", "GET"), ("X-Original-URI", "/a,/b")], isGranted: false),
        Row(
            proxy: "joined",
            headers: [
                ("X-Original-Method", "POST"),
                ("X-Original-URI", "/b.git/git-receive-pack,/a.git/git-upload-pack"),
            ], isGranted: false),
        Row(
            proxy: "joined",
            headers: [
                ("X-Forwarded-Method", "GET"),
                ("X-Forwarded-Uri", refs + "git-upload-pack,http://h" + refs + "git-receive-pack"),
            ], isGranted: false),
        Row(
            proxy: "a comma that nobody's other line can begin with",
            headers: [("X-Forwarded-Method", "GET"), ("X-Forwarded-Uri", "/a?fields=b,c")], isGranted: true),
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

    @Test("is judged by its strictest dialect, from any address", arguments: rows)
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

    /// Lines of proxies and clients, two or three of which are joined to one field.
    private static let lines = [
        "/a/b.git/x", "/a/b.git/git-upload-pack", "/a/b.git" + "/info/refs?service=git-upload-pack",
        "/a/b.git/x?y=1,2", "http://h/a/b.git/x", "/a/c.git/x", "/a/c.git/git-receive-pack",
        "/a/c.git/info/refs?service=git-receive-pack", "/a/b.git/info/refs?service=git-receive-pack",
        "https://h/a/c.git/x", "http://h?/a/b.git/x", "/a", "b.git/x", "x/git-upload-pack",
        "?service=git-upload-pack", "", "*", "/", "/a/b.git", "/a/b", "git/x",
        "/a/c.git/x?y=1,service=git-receive-pack",
    ]

    @Test("that a hop joined of several lines is granted only where each target in it is")
    func joined() async throws {
        let alice = try await house.person("alice")
        let secrets = [
            try await house.token("reader", of: alice, scopes: ["git:read"]).secret,
            try await house.token("narrow", of: alice, scopes: ["git:/a/b.git"]).secret,
            try await house.token("with a comma", of: alice, scopes: ["git:/a/b%2Cgit"]).secret,
        ]
        func isGranted(_ secret: TokenSecret, _ method: String, _ header: String, _ value: String)
            async -> Bool
        {
            let headers: Headers = [
                "authorization": basic("", secret),
                header.split(separator: "-")[1] == "Forwarded"
                    ? "X-Forwarded-Method" : "X-Original-Method": method, header: value,
            ]
            return await gate.ask("GET", "/verify/git", headers).status == 200
        }
        var granted = 0
        let targets = Self.lines.filter { $0.hasPrefix("/") || $0.hasPrefix("http") || $0 == "*" }
        for (secret, method) in secrets.flatMap({ secret in ["GET", "POST"].map { (secret, $0) } }) {
            for header in ["X-Original-URI", "X-Original-URL", "X-Forwarded-Uri"] {
                for target in targets where !(await isGranted(secret, method, header, target)) {
                    for other in Self.lines {
                        for comma in [",", ", ", ",\t "] {
                            for value in [
                                target + comma + other, other + comma + target,
                                other + comma + target + comma + other,
                            ] {
                                let isGranted = await isGranted(secret, method, header, value)
                                #expect(!isGranted, "\(method) \(header): \(value)")
                            }
                        }
                    }
                }
                for target in targets where await isGranted(secret, method, header, target) { granted += 1 }
            }
        }
        #expect(granted > 20, "some are granted alone")
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
