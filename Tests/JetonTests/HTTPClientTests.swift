import Curl
import Foundation
import HTTPServer
import Testing
import Tokens

@Suite("HTTPClient")
struct HTTPClientTests {
    /// Echoes the request: the method, the target, one header and the body.
    private static var echo: Application {
        var router = Router()
        for method in ["GET", "POST", "PUT", "DELETE"] {
            router.on(method, "/echo", limits: .document) { request in
                let text = "\(method) \(request.target) \(request.headers["x-test"] ?? "-") "
                return Response(
                    status: 201, headers: ["X-Answer": "  yes "], body: Array(text.utf8) + request.body)
            }
        }
        router.on("GET", "/moved") { _ in Response.seeOther("/echo") }
        router.on("GET", "/long") { _ in Response(status: 200, body: [UInt8](repeating: 65, count: 100_000)) }
        router.on("GET", "/slow") { _ in
            try await Task.sleep(for: .seconds(5))
            return Response(status: 200)
        }
        return Application(router: router)
    }

    private func withServer(_ body: (_ socket: String) async throws -> Void) async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "jeton-\(UUID()).sock").path
        let server = Server(.operatorSocket(path: path), application: Self.echo)
        try server.start()
        do {
            try await body(path)
        } catch {
            await server.stop(within: .seconds(0))
            throw error
        }
        await server.stop(within: .seconds(0))
    }

    @Test(
        "a request arrives whole through a unix socket, and so does its answer",
        arguments: [
            ("GET", ""), ("POST", "some body"), ("POST", ""), ("PUT", "x"), ("DELETE", ""),
            ("POST", String(repeating: "long ", count: 20_000)),
        ])
    func through(method: String, body: String) async throws {
        try await withServer { socket in
            let answer = try await HTTPClient().send(
                method, "http://localhost/echo?a=b", headers: [.init("X-Test", "tested")],
                body: Array(body.utf8), unixSocket: socket)
            #expect(answer.status == 201)
            #expect(String(decoding: answer.body, as: UTF8.self) == "\(method) /echo?a=b tested \(body)")
            #expect(answer.header("x-answer") == "yes")
        }
    }

    @Test("redirects are returned, not followed")
    func redirect() async throws {
        try await withServer { socket in
            let answer = try await HTTPClient().send("GET", "http://localhost/moved", unixSocket: socket)
            #expect(answer.status == 303)
            #expect(answer.header("Location") == "/echo")
        }
    }

    @Test("size and time are bounded")
    func bounds() async throws {
        try await withServer { socket in
            await #expect(throws: HTTPClientError.tooLarge(limit: 99_999)) {
                try await HTTPClient().send(
                    "GET", "http://localhost/long", unixSocket: socket, maxBytes: 99_999)
            }
            let answer = try await HTTPClient().send(
                "GET", "http://localhost/long", unixSocket: socket, maxBytes: 100_000)
            #expect(answer.body.count == 100_000)
            await #expect(throws: HTTPClientError.timedOut) {
                try await HTTPClient().send("GET", "http://localhost/slow", unixSocket: socket, timeout: 100)
            }
        }
    }

    @Test("many requests at once each get their own answer")
    func many() async throws {
        try await withServer { socket in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<50 {
                    group.addTask {
                        let answer = try await HTTPClient().send(
                            "GET", "http://localhost/echo?\(number)", unixSocket: socket)
                        return String(decoding: answer.body, as: UTF8.self) == "GET /echo?\(number) - "
                    }
                }
                for try await isRight in group { #expect(isRight) }
            }
        }
    }

    @Test(
        "only http and https are allowed, and no line break",
        arguments: ["file:///etc/passwd", "ftp://localhost/", "gopher://localhost/", "", "nonsense://x"])
    func schemes(url: String) async throws {
        await #expect(throws: HTTPClientError.badAddress) { try await HTTPClient().send("GET", url) }
    }

    @Test("nobody answering is an error, and so is a line break in a header")
    func refusals() async throws {
        let error = await #expect(throws: HTTPClientError.self) {
            try await HTTPClient().send("GET", "http://localhost/", unixSocket: "/nowhere.sock")
        }
        #expect(error == .cannotConnect(reason: "No such file or directory"))
        await #expect(throws: HTTPClientError.badHeader(name: "X")) {
            try await HTTPClient().send("GET", "http://localhost/", headers: [.init("X", "a\r\nY: b")])
        }
        await #expect(throws: HTTPClientError.failed(reason: "a method has letters A-Z only")) {
            try await HTTPClient().send("GET /", "http://localhost/")
        }
    }
}
