import HTTPServer
import Ledger
import TestHouse
import Testing
import Tokens

@testable import Gate

@Suite("The first requests of clients, through each proxy, with a token that is narrowed to a path")
struct FirstReadGateTests {
    struct Row: CustomTestStringConvertible, Sendable {
        var method = "GET"
        var target = "/verify/registry"
        let headers: [(String, String)]
        let isGranted: Bool

        var testDescription: String { "\(method) \(target) \(headers)" }
    }

    static func nginx(_ method: String, _ target: String, _ more: (String, String)...) -> [(String, String)] {
        [("X-Original-Method", method), ("X-Original-URI", target)] + more
    }

    static func caddy(_ method: String, _ target: String, _ more: (String, String)...) -> [(String, String)] {
        [("X-Forwarded-Method", method), ("X-Forwarded-Uri", target)] + more
    }

    static let rows: [Row] = [
        Row(headers: nginx("GET", "/v2/"), isGranted: true),
        Row(headers: nginx("HEAD", "/v2/"), isGranted: true),
        Row(headers: caddy("GET", "/v2/"), isGranted: true),
        Row(target: "/verify/registry?x=1", headers: caddy("HEAD", "/v2/?x=1"), isGranted: true),
        Row(
            headers: [("X-Original-Method", "GET"), ("X-Original-URL", "https://host/v2/")], isGranted: true),
        Row(target: "/verify/registry/v2/", headers: [], isGranted: true),
        Row(method: "HEAD", target: "/verify/registry/v2/", headers: [], isGranted: true),
        Row(headers: nginx("GET", "/v2/") + caddy("GET", "/v2/team/app/x"), isGranted: true),
        // Not by another method, whichever dialect tells it.
        Row(headers: nginx("PROPFIND", "/v2/"), isGranted: false),
        Row(headers: nginx("OPTIONS", "/v2/"), isGranted: false),
        Row(headers: nginx("get", "/v2/"), isGranted: false),
        Row(headers: nginx("POST", "/v2/"), isGranted: false),
        Row(headers: caddy("QUERY", "/v2/"), isGranted: false),
        Row(method: "OPTIONS", headers: caddy("GET", "/v2/"), isGranted: false),
        Row(method: "REPORT", target: "/verify/registry/v2/", headers: [], isGranted: false),
        Row(method: "PUT", target: "/verify/registry/v2/", headers: [], isGranted: false),
        Row(headers: nginx("GET", "/v2/") + caddy("SEARCH", "/v2/"), isGranted: false),
        Row(headers: nginx("GET", "/v2/", ("X-Original-Method", "HEAD")), isGranted: false),
        Row(headers: [("X-Original-URI", "/v2/")], isGranted: false),
        Row(headers: [("X-Original-Method", "GET")], isGranted: false),
        // Not with another target beside it.
        Row(headers: nginx("GET", "/v2/", ("X-Original-URI", "/v2/other/x")), isGranted: false),
        Row(headers: nginx("GET", "/v2/", ("X-Original-URL", "/v2/other/x")), isGranted: false),
        Row(headers: nginx("GET", "/v2/") + caddy("GET", "/v2/other/x"), isGranted: false),
        Row(target: "/verify/registry/v2/other/x", headers: nginx("GET", "/v2/"), isGranted: false),
        Row(target: "/verify/registry/v2/", headers: nginx("GET", "/v2/other/x"), isGranted: false),
        Row(headers: nginx("GET", "/v2/,/v2/other/x"), isGranted: false),
        Row(headers: nginx("GET", "/v2/", ("Destination", "/v2/")), isGranted: false),
        Row(headers: nginx("GET", "/v2/", ("Destination", "/v2/team/app")), isGranted: false),
        Row(target: "/verify/registry//v2/", headers: [], isGranted: false),
        // Not at a service of another kind.
        Row(target: "/verify/maven", headers: nginx("GET", "/v2/"), isGranted: false),
        Row(target: "/verify/git", headers: nginx("GET", "/v2/"), isGranted: false),
    ]

    @Test("is granted where it is that alone", arguments: rows)
    func row(_ row: Row) async throws {
        let house = try TestHouse()
        let registry = Service(name: try ServiceName("registry"), kind: .docker)
        let gate = try GateHouse(house, and: [registry])
        let alice = try await house.person("alice")
        let scopes = ["registry:write:/v2/team/app", "maven:read:/team", "git:read:/team"]
        let secret = try await house.token("narrow", of: alice, scopes: scopes).secret
        let other = try await house.token("other", of: alice, scopes: ["maven:read"]).secret
        func status(_ secret: TokenSecret) async -> Int {
            var headers: Headers = ["authorization": "Bearer \(secret.reveal())"]
            for (name, value) in row.headers { headers.add(name, value) }
            return await gate.ask(row.method, row.target, headers).status
        }
        // Twice: the second time from what was granted lately, if it was.
        for _ in 0..<2 { #expect(await status(secret) == (row.isGranted ? 200 : 403)) }
        if !row.target.hasPrefix("/verify/maven") { #expect(await status(other) == 403) }
    }
}
