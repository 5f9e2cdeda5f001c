import Glibc
import HTTPServer
import Synchronization
import Testing
import Tokens

/// A protocol of lines: each is answered by itself, in upper case.
private let shout: LocalServer.Responder = { bytes in
    guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")) else {
        return bytes.count > 10_000 ? LocalServer.Reply([], agent: "", reason: "too_long") : nil
    }
    let line = String(decoding: bytes[..<end], as: UTF8.self)
    return LocalServer.Reply(
        Array((line.uppercased() + "\n").utf8), agent: "shout", reason: line == "no" ? "refused" : nil)
}

@Suite("A server on a unix socket")
struct LocalServerTests {
    /// Runs `body` against a live one.
    private func withServer(
        access: LocalServer.SocketPermissions = .init(),
        limits: LocalServer.ClientLimits = .init(patience: 120_000),
        log: RequestLog? = nil, _ body: (String) async throws -> Void
    ) async throws {
        try await UnixSocketTests.withPath { path in
            let server = LocalServer(path: path, access: access, limits: limits, log: log, handler: shout)
            try server.start()
            do {
                try await body(path)
            } catch {
                await server.stop()
                throw error
            }
            await server.stop()
        }
    }

    @Test("answers a question that comes in pieces, and closes")
    func pieces() async throws {
        try await withServer { path in
            let client = try WireClient(path: path)
            for piece in ["he", "l", "lo\n"] { try await client.send(piece) }
            try await client.skip(past: "HELLO\n")
            #expect(try await client.untilClosed() == 0)
        }
    }

    @Test("a silent client holds up nobody, and is cut off")
    func silent() async throws {
        try await withServer(limits: .init(patience: 300)) { path in
            let silent = try WireClient(path: path)
            let trickling = try WireClient(path: path)
            try await trickling.send("he")
            let client = try WireClient(path: path)
            try await client.send("hello\n")
            try await client.skip(past: "HELLO\n")
            #expect(try await silent.untilClosed() == 0)
            #expect(try await trickling.untilClosed() == 0)
        }
    }

    @Test("when there are too many, the one that has been there longest gives way")
    func many() async throws {
        try await withServer(limits: .init(connections: 4, patience: 120_000)) { path in
            let silent = try (0..<20).map { _ in try WireClient(path: path) }
            let client = try WireClient(path: path)
            try await client.send("hello\n")
            try await client.skip(past: "HELLO\n")
            #expect(try await silent[0].untilClosed() == 0)
            // The last to come was not sent away.
            try await silent[19].send("still here\n")
            try await silent[19].skip(past: "STILL HERE\n")
        }
    }

    @Test("what is too long, and who leaves before the answer, do no harm")
    func hostile() async throws {
        try await withServer { path in
            let talker = try WireClient(path: path)
            // Its end may be refused: the server has closed by then.
            try? await talker.send(String(repeating: "x", count: 100_000))
            #expect(try await talker.untilClosed() == 0)
            for _ in 0..<50 {
                let client = try WireClient(path: path)
                try await client.send("hello\n")
                client.hangUp()
            }
            let client = try WireClient(path: path)
            try await client.send("hello\n")
            try await client.skip(past: "HELLO\n")
        }
    }

    @Test("many at once are all answered")
    func concurrent() async throws {
        try await withServer { path in
            try await withThrowingTaskGroup { group in
                for number in 0..<100 {
                    group.addTask {
                        let client = try WireClient(path: path)
                        try await client.send("number \(number)\n")
                        try await client.skip(past: "NUMBER \(number)\n")
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("the file has its mode and group, and goes with the server")
    func file() async throws {
        let group = try #require(getgrgid(getegid()))
        let name = String(cString: group.pointee.gr_name)
        try await UnixSocketTests.withPath { path in
            for mode: mode_t in [0o600, 0o660, 0o666] {
                let server = LocalServer(
                    path: path, access: .init(mode: mode, group: name), handler: shout)
                try server.start()
                #expect(UnixSocketTests.mode(path) == mode)
                await server.stop()
                #expect(UnixSocketTests.mode(path) == nil)
            }
            let server = LocalServer(path: path, access: .init(group: "nobody here"), handler: shout)
            #expect(throws: ServerError.noSuchGroup(path, group: "nobody here")) { try server.start() }
            #expect(UnixSocketTests.mode(path) == nil)
        }
    }

    @Test("a stop ends those that still ask")
    func stop() async throws {
        try await UnixSocketTests.withPath { path in
            let server = LocalServer(path: path, handler: shout)
            try server.start()
            let client = try WireClient(path: path)
            try await client.send("hel")
            await server.stop()
            await server.stop()
            #expect(try await client.untilClosed() == 0)
            #expect(throws: WireClient.Failure.self) { try WireClient(path: path) }
        }
    }

    @Test(
        "each answer is a line in the log; with grants left out, each refusal is", arguments: [true, false])
    func log(_ grants: Bool) async throws {
        let lines = Mutex<[String]>([])
        let log = RequestLog(clock: Clock { Timestamp(seconds: 0) }, grants: grants) { line in
            lines.withLock { $0.append(line) }
        }
        try await withServer(log: log) { path in
            for word in ["hello", "no"] {
                let client = try WireClient(path: path)
                try await client.send(word + "\n")
                _ = try await client.untilClosed()
            }
        }
        let written = lines.withLock { $0 }
        #expect(written.count == (grants ? 2 : 1))
        let refusal = try #require(written.last)
        #expect(refusal.hasPrefix("{\"time\":\"1970-01-01T00:00:00.000Z\",\"socket\":\"/tmp/jeton-"))
        #expect(refusal.hasSuffix(",\"agent\":\"shout\",\"reason\":\"refused\"}"))
    }
}
