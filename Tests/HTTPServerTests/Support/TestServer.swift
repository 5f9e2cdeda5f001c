import HTTPServer
import Synchronization
import Testing
import Tokens

/// Runs `body` against a live server on a free loopback port, and stops it.
func withServer(
    _ application: Application = .test, limits: Server.Limits = .test, identity: TLSIdentity? = nil,
    log: RequestLog? = nil,
    _ body: (UInt16) async throws -> Void
) async throws {
    let server = Server(
        .tcp(.loopback, port: 0), application: application, limits: limits, identity: identity, log: log)
    let port = try #require(try server.start())
    do {
        try await body(port)
    } catch {
        await server.stop(within: .seconds(1))
        throw error
    }
    await server.stop(within: .seconds(5))
}

extension Server.Limits {
    static var test: Self { Server.Limits(threads: 2) }
}

extension Application {
    /// Echoes and greets, and answers `/direct` on the thread that reads.
    static var test: Application { Application(router: .test, direct: [Echo()]) }
}

extension Router {
    static var test: Router {
        var router = Router()
        router.on("GET", "/hello") { _ in Response(.plain, "hello\n") }
        router.on("POST", "/echo") { request in Response(status: 200, body: request.body) }
        router.on("GET", "/broken") { _ in throw Broken() }
        router.on("GET", "/empty/{status}") { (_, status: String) in
            Response(status: Int(status) ?? 0, headers: ["X-Here": "yes"], body: Array("not sent".utf8))
        }
        router.on("GET", "/inject") { _ in
            Response(status: 200, headers: ["X-Value": "a\r\nSet-Cookie: b=c\u{0}d"])
        }
        router.on("GET", "/peer") { request in
            switch request.peer {
            case .address(let address): Response(.plain, address.description)
            case .localProxy: Response(.plain, "local proxy")
            case .operator: Response(.plain, "operator")
            }
        }
        router.on("GET", "/target/{rest}") { (request, _: String) in Response(.plain, request.target) }
        return router
    }
}

struct Broken: Error {}

/// Answers `/direct` with what it saw.
struct Echo: DirectHandler {
    let routes = [Router.Route(method: Router.Route.anyMethod, pattern: "/direct")]

    func answer(_ head: borrowing RequestHead) -> PreparedResponse? {
        let target = head.target.text
        guard target.hasPrefix("/direct") else { return nil }
        var lines = ["\(head.method.text) \(target)"]
        let fields = head.fields
        for index in fields.indices {
            lines.append("\(fields.name(at: index).text): \(fields.value(at: index).text)")
        }
        return PreparedResponse(Response(.plain, lines.joined(separator: "\n")))
    }
}

/// Opens once, for all who wait.
actor Latch {
    private var isOpen = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func open() {
        isOpen = true
        for continuation in waiting { continuation.resume() }
        waiting = []
    }

    func wait() async {
        if isOpen { return }
        await withCheckedContinuation { waiting.append($0) }
    }
}

/// Gathers what is handed to it.
final class Lines: Sendable {
    private let lines = Mutex<[String]>([])

    func add(_ line: String) {
        lines.withLock { $0.append(line) }
    }

    var all: [String] { lines.withLock { $0 } }
}

extension Clock {
    /// 2026-03-01T12:00:00.042Z, for good.
    static var still: Clock { Clock { Timestamp(milliseconds: 1_772_366_400_042) } }
}
