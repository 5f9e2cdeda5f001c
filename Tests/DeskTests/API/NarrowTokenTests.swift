import HTTPServer
import JSON
import Ledger
import TestHouse
import Testing
import Tokens

@testable import DeskAPI

@Suite("Tokens for little, by the API")
struct NarrowTokenTests {
    let house: TestHouse
    let api: APIHouse
    let dora: Subject
    let bob: Subject

    init() async throws {
        house = try TestHouse()
        api = try APIHouse(house)
        dora = try await house.person("dora", groups: ["staff", "dev"])
        bob = try await house.person("bob", groups: ["staff"])
    }

    private func create(_ body: String, as person: Subject) async throws -> Response {
        await api.call("POST", "/api/v1/tokens", headers: try await api.cookie(of: person), body: body)
    }

    @Test("a token for one repository, from two networks, and its successor")
    func create() async throws {
        let made = try await create(
            #"{"name": "ci", "scopes": ["repos:write:/te%61m/app.git/", "repos:read:/pub/a b"], "addresses": ["10.1.2.3/8", "::1", "10.0.0.0/8"]}"#,
            as: dora)
        #expect(made.status == 201)
        let scopes: JSONValue = ["repos:read:/pub/a%20b", "repos:write:/team/app.git"]
        #expect(made.json?["scopes"] == scopes)
        #expect(made.json?["addresses"] == ["10.0.0.0/8", "::1"])
        let id = try #require(made.json?["id"]?.string)
        let again = await api.call(
            "POST", "/api/v1/tokens/\(id)/regenerate", headers: try await api.cookie(of: dora), body: "{}")
        #expect(again.status == 201)
        #expect(again.json?["scopes"] == scopes)
        #expect(again.json?["addresses"] == ["10.0.0.0/8", "::1"])
    }

    @Test(
        "what cannot be had is said with what can",
        arguments: [
            ("scopes", "git:write:/team/app.git", "“%” names a path, and git has none: leave it out"),
            (
                "scopes", "repos:write:/app.git",
                "“%” does not fit: use a path such as /team/app.git or /pub/app"
            ),
            (
                "scopes", "repos:/team/app.git2",
                "“%” does not fit: use a path such as /team/app.git or /pub/app"
            ),
            ("scopes", "repos:write:/team/../app.git", "unknown scope “%”: use \(ServicePath.expected)"),
            ("scopes", "repos:write:/*/*.git", "unknown scope “%”: use \(ServicePath.expected)"),
            (
                "scopes", "svn:read",
                "unknown scope “%”: use \(offered), repos, repos:read, repos:write, jeton:manage, jeton:rotate"
            ),
            (
                "addresses", "10.0.0.0/33",
                "“%” is not an IP address or range: use one such as 10.0.0.0/8 or 2001:db8::/32"
            ),
        ])
    func faults(field: String, text: String, fault: String) async throws {
        let response = try await create(#"{"name": "x", "\#(field)": ["\#(text)"]}"#, as: dora)
        #expect(response.status == 422)
        #expect(
            response.json?["errors"] == [
                ["field": .string(field), "detail": .string(fault.replacing("%", with: text))]
            ])
    }

    private static let offered = "git, git:read, git:write, maven, maven:read, maven:write"

    @Test("twenty addresses are taken, and no more")
    func manyAddresses() async throws {
        func list(_ count: Int) -> String { (1...count).map { "\"10.0.0.\($0)\"" }.joined(separator: ",") }
        #expect(try await create(#"{"name": "a", "addresses": [\#(list(20))]}"#, as: dora).status == 201)
        let response = try await create(#"{"name": "b", "addresses": [\#(list(21))]}"#, as: dora)
        #expect(response.json?["detail"]?.string == "at most 20 addresses are possible.")
    }

    @Test("a service of groups is offered to their members alone")
    func groups() async throws {
        #expect(try await create(#"{"name": "x", "scopes": ["repos"]}"#, as: dora).status == 201)
        let refused = try await create(#"{"name": "x", "scopes": ["repos"]}"#, as: bob)
        #expect(refused.status == 422)
        #expect(
            refused.json?["detail"]?.string
                == "“repos” is not possible: bob is in no group that may use repos.")
        func services(_ person: Subject) async throws -> JSONValue? {
            await api.call("GET", "/api/v1/services", headers: try await api.cookie(of: person)).json
        }
        let open: [JSONValue] = [
            [
                "name": "maven", "title": "Maven private repository", "kind": "http", "url": nil, "paths": [],
                "token_rules": [:],
            ],
            [
                "name": "git", "title": "Studio projects", "kind": "git", "url": nil, "paths": [],
                "token_rules": [:],
            ],
        ]
        #expect(try await services(bob) == ["services": .array(open), "token_rules": [:]])
        let closed: JSONValue = [
            "name": "repos", "title": "Repositories", "kind": "git", "url": "https://git.example.com/r/",
            "paths": ["/*/*.git", "/pub/*"], "token_rules": [:],
        ]
        #expect(try await services(dora) == ["services": .array(open + [closed]), "token_rules": [:]])
        #expect(await api.call("GET", "/api/v1/services").status == 401)
    }

    @Test("a token that is bound to addresses may not call from any other")
    func bound() async throws {
        let (_, secret) = try await house.token("office", of: dora, addresses: ["10.0.0.0/8"])
        func me(from address: String) async -> Response {
            await api.call("GET", "/api/v1/me", as: secret, headers: ["x-forwarded-for": address])
        }
        #expect(await me(from: "10.1.1.1").status == 200)
        #expect(await me(from: "10.1.1.1:51234").status == 200)
        #expect(await me(from: "unknown").headers["X-Jeton-Reason"] == "address_not_allowed")
        let refused = await me(from: "192.0.2.7")
        #expect(refused.status == 403)
        #expect(refused.headers["X-Jeton-Reason"] == "address_not_allowed")
        #expect(refused.headers["WWW-Authenticate"] == nil)
        #expect(
            refused.json
                == problem(
                    "address-not-allowed", "Not allowed", 403,
                    "This token may not be used from 192.0.2.7; use it from where it is allowed, or create one for this address at https://tokens.example.com/tokens/new."
                ))
    }
}
