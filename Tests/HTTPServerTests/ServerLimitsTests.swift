import HTTPServer
import Testing
import Tokens

@Suite("A server's limits")
struct ServerLimitsTests {
    static var small: Server.Limits { Server.Limits(bodyBytes: 1000, threads: 2) }

    @Test("a body that says it is too large is refused, and the connection is of use again")
    func declared() async throws {
        try await withServer(limits: Self.small) { port in
            let client = try WireClient(port: port)
            let body = String(repeating: "x", count: 1001)
            let response = try await client.exchange(
                "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n\(body)")
            #expect(response.status == 413)
            #expect(response.body == "the request's body has more than 1000 bytes\n")
            #expect(try await client.exchange("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n").status == 200)
        }
    }

    @Test("a body far too large is refused unread", arguments: ["", "Expect: 100-continue\r\n"])
    func unread(expect: String) async throws {
        try await withServer(limits: Self.small) { port in
            let client = try WireClient(port: port)
            let length = expect.isEmpty ? 1_000_000_000 : 1001
            let response = try await client.exchange(
                "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: \(length)\r\n\(expect)\r\n")
            #expect(response.status == 413)
            #expect(response.header("connection") == "close")
            #expect(try await client.untilClosed() == 0)
        }
    }

    @Test("a chunked body that turns out too large is refused")
    func chunked() async throws {
        try await withServer(limits: Self.small) { port in
            let client = try WireClient(port: port)
            try await client.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
            let chunk = "200\r\n" + String(repeating: "x", count: 512) + "\r\n"
            try await client.send(chunk + chunk + "0\r\n\r\n")
            #expect(try await client.response().status == 413)
        }
    }

    @Test("a chunked body that does not end is refused, and cut off")
    func endless() async throws {
        try await withServer(limits: Self.small) { port in
            let client = try WireClient(port: port)
            try await client.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
            let chunk = "200\r\n" + String(repeating: "x", count: 512) + "\r\n"
            try await client.send(String(repeating: chunk, count: 17))
            #expect(try await client.response().status == 413)
            #expect(try await client.untilClosed() == 0)
        }
    }

    @Test("a body of exactly the limit is taken")
    func exact() async throws {
        try await withServer(limits: Self.small) { port in
            let client = try WireClient(port: port)
            let body = String(repeating: "x", count: 1000)
            let response = try await client.exchange(
                "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n\(body)")
            #expect(response.body == body)
        }
    }

    @Test(
        "a head that is too large is 431",
        arguments: [
            "Authorization: Basic " + String(repeating: "x", count: 64 * 1024) + "\r\n",
            String(repeating: "A: b\r\n", count: 201),
            String(repeating: "A: b\r\n", count: 10_000),
            "Cookie: " + String(repeating: "a=b; ", count: 10_000) + "\r\n",
        ])
    func head(fields: String) async throws {
        try await withServer { port in
            let client = try WireClient(port: port)
            try await client.send("GET /hello HTTP/1.1\r\nHost: a\r\n\(fields)\r\n")
            #expect(try await client.response().status == 431)
        }
    }

    @Test(
        "as many cookies as a head may hold are answered",
        arguments: [("a=;", 700), ("a=;", 5000), (";", 15_000), ("session=0123456789abcdef; ", 600)])
    func manyCookies(cookie: String, count: Int) async throws {
        try await withServer { port in
            let client = try WireClient(port: port)
            let cookies = String(repeating: cookie, count: count)
            for _ in 0..<2 {
                let response = try await client.exchange(
                    "GET /hello HTTP/1.1\r\nHost: a\r\nCookie: \(cookies)\r\n\r\n")
                #expect(response.status == 200)
            }
        }
    }

    @Test("a head that takes just so much memory that an answer has none left is answered, too")
    func crowded() async throws {
        try await withServer { port in
            func status(_ fields: String) async throws -> Int {
                let client = try WireClient(port: port)
                try await client.send("GET /hello HTTP/1.1\r\nHost: a\r\n\(fields)\r\n")
                return try await client.response().status
            }
            for size in stride(from: 19_900, to: 20_520, by: 20) {
                let one = "A: " + String(repeating: "x", count: size) + "\r\n"
                let found = try await status(one)
                #expect(found == 431, "\(size) bytes")
            }
            // Each field takes 56 bytes beside its own: all that both limits allow do not fit.
            for count in [100, 150, 190] + Array(270..<300) {
                let many =
                    String(repeating: "A: b\r\n", count: count) + "B: "
                    + String(repeating: "x", count: 16_000 - count * 6) + "\r\n"
                let found = try await status(many)
                #expect(found == 431, "\(count) fields")
            }
        }
    }

    @Test("as many fields as are allowed reach the handler")
    func manyFields() async throws {
        try await withServer { port in
            let client = try WireClient(port: port)
            let fields = String(repeating: "A: b\r\n", count: 199)
            let response = try await client.exchange("GET /direct HTTP/1.1\r\nHost: a\r\n\(fields)\r\n")
            #expect(response.status == 200)
            #expect(response.body.split(separator: "\n").count == 201)
        }
    }

    @Test(
        "a field of nearly the limit reaches the handler, and cookies of most of it do",
        arguments: [("A", 16_000), ("Cookie", 12_000)])
    func largeField(name: String, count: Int) async throws {
        try await withServer { port in
            let client = try WireClient(port: port)
            let field = "\(name): \(String(repeating: "x", count: count))"
            let response = try await client.exchange("GET /direct HTTP/1.1\r\nHost: a\r\n\(field)\r\n\r\n")
            #expect(response.body == "GET /direct\nHost: a\n\(field)")
        }
    }

