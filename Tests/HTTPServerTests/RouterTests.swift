import HTTPServer
import Testing

@Suite("A router")
struct RouterTests {
    struct Even: PathParameter {
        let value: Int

        init?(pathSegment: String) {
            guard let value = Int(pathSegment), value.isMultiple(of: 2) else { return nil }
            self.value = value
        }
    }

    static var router: Router {
        var router = Router()
        router.on("GET", "/") { _ in Response(.plain, "root") }
        router.on("GET", "/things") { _ in Response(.plain, "all") }
        router.on("POST", "/things") { _ in Response(status: 201, .plain, "made") }
        router.on("GET", "/things/{name}") { (_, name: String) in Response(.plain, name) }
        router.on("GET", "/even/{number}") { (_, number: Even) in Response(.plain, "\(number.value)") }
        router.on("DELETE", "/even/{number}/{name}") { (_, number: Even, name: String) in
            Response(.plain, "\(number.value) \(name)")
        }
        router.on("GET", "/below/{name}/**") { (_, name: String) in Response(.plain, "below \(name)") }
        return router
    }

    @Test(
        "finds the handler and its parameters",
        arguments: [
            ("GET", "/", "root"), ("GET", "/things", "all"), ("GET", "/things?x=/even/2", "all"),
            ("POST", "/things", "made"), ("GET", "/things/a", "a"), ("GET", "/things/a%2Fb%20c", "a/b c"),
            ("GET", "/things/%C3%BC", "ü"), ("GET", "/things/100%", "100%"), ("GET", "/things/a+b", "a+b"),
            ("GET", "/things/%+1", "%+1"), ("HEAD", "/things/a", "a"), ("GET", "/even/4", "4"),
            ("GET", "/even/%34", "4"), ("DELETE", "/even/4/x", "4 x"),
            ("GET", "/below/a/b", "below a"), ("GET", "/below/a/", "below a"),
            ("GET", "/below/a/b//c/", "below a"),
        ])
    func found(method: String, target: String, body: String) async throws {
        let response = try await Self.router.respond(to: Request(method, target))
        #expect(String(decoding: response.body, as: UTF8.self) == body)
    }

    @Test(
        "answers 404 where no route has the path, or a parameter is no such value",
        arguments: [
            "/nothing", "/things/", "/things/a/b", "//things", "/Things", "/even/3", "/even/x", "",
            "/below", "/below/a", "/below//b", "/below/a" + String(repeating: "/x", count: 51),
        ])
    func notFound(path: String) async throws {
        let response = try await Self.router.respond(to: Request("GET", path))
        #expect(response == Response(status: 404, .plain, "there is nothing at this address\n"))
    }

    @Test(
        "answers 405 and says which methods there are",
        arguments: [
            ("PUT", "/things", "GET, HEAD, POST"), ("get", "/things", "GET, HEAD, POST"),
            ("GET", "/even/2/x", "DELETE"), ("HEAD", "/even/2/x", "DELETE"),
        ])
    func notAllowed(method: String, path: String, allow: String) async throws {
        let response = try await Self.router.respond(to: Request(method, path))
        #expect(response.status == 405)
        #expect(response.headers["allow"] == allow)
        #expect(String(decoding: response.body, as: UTF8.self) == "this address takes only \(allow)\n")
    }

    @Test(
        "refuses a query parameter that the route does not name, and none where it names no query",
        arguments: [
            ("/some", 200, ""), ("/some?", 200, ""), ("/some?a=1&b=&a=2", 200, ""), ("/some?a", 200, ""),
            ("/some?%61=1", 200, ""), ("/some?a=1&c=2", 400, "c is not a parameter here: use a, b\n"),
            ("/some?A=1", 400, "A is not a parameter here: use a, b\n"),
            ("/some?=1", 400, " is not a parameter here: use a, b\n"),
            ("/none?x", 400, "x is not a parameter here: this address takes none\n"), ("/any?x=1", 200, ""),
        ])
    func queries(target: String, status: Int, text: String) async throws {
        var router = Router()
        router.on("GET", "/some", query: ["b", "a"]) { _ in Response(.plain, "") }
        router.on("GET", "/any") { _ in Response(.plain, "") }
        var strict = Router(usualQuery: [])
        strict.on("GET", "/none") { _ in Response(.plain, "") }
        router.add(strict)
        let response = try await router.respond(to: Request("GET", target))
        #expect(response.status == status)
        #expect(String(decoding: response.body, as: UTF8.self) == text)
    }

