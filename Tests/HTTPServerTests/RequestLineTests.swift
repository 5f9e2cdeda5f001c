import HTTPServer
import Testing
import Tokens

/// RFC 9112, section 3.
@Suite("A request line")
struct RequestLineTests {
    @Test(
        "is read as it stands, or refused",
        arguments: [
            // The absolute form is for proxies, and every server must take it (section 3.2.2).
            ("GET http://evil.example/hello HTTP/1.1", 200),
            ("GET HTTPS://root:x@evil.example:1/hello?q HTTP/1.1", 200),
            ("GET http:///hello HTTP/1.1", 200),
            // The authority ends at any of three (RFC 3986, section 3.2).
            ("GET http://evil.example?/hello HTTP/1.1", 404),
            ("GET http://evil.example#/hello HTTP/1.1", 404),
            ("GET http:/hello HTTP/1.1", 400),
            ("GET file:///hello HTTP/1.1", 400),
            ("GET evil.example:80 HTTP/1.1", 400),
            ("GET * HTTP/1.1", 400),
            ("OPTIONS * HTTP/1.1", 400),
            ("CONNECT evil.example:443 HTTP/1.1", 400),
            ("CONNECT /hello HTTP/1.1", 405),
            ("TRACE /hello HTTP/1.1", 405),
            // Methods are case-sensitive (RFC 9110, section 9.1).
            ("get /hello HTTP/1.1", 405),
            ("\(String(repeating: "G", count: 4000)) /hello HTTP/1.1", 405),
            // Nobody resolves a path here, so nobody can be led astray by one.
            ("GET //hello HTTP/1.1", 404),
            ("GET /./hello HTTP/1.1", 404),
            ("GET /x/../hello HTTP/1.1", 404),
            ("GET /x%2F..%2Fhello HTTP/1.1", 404),
            ("GET /%68ello HTTP/1.1", 404),
            ("GET /hello/ HTTP/1.1", 404),
            ("GET /hello#x HTTP/1.1", 404),
            ("GET /hello;x HTTP/1.1", 404),
            ("GET \\hello HTTP/1.1", 400),
            ("GET /hello\t HTTP/1.1", 400),
            ("GET /hello HTTP/1.0", 200),
            ("GET /hello HTTP/2.0", 505),
        ])
    func forms(line: String, status: Int) async throws {
        try await withServer { port in
            let client = try WireClient(port: port)
            #expect(try await client.exchange("\(line)\r\nHost: a\r\n\r\n").status == status, "\(line)")
            let other = try WireClient(port: port)
            #expect(try await other.exchange("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n").status == 200)
        }
    }
}
