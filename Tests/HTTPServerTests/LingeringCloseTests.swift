import HTTPServer
import Testing
import Tokens

@Suite("A refusal before the end of a request")
struct LingeringCloseTests {
    private static let limits = Server.Limits(bodyBytes: 1000, threads: 2)
    private static let chunk = "200\r\n" + String(repeating: "x", count: 512) + "\r\n"

    /// Beginnings of requests that are refused, with the statuses.
    private static let beginnings: [(String, [Int])] = [
        ("GET /hello HTTP/1.1\r\nHost: a\r\nA: " + String(repeating: "x", count: 27_000), [431]),
        ("GET /" + String(repeating: "x", count: 27_000), [414, 431]),
        ("GET /hello HTTP/1.1\r\nHost: a\r\n" + String(repeating: "A: b\r\n", count: 201) + "\r\n", [431]),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n", [413]),
        (
            "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                + String(repeating: chunk, count: 17), [413]
        ),
    ]

    @Test("reaches a client that is still writing", arguments: beginnings)
    func reaches(beginning: String, statuses: [Int]) async throws {
        try await withServer(limits: Self.limits) { port in
            let client = try WireClient(port: port)
            try await client.send(beginning)
            #expect(statuses.contains(try await client.status()))
            // Each would fail behind a reset.
            for _ in 0..<3 {
                try await client.send("more")
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }

    @Test("ends a client that does not stop writing")
    func ends() async throws {
        try await withServer(limits: Self.limits) { port in
            let client = try WireClient(port: port)
            try await client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n")
            await #expect(throws: WireClient.Failure.self) {
                while true { try await client.send(Self.chunk) }
            }
        }
    }
}
