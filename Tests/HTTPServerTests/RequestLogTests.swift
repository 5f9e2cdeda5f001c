import HTTPServer
import Testing
import Tokens

@Suite("The request log")
struct RequestLogTests {
    /// Sends the requests one after another and returns the log's lines.
    static func lines(
        _ requests: [String], application: Application = .test, grants: Bool = true,
        format: TokenFormat = .standard
    ) async throws -> [String] {
        let lines = Lines()
        let log = RequestLog(clock: .still, format: format, grants: grants, sink: lines.add)
        try await withServer(application, log: log) { port in
            let client = try WireClient(port: port)
            for request in requests { _ = try await client.exchange(request) }
        }
        return lines.all
    }

    static func line(_ request: String, application: Application = .test) async throws -> String {
        let lines = try await lines([request], application: application)
        try #require(lines.count == 1)
        // How long it took is not the same each time.
        return lines[0].replacing(#/"ms":[0-9]+\.[0-9]{3}/#, with: #""ms":0"#)
    }

    @Test("has one line for a request")
    func plain() async throws {
        let line = try await Self.line(
            "GET /hello?secret=1 HTTP/1.1\r\nHost: a\r\nUser-Agent: curl/7.88.1\r\n\r\n")
        #expect(
            line == #"{"time":"2026-03-01T12:00:00.042Z","method":"GET","path":"/hello","status":200,"ms":0,"#
                + #""bytes":6,"peer":"127.0.0.1","agent":"curl/7.88.1"}"#)
    }

    @Test("says for whom a proxy asks, and what a handler adds")
    func verify() async throws {
        let application = Application(router: .test, direct: [Denier()])
        let line = try await Self.line(
            """
            GET /verify/maven?x=y HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 198.51.100.7\r\n\
            X-Original-Method: PUT\r\nX-Original-URI: /maven/a.jar?token=b\r\nAuthorization: Basic c2VjcmV0\r\n\r\n
            """, application: application)
        #expect(
            line
                == #"{"time":"2026-03-01T12:00:00.042Z","method":"GET","path":"/verify/maven","status":403,"ms":0,"#
                + #""bytes":0,"peer":"127.0.0.1","client":"198.51.100.7","original_method":"PUT","#
                + #""original_path":"/maven/a.jar","reason":"insufficient_scope","token":"tok_1"}"#)
    }

    @Test(
        "says of a client whose address cannot be read that it is unknown, and never that it is the proxy",
        arguments: [
            ("unknown", #""client":"unknown""#), ("203.0.113.9:51234", #""client":"203.0.113.9""#),
        ])
    func unknownClient(forwarded: String, client: String) async throws {
        let line = try await Self.line(
            "GET /hello HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: \(forwarded)\r\n\r\n")
        #expect(line.contains(#""peer":"127.0.0.1",\#(client)"#))
    }

    @Test("never holds a secret")
    func noSecret() async throws {
        let format = try #require(TokenFormat(prefix: "acme_"))
        for token in [TokenFormat.standard.makeSecret().reveal(), format.makeSecret().reveal()] {
            let escaped = token.replacing("_", with: "%5F")
            let credential = "Authorization: Bearer \(token)\r\nCookie: session=\(token)\r\n"
            let lines = try await Self.lines(
                [
                    "GET /hello?access_token=\(token) HTTP/1.1\r\nHost: a\r\n\(credential)\r\n",
                    "GET /x/\(token)/y HTTP/1.1\r\nHost: a\r\n\r\n",
                    "GET /x/oauth2:\(escaped)@host/y HTTP/1.1\r\nHost: a\r\n\r\n",
                    "GET http://\(token)@host/x HTTP/1.1\r\nHost: a\r\n\r\n",
                    "GET /x HTTP/1.1\r\nHost: a\r\nUser-Agent: curl \(token)\r\n\r\n",
                    "GET /verify/x HTTP/1.1\r\nHost: a\r\nX-Original-URI: /x/\(escaped)/y?\(token)\r\n\r\n",
                    "GET /verify/x HTTP/1.1\r\nHost: a\r\nX-Original-Method: \(token)\r\nX-Original-URI: /\r\n\r\n",
                    "\(token) /hello HTTP/1.1\r\nHost: a\r\n\r\n",
                ], application: Application(router: .test, direct: [Denier()]), format: format)
            #expect(lines.count == 8)
            #expect(lines[1].contains(#""path":"/x/(secret)/y""#))
            for line in lines {
                #expect(!line.contains(token))
                #expect(!line.contains(token.dropFirst(5)))
            }
        }
    }

    @Test("keeps a line one line of JSON, whatever is sent")
    func escaped() async throws {
        let line = try await Self.line(
            "GET /a\"b\\c HTTP/1.1\r\nHost: a\r\nUser-Agent: \t\"x\u{2028}\u{85}\u{202E}\u{FEFF}ü\\\r\n\r\n")
        #expect(line.contains(#""path":"/a\"b\\c""#))
        #expect(line.contains(#""agent":"\"x\u2028\u0085\u202e\ufeffü\\""#))
    }

    @Test("repairs what is not UTF-8, and cuts what is long")
    func cut() async throws {
        let long = String(repeating: "ü", count: 600)
        let line = try await Self.line(
            "GET /\(long) HTTP/1.1\r\nHost: a\r\nUser-Agent: \(long)\r\n\r\n")
        // 512 bytes: the slash, 255 letters and half of one more, which is repaired.
        #expect(line.contains(#""path":"/\#(String(repeating: "ü", count: 255))\#u{FFFD}""#))
        #expect(line.contains(#""agent":"\#(String(repeating: "ü", count: 100))""#))
    }

    @Test("logs what the server itself refuses")
    func refusal() async throws {
        let line = try await Self.line("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(line.contains(#""method":"OPTIONS","path":"*","status":400"#))
    }

    @Test("leaves grants out where it is told to, and nothing else")
    func grants() async throws {
        let application = Application(router: .test, direct: [Denier(), Granter()])
        let lines = try await Self.lines(
            ["/verify/good", "/verify/maven", "/hello", "/direct"].map {
                "GET \($0) HTTP/1.1\r\nHost: a\r\n\r\n"
            }, application: application, grants: false)
        #expect(lines.count == 3)
        #expect(!lines.contains { $0.contains("/verify/good") })
    }

    @Test("knows a grant by who gave it, at once or later, and takes no route's answer for one")
    func laterGrants() async throws {
        var router = Router.test
        router.on("GET", "/verify/route") { _ in Response(status: 200) }
        let application = Application(router: router, deferred: [LateGranter()])
        let lines = try await Self.lines(
            ["/verify/late", "/verify/route"].map { "GET \($0) HTTP/1.1\r\nHost: a\r\n\r\n" },
            application: application, grants: false)
        #expect(lines.count == 1)
        #expect(lines.first?.contains("/verify/route") == true)
    }
}

/// Grants `/verify/late`, whatever the method, and fails at `/late/broken`.
struct LateGranter: DeferredHandler {
    let routes = [Router.Route(method: Router.Route.anyMethod, pattern: "/verify/late")]

    func respond(to request: Request) async throws -> Response? {
        await Task.yield()
        if request.path == "/late/broken" { throw Broken() }
        guard request.path.hasPrefix("/verify/late") else { return nil }
        var response = Response(status: 200, body: Array("\(request.method) \(request.target)".utf8))
        response.note.isGrant = true
        return response
    }
}

/// Denies `/verify/maven`.
struct Denier: DirectHandler {
    let routes = [Router.Route(method: Router.Route.anyMethod, pattern: "/verify/maven")]

    func answer(_ head: borrowing RequestHead) -> PreparedResponse? {
        guard head.target.text.hasPrefix("/verify/maven") else { return nil }
        var response = Response(status: 403)
        response.note = LogNote(reason: "insufficient_scope", token: "tok_1")
        return PreparedResponse(response)
    }

    func describe(_ head: borrowing RequestHead, in fields: inout LogFields) {
        guard head.target.text.hasPrefix("/verify/") else { return }
        if let method = head.fields.last("x-original-method") {
            fields.add("original_method", method, limit: 32)
        }
        if let target = head.fields.last("x-original-uri") { fields.addPath("original_path", of: target) }
    }
}

/// Grants `/verify/good`.
struct Granter: DirectHandler {
    let routes = [Router.Route(method: Router.Route.anyMethod, pattern: "/verify/good")]

    func answer(_ head: borrowing RequestHead) -> PreparedResponse? {
        guard head.target.text == "/verify/good" else { return nil }
        var response = Response(status: 200)
        response.note.isGrant = true
        return PreparedResponse(response)
    }
}
