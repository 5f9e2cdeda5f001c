import Gate
import JSON
import Ledger
import TestHouse
import Testing
import Tokens

@testable import DeskAPI
@testable import HTTPServer
@testable import SignIn

@Suite("GET /api/v1/openapi.json")
struct OpenAPITests {
    let api: APIHouse

    init() async throws {
        let house = try TestHouse()
        try await house.setApproval(ApprovalRules(services: [ServiceName("git"): ["ops"]]))
        api = try APIHouse(house)
    }

    private func served() async throws -> JSONValue {
        let response = await api.call("GET", "/api/v1/openapi.json")
        #expect(response.headers["Content-Type"] == "application/json")
        return try #require(response.json)
    }

    @Test("the description has exactly the routes that the code has")
    func routes() async throws {
        guard case .object(let paths)? = try await served()["paths"] else {
            Issue.record("no paths")
            return
        }
        let methods = ["get", "post", "put", "patch", "delete"]
        let described = paths.flatMap { path, item in
            methods.filter { item[$0] != nil }.map { "\($0.uppercased()) \(path)" }
        }
        #expect(
            described.sorted()
                == api.router.routes.filter { $0.pattern.hasPrefix(TokensAPI.base) }
                .map { "\($0.method) \($0.pattern)" }.sorted())
    }

    @Test("each operation has exactly the query parameters that its route takes")
    func parameters() async throws {
        let paths = try #require(try await served()["paths"])
        for (route, names) in api.router.queries where route.pattern.hasPrefix(TokensAPI.base) {
            let operation = paths[route.pattern]?[route.method.lowercased()]
            let described = (operation?["parameters"]?.array ?? []).filter { $0["in"] == "query" }
            #expect(
                described.compactMap { $0["name"]?.string }.sorted() == names ?? [],
                "\(route.method) \(route.pattern)")
        }
    }

    @Test("every operation says which scope it needs, where it is one of those that oversee")
    func scopes() async throws {
        let paths = try #require(try await served()["paths"])
        for route in api.router.routes where route.pattern.hasPrefix(AdminAPI.networkBase) {
            let security = paths[route.pattern]?[route.method.lowercased()]?["security"]
            let scope = security?.array?.first?["bearer"]?.array?.first?.string
            let reads =
                route.method == "GET"
                || ["/policy/check", "/trust/test"].contains(where: route.pattern.hasSuffix)
            #expect(
                scope == "jeton:admin" || reads && scope == "jeton:audit", "\(route.method) \(route.pattern)")
        }
    }

    @Test("every pattern of an identifier takes exactly what is read as one")
    func identifiers() async throws {
        let patterns = Set(try await served().members(called: "pattern").compactMap(\.string))
            .filter { $0.contains("{12}$") || $0.contains("{13}$") }
        let pattern = try Regex(try #require(patterns.first))
        #expect(patterns.count == 1)
        let alphabet = (0x20...0x7E).map { String(UnicodeScalar(UInt8($0))) } + ["é", "٣", "\n"]
        for place in 0..<13 {
            for character in alphabet {
                let text =
                    String(repeating: "0", count: place) + character
                    + String(repeating: "z", count: 12 - place)
                #expect((text.wholeMatch(of: pattern) != nil) == (TokenID(text) != nil), "\(text)")
            }
        }
        for text in [
            "", "000000000000", "00000000000000", "7zzzzzzzzzzzz", TokenID.make(at: api.house.clock.now).text,
        ] {
            #expect((text.wholeMatch(of: pattern) != nil) == (TokenID(text) != nil), "\(text)")
        }
    }

    @Test("the bodies that the code writes have exactly the members that the description has")
    func members() async throws {
        let house = api.house
        let alice = try await house.person("alice", groups: ["build-team"])
        let manager = try await api.manager(of: alice).secret
        try await house.account("bot-ci")
        let schemas = try #require(try await served()["components"]?["schemas"])
        func described(_ schema: String) -> [String] { schemas[schema]?["properties"]?.names ?? [] }
        let made = await api.call(
            "POST", "/api/v1/tokens", as: manager, body: #"{"name":"x","scopes":["maven"]}"#)
        #expect(made.json?.names == described("IssuedToken"))
        let page = await api.call("GET", "/api/v1/tokens", as: manager)
        #expect(page.json?.names == described("TokenPage"))
        #expect(page.json?["tokens"]?.array?.first?.names == described("Token"))
        let me = await api.call("GET", "/api/v1/me", as: manager)
        #expect(me.json?.names == described("Me"))
        #expect(me.json?["subject"]?.names == described("Subject"))
        let services = await api.call("GET", "/api/v1/services", as: manager)
        #expect(services.json?.names == described("Services"))
        #expect(services.json?["services"]?.array?.first?.names == described("Service"))
        let asked = await api.call(
            "POST", "/api/v1/requests", as: manager, body: #"{"name":"r","scopes":["git"],"reason":"r"}"#)
        #expect(asked.json?.names == described("Request"))
        #expect(asked.json?["token"]?.names == described("RequestedToken"))
        #expect(asked.json?["needs"]?.array?.first?.names == described("Approvers"))
        let requests = await api.call("GET", "/api/v1/requests", as: manager)
        #expect(requests.json?.names == described("Requests"))
        let accounts = await api.call("GET", "/api/v1/accounts", as: manager)
        #expect(accounts.json?.names == described("Accounts"))
        #expect(accounts.json?["accounts"]?.array?.first?.names == described("Account"))
        let built = await api.call(
            "POST", "/api/v1/accounts/bot-ci/tokens", as: manager, body: #"{"name":"x","scopes":["maven"]}"#)
        #expect(built.json?["owner"]?.names == described("Owner"))
        let problem = await api.call("POST", "/api/v1/tokens", as: manager, body: "{}")
        #expect(problem.json?.names == described("Problem"))
    }
}

extension JSONValue {
    /// The members of that name, however deep.
    fileprivate func members(called name: String) -> [JSONValue] {
        switch self {
        case .array(let elements): elements.flatMap { $0.members(called: name) }
        case .object(let members): members.flatMap { ($0 == name ? [$1] : []) + $1.members(called: name) }
        default: []
        }
    }

    /// The names of its members, sorted.
    var names: [String] {
        if case .object(let members) = self { members.keys.sorted() } else { [] }
    }
}