    @Test("words its refusals as it is told, with the right status")
    func refusals() async throws {
        var router = Router { request, refusal in Response(.json, "\(request.path) \(refusal)") }
        router.add(Self.router)
        let response = try await router.respond(to: Request("GET", "/nothing"))
        #expect(response.status == 404)
        #expect(response.headers["content-type"] == "application/json")
    }

    @Test("lists its routes")
    func routes() {
        #expect(Self.router.routes.count == 7)
        #expect(Self.router.routes[1] == Router.Route(method: "GET", pattern: "/things"))
    }
}

@Suite("An application")
struct ApplicationTests {
    @Test("lists what its handlers answer, each once, and its router's routes")
    func routes() {
        let application = Application(
            router: .test, direct: [Denier(), Granter(), Granter()], deferred: [LateGranter()])
        #expect(
            Array(application.routes.prefix(3))
                == ["/verify/maven", "/verify/good", "/verify/late"].map {
                    Router.Route(method: "*", pattern: $0)
                })
        #expect(Array(application.routes.dropFirst(3)) == Router.test.routes)
    }

    @Test("asks direct handlers first, then the router")
    func order() async {
        let direct = await Application.test.respond(to: Request("GET", "/direct", headers: ["A": "b"]))
        #expect(String(decoding: direct.body, as: UTF8.self) == "GET /direct\nA: b")
        #expect(await Application.test.respond(to: Request("GET", "/hello")).status == 200)
        #expect(await Application.test.respond(to: Request("GET", "/nothing")).status == 404)
    }

    @Test("answers an error with a 500 that says nothing of it", arguments: [true, false])
    func failure(asJSON: Bool) async {
        let headers: Headers = asJSON ? ["Accept": "application/json"] : [:]
        let response = await Application.test.respond(to: Request("GET", "/broken", headers: headers))
        #expect(response.status == 500)
        #expect(
            response.headers["content-type"]
                == (asJSON ? "application/problem+json" : "text/plain; charset=utf-8"))
        #expect(!String(decoding: response.body, as: UTF8.self).contains("Broken"))
    }
}

@Suite("A router's limits")
struct RouterLimitsTests {
    static let small: Router = {
        var router = Router()
        router.on("POST", "/small", limits: RouteLimits(bodyBytes: 20, pairs: 3)) { request in
            Response(.plain, request.form["a"] ?? "none")
        }
        return router
    }()

    @Test(
        "refuses what brings more than its route takes, before the route sees it",
        arguments: [
            ("a=1&b=2&c=3", 200, "1"), ("a=1&b=2&c=3&d=4", 400, "the request has more than 3 parameters\n"),
            ("&&&", 400, "the request has more than 3 parameters\n"),
            ("a=345678901234567890", 200, "345678901234567890"),
            ("a=3456789012345678901", 413, "the request's body has more than 20 bytes\n"),
        ])
    func limits(form: String, status: Int, body: String) async throws {
        let headers: Headers = ["Content-Type": "application/x-www-form-urlencoded"]
        let response = try await Self.small.respond(
            to: Request("POST", "/small", headers: headers, body: Array(form.utf8)))
        #expect(response.status == status)
        #expect(String(decoding: response.body, as: UTF8.self) == body)
    }

    @Test("refuses a query of more than 100 pairs on any route")
    func queryPairs() async throws {
        func status(_ count: Int) async throws -> Int {
            let query = String(repeating: "a&", count: count - 1)
            return try await RouterTests.router.respond(to: Request("GET", "/things?\(query)")).status
        }
        #expect(try await status(100) == 200)
        #expect(try await status(101) == 400)
    }

    @Test("does not look at a path of more segments than any route has")
    func longPath() async throws {
        let time = await ContinuousClock().measure {
            for _ in 0..<200 {
                let path = String(repeating: "/", count: 15_000)
                let response = try? await RouterTests.router.respond(to: Request("GET", path))
                #expect(response?.status == 404)
            }
        }
        #expect(time < .seconds(5))
    }
}
