import Glibc
import Synchronization
import Testing
import Tokens

@testable import HTTPServer

@Suite("What a route takes, on the wire")
struct RouteLimitsTests {
    private static let router: Router = {
        var router = Router()
        router.on("POST", "/small", limits: RouteLimits(bodyBytes: 100)) { request in
            Response(status: 200, body: request.body)
        }
        router.on("POST", "/large", limits: RouteLimits(bodyBytes: 512 * 1024)) { request in
            Response(.plain, "\(request.body.count)")
        }
        router.on("GET", "/large") { _ in
            Response(status: 200, body: Array(repeating: 0x78, count: 32 * 1024 * 1024))
        }
        return router
    }()

    @Test("a body that is said to be far too large is refused before it is read")
    func unread() async throws {
        try await withServer(Application(router: Self.router)) { port in
            let client = try WireClient(port: port)
            let response = try await client.exchange(
                "POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n")
            #expect(response.status == 413)
            #expect(response.body == "the request's body has more than 100 bytes\n")
            #expect(try await client.untilClosed() == 0)
        }
    }

    @Test("a body that is a little too large is refused when it was read", arguments: [false, true])
    func read(isChunked: Bool) async throws {
        try await withServer(Application(router: Self.router)) { port in
            let client = try WireClient(port: port)
            let body = String(repeating: "x", count: 101)
            let framed =
                isChunked
                ? "Transfer-Encoding: chunked\r\n\r\n65\r\n\(body)\r\n0\r\n\r\n"
                : "Content-Length: 101\r\n\r\n\(body)"
            let response = try await client.exchange("POST /small HTTP/1.1\r\nHost: a\r\n\(framed)")
            #expect(response.status == 413)
            #expect(response.body == "the request's body has more than 100 bytes\n")
        }
    }

    @Test("a body that nobody reads is not kept, and the answer is as without it")
    func noRoute() async throws {
        let limits = Server.Limits(heldBytes: 0, threads: 1)
        try await withServer(Application(router: Self.router, direct: [Echo()]), limits: limits) { port in
            let body = String(repeating: "x", count: 100_000)
            for (target, status) in [("/nothing", 404), ("/direct", 200)] {
                let response = try await WireClient(port: port).exchange(
                    "POST \(target) HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n\(body)")
                #expect(response.status == status)
            }
        }
    }

