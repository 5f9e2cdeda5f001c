import HTTPServer
import Testing
import Tokens

/// RFC 9112, section 11.2: two servers in a row must not disagree about where a request ends.
@Suite("A head by which servers could disagree")
struct FramingTests {
    @Test(
        "is refused, and its connection is closed",
        arguments: [
            "Content-Length: 3\r\nContent-Length: 4\r\n",
            "Content-Length: 3\r\nContent-Length: 3\r\n",
            "Content-Length: 3, 3\r\n",
            "Content-Length: +3\r\n",
            "Content-Length: -3\r\n",
            "Content-Length: 0x3\r\n",
            "Content-Length: \r\n",
            "Content-Length: 3 4\r\n",
            "Content-Length : 3\r\n",
            "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n",
            "Transfer-Encoding: gzip, chunked\r\n",
            "Transfer-Encoding: identity\r\n",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding : chunked\r\n",
            "Transfer-Encoding: xchunked\r\n",
            "Transfer-Encoding: \u{0B}chunked\r\n",
            "Host: b\r\n",
            "X: a\u{0}b\r\nY: c\r\n",
            "X: a\u{0}b\r\n",
            "X: a\u{1}b\r\n",
            "X: a\rb\r\n",
            "X: a\u{7F}\r\n",
            "X: a\r\n b\r\nY: c\r\n",
            "X y: a\r\n",
            "X\u{0}: a\r\n",
            ": a\r\n",
            ":\r\n",
            ": a\r\n\r\nGET /hello HTTP/1.1\r\nHost: a\r\n",
            "X: a\r\n: a\r\n",
            "X: a\r\n b\r\n",
            "X: a\u{0}\r\n",
            "no colon\r\n",
        ])
    func refused(fields: String) async throws {
        try await withServer { port in
            let client = try WireClient(port: port)
            try await client.send("POST /echo HTTP/1.1\r\nHost: a\r\n\(fields)\r\nabc")
            #expect(try await client.response().status == 400, "\(fields.debugDescription)")
            // libmicrohttpd repeats the head of its own refusals, so more may come; but no other answer.
            #expect(try await client.untilClosed() < 400)
        }
    }

    /// In chunks there is much to disagree about (RFC 9112, section 7.1), and a server behind a proxy
    /// shares its connections among clients: what follows such a body is never taken for a request.
    @Test(
        "is not read behind a body in chunks",
        arguments: [
            "3\r\nabc\r\n0\r\n\r\n", "3;a=b\r\nabc\r\n0;c\r\n\r\n", "3\r\nabc\r\n0;\n\r\n", "3\nabc\n0\n\n",
            "3\r\nabc\r\n0\r\nTrailer: x\r\n\r\n", "03\r\nabc\r\n000\r\n\r\n",
        ])
    func behindChunks(body: String) async throws {
        try await withServer { port in
            let client = try WireClient(port: port)
            try await client.send(
                "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\(body)"
                    + "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
            let response = try await client.response()
            #expect(response.header("connection") == "close", "\(body.debugDescription)")
            #expect(response.body == "abc")
            #expect(try await client.untilClosed() == 0)
        }
    }

    @Test("has a NUL in its first line", arguments: ["/he\u{0}llo", "/hello\u{0}", "/hello?\u{0}"])
    func targetWithNUL(target: String) async throws {
        try await withServer { port in
            let client = try WireClient(port: port)
            #expect(try await client.exchange("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n").status == 400)
        }
    }

    @Test("has no host, or no HTTP/1.1 for its coding")
    func versions() async throws {
        try await withServer { port in
            for request in [
                "GET /hello HTTP/1.1\r\n\r\n",
                "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            ] {
                let client = try WireClient(port: port)
                #expect(try await client.exchange(request).status == 400)
            }
            let client = try WireClient(port: port)
            #expect(try await client.exchange("GET /hello HTTP/1.0\r\n\r\n").status == 200)
        }
    }

    @Test(
        "cannot be read at all and does no harm",
        arguments: [
            "GET\r\n\r\n", "GET /hello\r\n\r\n", "GET /hello HTTP/9.9\r\n\r\n",
            "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET \u{1} HTTP/1.1\r\nHost: a\r\n\r\n", " / HTTP/1.1\r\nHost: a\r\n\r\n",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
            "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
            "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n11111111111111111\r\n",
        ])
    func unreadable(request: String) async throws {
        try await withServer { port in
            let client = try WireClient(port: port)
            try await client.send(request)
            if let response = try? await client.response() {
                #expect(
                    (400...499).contains(response.status) || response.status == 505,
                    "\(request.debugDescription)")
            }
            let other = try WireClient(port: port)
            #expect(try await other.exchange("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n").status == 200)
        }
    }

    @Test("but plain ends of line, Latin-1 and spaces around values are taken")
    func lenient() async throws {
        try await withServer { port in
            let client = try WireClient(port: port)
            let bare = try await client.exchange("GET /direct HTTP/1.1\nHost: a\nX: y\n\n")
            #expect(bare.body == "GET /direct\nHost: a\nX: y")
            var request = Array("POST /echo HTTP/1.1\r\nHost:a\r\nX: ".utf8)
            request += [0xFC, 0xFF] + Array(" \t\r\nY:\r\nContent-Length: 1\r\n\r\nb".utf8)
            try await client.send(request)
            #expect(try await client.response().body == "b")
        }
    }
}