    @Test("a head that comes in pieces is read whole")
    func pieces() async throws {
        try await withServer { port in
            let client = try WireClient(port: port)
            let fields = (0..<150).map { "X-\($0): \(String(repeating: "x", count: 50))" }
            let request =
                "GET /direct HTTP/1.1\r\nHost: a\r\n" + fields.joined(separator: "\r\n") + "\r\n\r\n"
            var rest = Array(request.utf8)[...]
            while !rest.isEmpty {
                try await client.send(Array(rest.prefix(97)))
                rest = rest.dropFirst(97)
            }
            let lines = try await client.response().body.split(separator: "\n")
            #expect(lines.count == 152)
            #expect(lines.last.map(String.init) == fields.last)
        }
    }

    @Test("a target that is too long is refused", arguments: ["/", "/?", "/?&&"])
    func longTarget(start: String) async throws {
        try await withServer { port in
            let client = try WireClient(port: port)
            let target = start + String(repeating: start.hasSuffix("&") ? "&" : "x", count: 40_000)
            try await client.send("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect([414, 431].contains(try await client.response().status))
        }
    }

    @Test(
        "a client that is too slow is cut off",
        arguments: [
            "", "\u{0}\u{0}\r\n\r\n", "GET /hello HT", "GET /hello HTTP/1.1\r\nHost: a\r\nX: ",
            "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc",
            "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        ])
    func slow(start: String) async throws {
        try await withServer(limits: Server.Limits(requestTimeout: TimeSpan(milliseconds: 100), threads: 2)) {
            port in
            let client = try WireClient(port: port)
            if !start.isEmpty { try await client.send(start) }
            #expect(try await client.untilClosed() == 0)
        }
    }

    @Test("a client that trickles is cut off, however busy it is")
    func trickling() async throws {
        try await withServer(limits: Server.Limits(requestTimeout: TimeSpan(milliseconds: 100), threads: 2)) {
            port in
            let client = try WireClient(port: port)
            try await client.send("GET /hello HTTP/1.1\r\nHost: a\r\nX: ")
            await #expect(throws: WireClient.Failure.self) {
                // Ends when the server has closed.
                while true {
                    try await client.send("x")
                    await Task.yield()
                }
            }
        }
    }

    @Test("an idle connection is closed")
    func idle() async throws {
        try await withServer(limits: Server.Limits(requestTimeout: TimeSpan(milliseconds: 500), threads: 2)) {
            port in
            let client = try WireClient(port: port)
            #expect(try await client.exchange("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n").status == 200)
            #expect(try await client.untilClosed() == 0)
        }
    }

    @Test("a client that does not read its answer is cut off")
    func doesNotRead() async throws {
        var router = Router()
        router.on("GET", "/large") { _ in
            Response(status: 200, body: Array(repeating: 0x78, count: 64 * 1024 * 1024))
        }
        let limits = Server.Limits(requestTimeout: TimeSpan(milliseconds: 500), threads: 2)
        let server = Server(
            .tcp(.loopback, port: 0), application: Application(router: router), limits: limits, log: nil)
        let port = try #require(try server.start())
        let client = try WireClient(port: port)
        try await client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
        // The stop waits for the answer to end: all of its time, had the client not been cut off.
        let patience = TimeSpan.seconds(120)
        let clock = ContinuousClock()
        let time = await clock.measure { await server.stop(within: patience) }
        #expect(time < .milliseconds(patience.milliseconds))
        #expect(try await client.untilClosed() < 64 * 1024 * 1024)
    }

    @Test("a handler may take longer than a client")
    func slowHandler() async throws {
        let idle = Latch()
        var router = Router()
        router.on("GET", "/slow") { _ in
            await idle.wait()
            return Response(.plain, "done")
        }
        let limits = Server.Limits(requestTimeout: TimeSpan(milliseconds: 500), threads: 2)
        try await withServer(Application(router: router), limits: limits) { port in
            let client = try WireClient(port: port)
            try await client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
            // One that came later is past its time when this returns, so the first is, too.
            let other = try WireClient(port: port)
            #expect(try await other.untilClosed() == 0)
            await idle.open()
            #expect(try await client.response().body == "done")
        }
    }

    @Test("more connections from one address than allowed are closed; others' places are free again")
    func perAddress() async throws {
        let limits = Server.Limits(connectionsPerAddress: 2, exempt: [], threads: 1)
        try await withServer(limits: limits) { port in
            let hello = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"
            let first = try WireClient(port: port), second = try WireClient(port: port)
            #expect(try await first.exchange(hello).status == 200)
            #expect(try await second.exchange(hello).status == 200)
            let third = try WireClient(port: port)
            #expect(try await third.untilClosed() == 0)

            try await first.send("GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            #expect(try await first.response().status == 200)
            _ = try await first.untilClosed()
            // The place is free a moment after the client has seen the end.
            var answer: WireResponse?
            while answer == nil { answer = try? await WireClient(port: port).exchange(hello) }
            #expect(answer?.status == 200)
        }
    }

    @Test("a trusted proxy has as many connections as it likes")
    func exempt() async throws {
        let limits = Server.Limits(connectionsPerAddress: 1, exempt: AddressRange.loopback, threads: 1)
        try await withServer(limits: limits) { port in
            let clients = try (0..<5).map { _ in try WireClient(port: port) }
            for client in clients {
                #expect(try await client.exchange("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n").status == 200)
            }
        }
    }
}
