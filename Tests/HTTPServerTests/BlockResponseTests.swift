import Synchronization
import Testing
import Tokens

@testable import HTTPServer

/// Grants `/as/NAME/ID` as the gate does: with the name and the id in a block.
private struct Names: DirectHandler {
    let routes = [Router.Route(method: Router.Route.anyMethod, pattern: "/as/{name}/{id}")]

    func answer(_ head: borrowing RequestHead) -> PreparedResponse? {
        let parts = head.target.text.split(separator: "/")
        guard parts.count == 3, parts[0] == "as" else { return nil }
        var response = Response(status: 200, headers: ["Remote-User": String(parts[1])])
        response.headers.add("X-Jeton-Token", String(parts[2]))
        response.headers["Cache-Control"] = "no-store"
        response.note.token = String(parts[2])
        response.note.isGrant = true
        let block = FieldBlock(response)
        return head.response(block.bytes.span, token: block.token)
    }
}

@Suite("Responses that are made of a block")
struct BlockResponseTests {
    private var application: Application { Application(router: .test, direct: [Names()]) }

    private func request(_ name: String, _ id: Int, _ method: String = "GET") -> String {
        "\(method) /as/\(name)/tok_\(id) HTTP/1.1\r\nHost: a\r\n\r\n"
    }

    @Test("a block is one text, in which nobody begins a line, and knows where the id of the token is")
    func text() {
        var response = Response(status: 200, headers: ["Remote-Name": "a\r\nRemote-User: root"])
        response.headers.add("X-Jeton-Token", "tok_1")
        response.headers.add("Content-Length", "7")
        response.headers.add("Remote-Groups", "")
        response.headers["Cache-Control"] = "no-store"
        response.note.token = "tok_1"
        let block = FieldBlock(response)
        #expect(
            String(decoding: block.bytes, as: UTF8.self)
                == "no-store\r\nRemote-Name: a  Remote-User: root\r\nX-Jeton-Token: tok_1")
        #expect(String(decoding: block.bytes[block.token], as: UTF8.self) == "tok_1")
        let fields = Headers(block: block.bytes.span).fields
        #expect(fields.map(\.name) == ["Cache-Control", "Remote-Name", "X-Jeton-Token"])
        #expect(fields.map(\.value) == ["no-store", "a  Remote-User: root", "tok_1"])
    }

    @Test(
        "never has another request's fields, whoever asks at the same time, hangs up or asks for the head alone"
    )
    func own() async throws {
        let lines = Lines()
        let log = RequestLog(clock: .still, sink: lines.add)
        try await withServer(application, log: log) { port in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<16 {
                    group.addTask { try await ask(port, number) }
                }
                try await group.waitForAll()
            }
        }
        log.flush()
        for line in lines.all {
            guard let path = line.firstRange(of: #""path":"/as/"#),
                let token = line.firstRange(of: #""token":"tok_"#)
            else {
                Issue.record("\(line)")
                continue
            }
            let asked = line[path.upperBound...].prefix { $0 != "\"" }.split(separator: "_").last
            #expect(asked == line[token.upperBound...].prefix { $0 != "\"" })
        }
    }

    private func ask(_ port: UInt16, _ number: Int) async throws {
        var client = try WireClient(port: port)
        for round in 0..<60 {
            // Names of few lengths, so that all use the same memory again and again.
            let name = "user\(number % 10)\(String(repeating: "x", count: round % 3))"
            let id = 1000 + number * 60 + round
            if round % 20 == 19 {
                // Somebody who does not wait for the answer.
                try await client.send(request(name, id))
                client.hangUp()
                client = try WireClient(port: port)
            }
            let isHead = round % 7 == 0
            try await client.send(request(name, id, isHead ? "HEAD" : "GET") + request(name, id + 5000))
            for expected in [id, id + 5000] {
                let response = try await client.response(hasBody: false)
                #expect(response.status == 200)
                #expect(response.header("remote-user") == name)
                #expect(response.header("x-jeton-token") == "tok_\(expected)")
                #expect(response.header("cache-control") == "no-store")
            }
        }
    }

    @Test("is sent beside a head that leaves it no room, and while the server drains")
    func otherwise() async throws {
        let server = Server(.tcp(.loopback, port: 0), application: application, limits: .test, log: nil)
        let port = try #require(try server.start())
        let long = String(repeating: "n", count: 6000)
        let filler = "X-Filler: \(String(repeating: "f", count: 8000))\r\n"
        let crowded = try WireClient(port: port)
        let response = try await crowded.exchange(
            "GET /as/\(long)/tok_1 HTTP/1.1\r\nHost: a\r\n\(filler)\r\n")
        #expect(response.header("remote-user") == long)
        let kept = try WireClient(port: port)
        #expect(try await kept.exchange(request("alice", 1)).header("remote-user") == "alice")
        server.drain()
        let last = try await kept.exchange(request("bobby", 2))
        #expect(last.header("remote-user") == "bobby")
        #expect(last.header("x-jeton-token") == "tok_2")
        #expect(last.header("connection") == "close")
        await server.stop()
    }
}
