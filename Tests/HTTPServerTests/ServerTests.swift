import HTTPServer
import Testing
import Tokens

@Suite("A live server")
struct ServerTests {
    @Test("a connection is kept for the next request")
    func keepAlive() async throws {
        try await withServer { port in
            let client = try WireClient(port: port)
            for _ in 0..<3 {
                let response = try await client.exchange("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(response.status == 200)
                #expect(response.body == "hello\n")
                #expect(response.header("content-type") == "text/plain; charset=utf-8")
                #expect(response.header("date") != nil)
            }
        }
    }

    @Test("requests sent at once are answered in order, direct and routed")
    func pipelining() async throws {
        try await withServer { port in
            let client = try WireClient(port: port)
            let post = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
            let targets = ["/direct?1", "/target/2", "/direct?3"]
            let gets = targets.map { "GET \($0) HTTP/1.1\r\nHost: a\r\n\r\n" }
            try await client.send(gets[0] + post + gets[1] + gets[2])
            #expect(try await client.response().body == "GET /direct?1\nHost: a")
            #expect(try await client.response().body == "abc")
            #expect(try await client.response().body == "/target/2")
            #expect(try await client.response().body == "GET /direct?3\nHost: a")
        }
    }

    @Test("what may wait answers any method and path after what answers at once and before the routes")
    func deferred() async throws {
        let application = Application(router: .test, direct: [Echo()], deferred: [LateGranter()])
        try await withServer(application) { port in
            let client = try WireClient(port: port)
            for (line, status, body) in [
                ("PROPPATCH /verify/late/a/b?c=d", 200, "PROPPATCH /verify/late/a/b?c=d"),
                ("GET /direct", 200, "GET /direct\nHost: a"), ("GET /hello", 200, "hello\n"),
                ("GET /late/broken", 500, "something went wrong; the server's log says what\n"),
            ] {
                let response = try await client.exchange("\(line) HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect((response.status, response.body) == (status, body))
            }
        }
    }

    @Test("HEAD has the length of the body and no body", arguments: ["/hello", "/direct"])
    func head(path: String) async throws {
        try await withServer { port in
            let client = try WireClient(port: port)
            let get = try await client.exchange("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
            let head = try await client.exchange("HEAD \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(head.status == 200)
            #expect(head.header("content-length").flatMap { Int($0) } ?? 0 >= get.body.utf8.count)
            // Had a body come, it would be read as the start of this answer.
            #expect(try await client.exchange("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n").body == "hello\n")
        }
    }

    @Test("204 and 304 have no body", arguments: [204, 304])
    func noBody(status: Int) async throws {
        try await withServer { port in
            let client = try WireClient(port: port)
            try await client.send("GET /empty/\(status) HTTP/1.1\r\nHost: a\r\n\r\n")
            let response = try await client.response(hasBody: false)
            #expect(response.status == status)
            #expect(response.header("x-here") == "yes")
            #expect(try await client.exchange("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n").body == "hello\n")
        }
    }

    @Test("a status that does not exist is a 500", arguments: ["0", "99", "1000", "100"])
    func badStatus(status: String) async throws {
        try await withServer { port in
            let client = try WireClient(port: port)
            #expect(
                try await client.exchange("GET /empty/\(status) HTTP/1.1\r\nHost: a\r\n\r\n").status == 500)
        }
    }

    @Test("a chunked body arrives whole, however it is cut")
    func chunked() async throws {
        try await withServer { port in
            let client = try WireClient(port: port)
            try await client.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
            for piece in ["5\r\nhel", "lo\r\n6;x=y\r\n wor", "ld\r\n0\r\n", "Trailer: x\r\n\r\n"] {
                try await client.send(piece)
            }
            #expect(try await client.response().body == "hello world")
        }
    }

    @Test("a client that waits for 100 Continue is asked for the body")
    func expectContinue() async throws {
        try await withServer { port in
            let client = try WireClient(port: port)
            try await client.send(
                "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
            #expect(try await client.response().status == 100)
            #expect(try await client.exchange("abc").body == "abc")
        }
    }

    @Test(
        "the target is taken as it was sent",
        arguments: [
            ("/target/a%2Fb?x=%41+b&c", "/target/a%2Fb?x=%41+b&c"),
            ("http://other.example/target/x?y", "/target/x?y"),
            ("HTTPS://user:pw@other.example:1/target/x", "/target/x"),
        ])
    func target(sent: String, seen: String) async throws {
        try await withServer { port in
            let client = try WireClient(port: port)
            #expect(try await client.exchange("GET \(sent) HTTP/1.1\r\nHost: a\r\n\r\n").body == seen)
        }
    }

    @Test("an absolute target without a path is the root")
    func absoluteRoot() async throws {
        try await withServer { port in
            let client = try WireClient(port: port)
            let response = try await client.exchange("GET http://other.example HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(response.status == 404)
        }
    }

    @Test("any other form of target is refused", arguments: ["*", "example.com:443", "hello", "ftp://a/b"])
    func otherTargets(target: String) async throws {
        try await withServer { port in
            let client = try WireClient(port: port)
            let response = try await client.exchange("OPTIONS \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(response.status == 400)
            #expect(response.body == "the request target is no path\n")
        }
    }

    @Test("methods are case-sensitive")
    func lowerCaseMethod() async throws {
        try await withServer { port in
            let client = try WireClient(port: port)
            let response = try await client.exchange("get /hello HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(response.status == 405)
            #expect(response.header("allow") == "GET, HEAD")
        }
    }

    @Test("an error is a 500 that says nothing of it, and the log says what it was")
    func thrown() async throws {
        let lines = Lines()
        try await withServer(log: RequestLog(clock: .still, sink: lines.add)) { port in
            let client = try WireClient(port: port)
            let response = try await client.exchange("GET /broken HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(response.status == 500)
            #expect(response.body == "something went wrong; the server's log says what\n")
            let problem = try await client.exchange(
                "GET /broken HTTP/1.1\r\nHost: a\r\nAccept: application/json\r\n\r\n")
            #expect(problem.header("content-type") == "application/problem+json")
        }
        #expect(lines.all.count == 2)
        #expect(lines.all.allSatisfy { $0.contains(#""error":"Broken: Broken()""#) })
    }

    @Test("a value cannot end its header line")
    func injection() async throws {
        try await withServer { port in
            let client = try WireClient(port: port)
            let response = try await client.exchange("GET /inject HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(response.header("x-value") == "a  Set-Cookie: b=c d")
            #expect(response.header("set-cookie") == nil)
        }
    }

    @Test("the peer is known, and is whom IPv4 says on an IPv6 socket")
    func peer() async throws {
        try await withServer { port in
            let client = try WireClient(port: port)
            #expect(try await client.exchange("GET /peer HTTP/1.1\r\nHost: a\r\n\r\n").body == "127.0.0.1")
        }
    }

    @Test("200 requests at once are all answered")
    func concurrent() async throws {
        try await withServer { port in
            try await withThrowingTaskGroup(of: String.self) { group in
                for number in 0..<200 {
                    group.addTask {
                        let client = try WireClient(port: port)
                        return try await client.exchange(
                            "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n\(100 + number)"
                        ).body
                    }
                }
                var seen: Set<String> = []
                for try await body in group { seen.insert(body) }
                #expect(seen == Set((100..<300).map { String($0) }))
            }
        }
    }

    @Test("a client that goes away while its handler runs harms no one")
    func disconnect() async throws {
        let started = Latch(), done = Latch()
        var router = Router.test
        router.on("GET", "/slow") { _ in
            await started.open()
            await done.wait()
            return Response(.plain, String(repeating: "x", count: 100_000))
        }
        try await withServer(Application(router: router)) { port in
            let client = try WireClient(port: port)
            try await client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
            await started.wait()
            client.hangUp()
            await done.open()
            let other = try WireClient(port: port)
            #expect(try await other.exchange("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n").status == 200)
        }
    }
}
