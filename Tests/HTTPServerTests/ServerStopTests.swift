import Dispatch
import Glibc
import HTTPServer
import Testing
import Tokens

@Suite("A server that starts and stops")
struct ServerStopTests {
    @Test("finishes the request that runs, says so, and closes new connections")
    func graceful() async throws {
        let started = Latch(), done = Latch()
        var router = Router.test
        router.on("GET", "/slow") { _ in
            await started.open()
            await done.wait()
            return Response(.plain, "done")
        }
        let server = Server(.tcp(.loopback, port: 0), application: Application(router: router), log: nil)
        let port = try #require(try server.start())
        let idle = try WireClient(port: port)
        #expect(try await idle.exchange("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n").status == 200)
        let client = try WireClient(port: port)
        try await client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        await started.wait()

        async let stopped: Void = server.stop(within: .seconds(10))
        // From the moment at which the stop began, a new one is closed without an answer.
        let hello = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"
        while (try? await WireClient(port: port).exchange(hello)) != nil {}
        await done.open()
        let response = try await client.response()
        #expect(response.body == "done")
        #expect(response.header("connection") == "close")
        await stopped
        #expect(throws: WireClient.Failure.self) { try WireClient(port: port) }
        #expect(try await idle.untilClosed() == 0)
    }

    @Test("answers everything while it drains, and closes each connection behind the answer")
    func drains() async throws {
        let server = Server(.tcp(.loopback, port: 0), application: .test, limits: .test, log: nil)
        let port = try #require(try server.start())
        let kept = [try WireClient(port: port), try WireClient(port: port)]
        let paths = ["/hello", "/direct"]
        for (client, path) in zip(kept, paths) {
            let before = try await client.exchange("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(before.status == 200)
            #expect(before.header("connection") != "close")
        }
        server.drain()
        for (client, path) in zip(
            kept + [try WireClient(port: port), try WireClient(port: port)], paths + paths)
        {
            let response = try await client.exchange("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(response.status == 200)
            #expect(response.header("connection") == "close")
            #expect(try await client.untilClosed() == 0)
        }
        await server.stop()
    }

    @Test("answers what has arrived when it stops, though no thread has come to read it")
    func arrived() async throws {
        for _ in 0..<5 {
            let block = Block()
            let server = Server(
                .tcp(.loopback, port: 0), application: Application(router: .test, direct: [block]),
                limits: Server.Limits(threads: 1))
            let port = try #require(try server.start())
            let clients = try (0..<8).map { _ in try WireClient(port: port) }
            for client in clients {
                #expect(try await client.exchange("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n").status == 200)
            }
            let first = try WireClient(port: port)
            try await first.send("GET /block HTTP/1.1\r\nHost: a\r\n\r\n")
            await block.began.wait()
            // The server's only thread is held now: all of this lies in its sockets.
            for (number, client) in clients.enumerated() {
                try await client.send(
                    number.isMultiple(of: 2)
                        ? "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"
                        : "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody")
            }
            async let stopped: Void = server.stop(within: .seconds(60))
            block.end.signal()
            for client in clients + [first] {
                let response = try await client.response()
                #expect(response.status == 200)
                #expect(try await client.untilClosed() == 0)
            }
            await stopped
        }
    }

    @Test("answers 503 for a handler that does not end in time, and cancels it")
    func gaveUp() async throws {
        let started = Latch(), cancelled = Latch(), done = Latch()
        var router = Router()
        router.on("GET", "/never") { _ in
            await withTaskCancellationHandler {
                await started.open()
                await done.wait()
            } onCancel: {
                Task { await cancelled.open() }
            }
            return Response(.plain, "too late")
        }
        let server = Server(.tcp(.loopback, port: 0), application: Application(router: router), log: nil)
        let port = try #require(try server.start())
        let client = try WireClient(port: port)
        try await client.send("GET /never HTTP/1.1\r\nHost: a\r\n\r\n")
        await started.wait()
        await server.stop(within: TimeSpan(milliseconds: 20))
        #expect(try await client.response().status == 503)
        await cancelled.wait()
        await done.open()
    }

    @Test("stops under load without losing an answer that it began")
    func underLoad() async throws {
        for _ in 0..<10 {
            let server = Server(.tcp(.loopback, port: 0), application: .test, limits: .test, log: nil)
            let port = try #require(try server.start())
            let answered = Latch()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<16 {
                    let client = try WireClient(port: port)
                    group.addTask {
                        let path = number.isMultiple(of: 2) ? "/hello" : "/direct"
                        while let response = try? await client.exchange(
                            "GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
                        {
                            #expect([200, 503].contains(response.status))
                            await answered.open()
                        }
                        // Where none was answered, this must not wait for ever.
                        await answered.open()
                    }
                }
                group.addTask {
                    await answered.wait()
                    await server.stop(within: .seconds(5))
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("stops once, and starts once")
    func twice() async throws {
        let server = Server(.tcp(.loopback, port: 0), application: .test, log: nil)
        await server.stop()
        try server.start()
        #expect(throws: ServerError.alreadyStarted) { try server.start() }
        await server.stop()
        await server.stop()
        #expect(throws: ServerError.alreadyStarted) { try server.start() }
    }

    @Test("says what it cannot listen on")
    func cannotListen() async throws {
        let first = Server(.tcp(.loopback, port: 0), application: .test, log: nil)
        let port = try #require(try first.start())
        let second = Server(.tcp(.loopback, port: port), application: .test, log: nil)
        let error = #expect(throws: ServerError.self) { try second.start() }
        #expect(
            error.map { "\($0)" } == "cannot listen on 127.0.0.1:\(port): something else listens there")
        await first.stop()

        let elsewhere = try #require(IPAddress("192.0.2.1"))
        #expect(throws: ServerError.addressNotAvailable("192.0.2.1:1")) {
            try Server(.tcp(elsewhere, port: 1), application: .test, log: nil).start()
        }
    }

    @Test("listens on IPv6 for IPv4, too")
    func dualStack() async throws {
        let any = try #require(IPAddress("::"))
        let server = Server(.tcp(any, port: 0), application: .test, log: nil)
        // A machine without IPv6 has nothing to show here.
        guard let port = try? server.start() else { return }
        let client = try WireClient(port: port)
        #expect(try await client.exchange("GET /peer HTTP/1.1\r\nHost: a\r\n\r\n").body == "127.0.0.1")
        await server.stop()
    }
}

/// Holds the thread that asks it.
private struct Block: DirectHandler {
    let routes = [Router.Route(method: Router.Route.anyMethod, pattern: "/block")]

    let began = Latch()
    let end = DispatchSemaphore(value: 0)

    func answer(_ head: borrowing RequestHead) -> PreparedResponse? {
        guard head.target.text == "/block" else { return nil }
        Task { [began] in await began.open() }
        end.wait()
        return PreparedResponse(Response(.plain, "held\n"))
    }
}

@Suite("A unix socket")
struct UnixSocketTests {
    /// A path in a folder of its own, short enough for a socket.
    static func withPath(_ body: (String) async throws -> Void) async throws {
        var template = Array("/tmp/jeton-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let path = folder + "/s"
        defer {
            unlink(path)
            rmdir(folder)
        }
        try await body(path)
    }

    static func mode(_ path: String) -> mode_t? {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_mode & 0o7777 : nil
    }

    @Test("is its owner's alone, has the operator as its peer, and goes with the server")
    func life() async throws {
        try await Self.withPath { path in
            let server = Server(.operatorSocket(path: path), application: .test, log: nil)
            #expect(try server.start() == nil)
            #expect(Self.mode(path) == 0o600)
            let client = try WireClient(path: path)
            #expect(try await client.exchange("GET /peer HTTP/1.1\r\nHost: a\r\n\r\n").body == "operator")
            await server.stop()
            #expect(Self.mode(path) == nil)
        }
    }

    @Test("that a dead server left behind is replaced")
    func stale() async throws {
        try await Self.withPath { path in
            let probe = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
            let bound = withUnsafeBytes(of: address) {
                bind(probe, $0.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
            }
            #expect(bound == 0)
            close(probe)
            #expect(Self.mode(path) != nil)

            let server = Server(.operatorSocket(path: path), application: .test, log: nil)
            try server.start()
            let client = try WireClient(path: path)
            #expect(try await client.exchange("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n").status == 200)
            await server.stop()
        }
    }

    @Test("that someone listens on, or a file that is none, is left alone")
    func taken() async throws {
        try await Self.withPath { path in
            let server = Server(.operatorSocket(path: path), application: .test, log: nil)
            try server.start()
            #expect(throws: ServerError.addressInUse(path)) {
                try Server(.operatorSocket(path: path), application: .test, log: nil).start()
            }
            await server.stop()

            close(open(path, O_CREAT | O_WRONLY, 0o600))
            #expect(throws: ServerError.notASocket(path)) {
                try Server(.operatorSocket(path: path), application: .test, log: nil).start()
            }
        }
        let long = "/tmp/" + String(repeating: "x", count: 200)
        #expect(throws: ServerError.pathTooLong(long)) {
            try Server(.operatorSocket(path: long), application: .test, log: nil).start()
        }
    }
}