    @Test("bodies that hold more memory together than there is for them are refused", .timeLimit(.minutes(1)))
    func heldBodies() async throws {
        let limits = Server.Limits(heldBytes: 500_000, threads: 1)
        try await withServer(Application(router: Self.router), limits: limits) { port in
            let most = String(repeating: "x", count: 399_999)
            let post = "POST /large HTTP/1.1\r\nHost: a\r\nContent-Length: 400000\r\n\r\n"
            var first: WireClient
            var refused: WireResponse?
            // The body that reaches the limit is refused, which may be the first one: then both are sent again.
            repeat {
                first = try WireClient(port: port)
                try await first.send(post + most)
                let response = try await WireClient(port: port).exchange(post + most + "x")
                if response.status == 503 { refused = response } else { #expect(response.body == "400000") }
            } while refused == nil
            #expect(refused?.header("retry-after") == "1")
            #expect(refused?.body == "the server is busy: try again in a moment\n")
            first.hangUp()
            var status = 503
            while status == 503 {
                status = try await WireClient(port: port).exchange(post + most + "x").status
            }
            #expect(status == 200)
        }
    }

    @Test("answers that nobody reads are counted, and there is an end to them")
    func heldAnswers() async throws {
        let limits = Server.Limits(heldBytes: 80 * 1024 * 1024, threads: 1)
        try await withServer(Application(router: Self.router), limits: limits) { port in
            var clients: [WireClient] = []
            var statuses: [Int] = []
            for _ in 0..<6 {
                let client = try WireClient(port: port)
                clients.append(client)
                try await client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
                statuses.append(try await client.status())
            }
            #expect(statuses == [200, 200, 200, 503, 503, 503])
            // Closed with bytes unread, which resets the connection at once.
            clients = []
            var status = 503
            while status == 503 {
                status = try await WireClient(port: port).exchange("GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
                    .status
            }
            #expect(status == 200)
        }
    }

    @Test("more requests at a time than there are places are refused at once, but not urgent ones")
    func places() async throws {
        let latch = Latch()
        var router = Router()
        router.on("GET", "/slow") { _ in
            await latch.wait()
            return Response(.plain, "done")
        }
        router.on("GET", "/urgent", urgent: true) { _ in Response(.plain, "urgent") }
        let limits = Server.Limits(requests: 2, threads: 1)
        try await withServer(Application(router: router, direct: [Echo()]), limits: limits) { port in
            let clients = try (0..<3).map { _ in try WireClient(port: port) }
            for client in clients { try await client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n") }
            // One thread reads them in their order.
            let refused = try await clients[2].response()
            #expect(refused.status == 503)
            #expect(refused.header("retry-after") == "1")
            for target in ["/urgent", "/direct"] {
                let response = try await WireClient(port: port).exchange(
                    "GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(response.status == 200)
            }
            await latch.open()
            #expect(try await clients[0].response().body == "done")
            #expect(try await clients[1].response().body == "done")
            let again = try await WireClient(port: port).exchange("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(again.status == 200)
        }
    }

    @Test("an urgent request is answered while others hold every thread of the pool", .timeLimit(.minutes(1)))
    func urgent() async throws {
        final class State: Sendable {
            let running = Atomic(0)
            let isAnswered = Atomic(false)
        }
        let state = State()
        var router = Router()
        router.on("GET", "/busy") { _ in
            state.running.add(1, ordering: .relaxed)
            let end = MonotonicTime.now + 30_000_000_000
            while !state.isAnswered.load(ordering: .relaxed), MonotonicTime.now < end { usleep(1000) }
            return Response(.plain, MonotonicTime.now < end ? "freed" : "never")
        }
        router.on("GET", "/urgent", urgent: true) { _ in Response(.plain, "urgent") }
        try await withServer(Application(router: router)) { port in
            // What looks on must not wait for the pool either.
            let looking = Task.detached(executorPreference: ThreadExecutor(threads: 1)) {
                let threads = Server.Limits().threads
                let busy = try (0..<threads * 2).map { _ in try WireClient(port: port) }
                for client in busy { try await client.send("GET /busy HTTP/1.1\r\nHost: a\r\n\r\n") }
                while state.running.load(ordering: .relaxed) < threads { usleep(1000) }
                let urgent = try await WireClient(port: port).exchange(
                    "GET /urgent HTTP/1.1\r\nHost: a\r\n\r\n")
                state.isAnswered.store(true, ordering: .relaxed)
                var freed: [String] = []
                for client in busy { freed.append(try await client.response().body) }
                return (urgent.body, Set(freed))
            }
            let (urgent, freed) = try await looking.value
            #expect(urgent == "urgent")
            #expect(freed == ["freed"])
        }
    }

    @Test("what is urgent runs within what was given for that, and nothing else does")
    func around() async throws {
        enum Mark { @TaskLocal static var isSet = false }
        var router = Router()
        router.on("GET", "/a", urgent: true) { _ in Response(.plain, "\(Mark.isSet)") }
        router.on("GET", "/b") { _ in Response(.plain, "\(Mark.isSet)") }
        let application = Application(
            router: router, urgently: { work in await Mark.$isSet.withValue(true) { await work() } })
        try await withServer(application) { port in
            for (target, isSet) in [("/a", "true"), ("/b", "false")] {
                let response = try await WireClient(port: port).exchange(
                    "GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(response.body == isSet)
            }
        }
    }
}
