import Glibc
import Testing
import Tokens

@testable import HTTPServer

@Suite("A proxies' socket")
struct ProxySocketTests {
    private static let access = LocalServer.SocketPermissions(mode: 0o660)
    private static let hello = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"
    private static let peer = "GET /peer HTTP/1.1\r\nHost: a\r\n\r\n"

    private func server(_ path: String, log: RequestLog? = nil, limits: Server.Limits = .test) -> Server {
        Server(.proxySocket(path: path, Self.access), application: .test, limits: limits, log: log)
    }

    private static func number(_ path: String) -> ino_t? {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_ino : nil
    }

    @Test("has the mode that it was given, a local proxy as its peer, and goes with the server")
    func life() async throws {
        try await UnixSocketTests.withPath { path in
            let lines = Lines()
            let server = server(path, log: RequestLog(clock: .still, sink: lines.add))
            #expect(try server.start() == nil)
            #expect(UnixSocketTests.mode(path) == 0o660)
            let client = try WireClient(path: path)
            #expect(try await client.exchange(Self.peer).body == "local proxy")
            let named = "GET /hello HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 198.51.100.7\r\n\r\n"
            #expect(try await client.exchange(named).status == 200)
            await server.stop()
            #expect(UnixSocketTests.mode(path) == nil)
            #expect(lines.all.map { $0.contains(#""peer":"socket","client":"unknown""#) } == [true, false])
            #expect(lines.all.last?.contains(#""peer":"socket","client":"198.51.100.7""#) == true)
        }
    }

    @Test("has no limit for an address, and that of all connections")
    func limits() async throws {
        try await UnixSocketTests.withPath { path in
            let server = server(
                path, limits: Server.Limits(connections: 4, connectionsPerAddress: 1, threads: 2))
            try server.start()
            var clients: [WireClient] = []
            for _ in 0..<4 {
                let client = try WireClient(path: path)
                #expect(try await client.exchange(Self.hello).status == 200)
                clients.append(client)
            }
            // Waits in the queue until another one goes.
            let fifth = try WireClient(path: path)
            try await fifth.send(Self.hello)
            clients.removeLast()
            #expect(try await fifth.response().status == 200)
            await server.stop()
        }
    }

    @Test("a file that another process put there is left alone at the stop")
    func replaced() async throws {
        try await UnixSocketTests.withPath { path in
            let first = server(path)
            try first.start()
            // As an operator does who is in a hurry.
            unlink(path)
            let second = server(path)
            try second.start()
            let number = Self.number(path)
            await first.stop()
            #expect(Self.number(path) == number && number != nil)
            let client = try WireClient(path: path)
            #expect(try await client.exchange(Self.hello).status == 200)
            await second.stop()
            #expect(Self.number(path) == nil)
        }
    }

    @Test("of servers that start at once on a stale file, one listens")
    func race() async throws {
        try await UnixSocketTests.withPath { path in
            for _ in 0..<20 {
                let stale = try ListeningSocket(path: path, Self.access)
                close(stale.descriptor)
                let started = await withTaskGroup(of: Server?.self) { group in
                    for _ in 0..<4 {
                        group.addTask {
                            let server = self.server(path)
                            do {
                                try server.start()
                                return server
                            } catch {
                                return nil
                            }
                        }
                    }
                    return await group.reduce(into: []) { $0 += [$1].compactMap(\.self) }
                }
                #expect(started.count == 1)
                let client = try WireClient(path: path)
                #expect(try await client.exchange(Self.hello).status == 200)
                for server in started { await server.stop() }
            }
        }
    }

    @Test("whoever waits when the server stops is still served")
    func emptied() async throws {
        try await UnixSocketTests.withPath { path in
            let server = server(path)
            try server.start(waiting: true)
            var clients: [WireClient] = []
            for _ in 0..<20 {
                let client = try WireClient(path: path)
                try await client.send(Self.hello)
                clients.append(client)
            }
            server.accept()
            await server.stop()
            for client in clients { #expect(try await client.response().status == 200) }
            #expect(throws: WireClient.Failure.self) { try WireClient(path: path) }
        }
    }

    @Test("that the service manager keeps open outlasts servers, and loses nobody between them")
    func inherited() async throws {
        try await UnixSocketTests.withPath { path in
            let kept = try ListeningSocket(path: path, Self.access)
            for _ in 0..<5 {
                let passed = try #require(InheritedSocket(descriptor: dup(kept.descriptor)))
                #expect(passed.place == .unix(path: path))
                let server = Server(.inherited(passed), application: .test, limits: .test)
                let early = try WireClient(path: path)
                try await early.send(Self.peer)
                try server.start(waiting: true)
                server.accept()
                #expect(try await early.response().body == "local proxy")
                await server.stop()
                #expect(UnixSocketTests.mode(path) == 0o660)
            }
            kept.unlinkPath()
            close(kept.descriptor)
        }
    }

    @Test("a port that the service manager keeps open does so, too, with the client's address")
    func inheritedPort() async throws {
        let kept = try ListeningSocket(.tcp(.loopback, port: 0))
        let port = try #require(kept.port)
        for _ in 0..<3 {
            let passed = try #require(InheritedSocket(descriptor: dup(kept.descriptor)))
            #expect(passed.place == .tcp(.loopback, port: port))
            let early = try WireClient(port: port)
            try await early.send(Self.peer)
            let server = Server(.inherited(passed), application: .test, limits: .test)
            try server.start()
            #expect(try await early.response().body == "127.0.0.1")
            await server.stop()
        }
        close(kept.descriptor)
    }

    @Test("what is no listening stream socket is not taken from the service manager")
    func notInherited() throws {
        #expect(InheritedSocket(descriptor: -1) == nil)
        let file = open("/dev/null", O_RDONLY)
        #expect(InheritedSocket(descriptor: file) == nil)
        close(file)
        let unbound = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        #expect(InheritedSocket(descriptor: unbound) == nil)
        close(unbound)
    }

    @Test("an error says what to do")
    func errors() {
        let long = "/run/" + String(repeating: "x", count: 200)
        for (path, sentence) in [
            ("/nowhere/gate.sock", "its folder does not exist; create it for this user"),
            (long, "the path has more than 107 bytes (unix(7)): use a shorter one"),
            ("/etc/hostname", "the file there is not a socket"),
        ] {
            do throws(ServerError) {
                try server(path).start()
                Issue.record("\(path) was listened on")
            } catch {
                #expect(error.description.contains(sentence))
            }
        }
        #expect(
            throws: ServerError.noSuchGroup("/tmp/x.sock", group: "no-such-group")
        ) {
            try Server(
                .proxySocket(
                    path: "/tmp/x.sock", LocalServer.SocketPermissions(mode: 0o660, group: "no-such-group")),
                application: .test
            ).start()
        }
        #expect(UnixSocketTests.mode("/tmp/x.sock") == nil)
    }
}
