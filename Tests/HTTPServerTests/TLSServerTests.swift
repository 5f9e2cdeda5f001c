import HTTPServer
import TestHouse
import Testing
import Tokens

/// What a server that speaks TLS does with those who do not; the end-to-end tests have real clients.
@Suite("A server over TLS")
struct TLSServerTests {
    private let lines = Lines()

    private func withTLSServer(
        _ limits: Server.Limits = .test, _ body: (UInt16) async throws -> Void
    ) async throws {
        let files = try TestCertificates()
        try files.make("own")
        let lines = lines
        let log = RequestLog(clock: .still) { lines.add($0) }
        let identity = try TLSIdentity(certificate: files.bytes("own.pem"), key: files.bytes("own.key"))
        try await withServer(limits: limits, identity: identity, log: log, body)
    }

    private static var impatient: Server.Limits {
        var limits = Server.Limits.test
        limits.requestTimeout = TimeSpan(milliseconds: 300)
        return limits
    }

    @Test(
        "what is no TLS is closed at once, and logged",
        arguments: [
            (
                "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n",
                "plain HTTP on a TLS port: use an https:// address"
            ),
            ("\u{1}\u{2}\u{3}\u{4}\u{5}\u{6}", "not TLS"),
        ])
    func plain(text: String, error: String) async throws {
        try await withTLSServer { port in
            let client = try WireClient(port: port)
            try await client.send(text)
            _ = try await client.untilClosed()
        }
        #expect(
            lines.all == [
                #"{"time":"2026-03-01T12:00:00.042Z","peer":"127.0.0.1","error":"\#(error)"}"#
            ])
    }

    @Test("who begins a handshake and does not end it is cut off, and logged")
    func slow() async throws {
        try await withTLSServer(Self.impatient) { port in
            let client = try WireClient(port: port)
            try await client.send([22, 3, 1, 2, 0, 1])
            #expect(try await client.untilClosed() == 0)
        }
        #expect(lines.all.count == 1)
        #expect(lines.all.first?.contains("greeting is broken, or did not come in time") == true)
    }

    @Test("who never says a word is cut off, and not worth a line")
    func silent() async throws {
        try await withTLSServer(Self.impatient) { port in
            let client = try WireClient(port: port)
            #expect(try await client.untilClosed() == 0)
        }
        #expect(lines.all.isEmpty)
    }

    @Test("handshakes count among an address's connections")
    func perAddress() async throws {
        let limits = Server.Limits(connectionsPerAddress: 2, exempt: [], threads: 1)
        try await withTLSServer(limits) { port in
            // A byte each, so that they are known to be accepted once more are refused.
            let held = try (0..<2).map { _ in try WireClient(port: port) }
            for client in held { try await client.send([22]) }
            let third = try WireClient(port: port)
            #expect(try await third.untilClosed() == 0)
            for client in held { client.hangUp() }
        }
    }

    @Test("a stop does not wait for handshakes")
    func stop() async throws {
        try await withTLSServer { port in
            let client = try WireClient(port: port)
            try await client.send([22, 3, 1])
        }
    }

    @Test("TLS at a server that speaks plain HTTP is answered with 400, and logged")
    func greeting() async throws {
        let lines = lines
        let log = RequestLog(clock: .still) { lines.add($0) }
        try await withServer(log: log) { port in
            let client = try WireClient(port: port)
            let random = [UInt8](repeating: 0xA5, count: 32)
            try await client.send(
                [22, 3, 1, 0, 80, 1, 0, 0, 76, 3, 3] + random + [32] + random + [0, 2, 0x13, 1, 1, 0, 0, 10])
            #expect(try await client.response().status == 400)
        }
        #expect(lines.all.count == 1)
        #expect(lines.all.first?.contains("a client that speaks TLS must use an http:// address") == true)
    }
}
