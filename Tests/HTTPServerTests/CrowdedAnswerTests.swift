import HTTPServer
import Testing
import Tokens

/// Answers `/large/HEAD/BODY` with a header and a body of so many bytes.
private struct Large: DirectHandler {
    let routes = [Router.Route(method: Router.Route.anyMethod, pattern: "/large/{head}/{body}")]

    func answer(_ head: borrowing RequestHead) -> PreparedResponse? {
        let parts = head.target.text.split(separator: "/")
        guard parts.count == 3, parts[0] == "large", let size = Int(parts[1]), let body = Int(parts[2]) else {
            return nil
        }
        var response = Response(.plain, String(repeating: "y", count: body))
        response.headers["X-Large"] = String(repeating: "x", count: size)
        return PreparedResponse(response)
    }
}

@Suite("An answer with a large head")
struct CrowdedAnswerTests {
    private var application: Application { Application(router: .test, direct: [Large()]) }

    /// A request's head of about that size, in so many fields.
    private func request(_ target: String, method: String = "GET", bytes: Int, fields: Int) -> String {
        let each = max(1, (bytes - 80) / max(1, fields) - 9)
        let lines = (0..<fields).map { "X-\(100 + $0): \(String(repeating: "a", count: each))\r\n" }
        return "\(method) \(target) HTTP/1.1\r\nHost: a\r\n\(lines.joined())\r\n"
    }

    @Test(
        "is sent whole whatever the request's head was, and logged as it was sent",
        arguments: [200, 1200, 1600, 2100, 4000, 8000, 12_000, 15_000])
    func always(size: Int) async throws {
        let lines = Lines()
        let log = RequestLog(clock: .still, sink: lines.add)
        var count = 0
        try await withServer(application, log: log) { port in
            for bytes in [0, 4000, 8000, 12_000, 14_000, 15_000, 15_900] {
                for fields in [1, 20, 40, 100, 150, 198]
                where fields * 12 <= max(bytes, 300) && bytes + fields * 56 <= 18_500 {
                    let client = try WireClient(port: port)
                    let response = try await client.exchange(
                        request("/large/\(size)/7", bytes: bytes, fields: fields))
                    #expect(response.status == 200, "\(bytes) bytes in \(fields) fields")
                    #expect(response.header("x-large")?.utf8.count == size)
                    #expect(response.header("date") != nil)
                    #expect(response.body == "yyyyyyy")
                    count += 1
                }
            }
        }
        log.flush()
        #expect(lines.all.count == count)
        #expect(lines.all.allSatisfy { $0.contains("\"status\":200") })
    }

    @Test("that is larger than can be sent is answered with 500, and logged as that")
    func tooLarge() async throws {
        let lines = Lines()
        let log = RequestLog(clock: .still, sink: lines.add)
        try await withServer(application, log: log) { port in
            for size in [33_000, 200_000] {
                let client = try WireClient(port: port)
                let response = try await client.exchange(request("/large/\(size)/7", bytes: 100, fields: 1))
                #expect(response.status == 500)
                #expect(response.header("x-large") == nil)
                #expect(try await client.untilClosed() == 0)
            }
        }
        log.flush()
        #expect(lines.all.count == 2)
        for line in lines.all {
            #expect(line.contains("\"status\":500"))
            #expect(line.contains("bytes of headers did not fit"))
        }
    }

    @Test("to HEAD has no body, and says how long it would be")
    func head() async throws {
        try await withServer(application) { port in
            let client = try WireClient(port: port)
            try await client.send(request("/large/15000/7", method: "HEAD", bytes: 15_000, fields: 50))
            let response = try await client.response(hasBody: false)
            #expect((response.status, response.header("content-length")) == (200, "7"))
            #expect(try await client.untilClosed() == 0)
        }
    }

    @Test("goes over a kept connection where there is room for it")
    func kept() async throws {
        try await withServer(application) { port in
            let client = try WireClient(port: port)
            for size in [100, 2000, 4000, 6000, 100] {
                let response = try await client.exchange(request("/large/\(size)/7", bytes: 1000, fields: 12))
                #expect(response.header("x-large")?.utf8.count == size)
                #expect(response.header("connection") != "close")
            }
        }
    }
}
