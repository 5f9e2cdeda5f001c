import Gate
import Synchronization
import TestHouse
import Testing
import Tokens

@testable import HTTPServer

@Suite("The log of /verify")
struct VerifyLogTests {
    let house: TestHouse
    let gate: GateHouse

    init() throws {
        house = try TestHouse()
        gate = try GateHouse(house)
    }

    /// The log's line for a request, as the server writes it; `nil` where it leaves it out.
    private func line(_ target: String, _ headers: Headers, grants: Bool = true) async -> String? {
        let line = Mutex<String?>(nil)
        let log = RequestLog(clock: house.clock, grants: grants) { text in line.withLock { $0 = text } }
        let request = Request("GET", target, headers: headers)
        let outcome = Outcome(response: await gate.application.respond(to: request))
        if log.leavesOut(outcome) { return nil }
        log.record(RequestHead(request), outcome, by: gate.application, nanoseconds: 0)
        log.flush()
        return line.withLock(\.self)
    }

    @Test("a refusal has the original request and its reason")
    func refusal() async {
        let line = await self.line(
            "/verify/maven?x=y",
            ["User-Agent": "curl/8", "X-Original-Method": "PUT", "X-Original-URI": "/maven/a.jar?token=b"])
        let end =
            #""agent":"curl/8","original_method":"PUT","original_path":"/maven/a.jar","reason":"no_credentials"}"#
        #expect(line?.hasSuffix(end) == true)
    }

    @Test("a grant has its token, and can be left out")
    func grant() async throws {
        let alice = try await house.person("alice")
        let (token, secret) = try await house.token("ci", of: alice)
        let headers: Headers = ["Authorization": basic("alice", secret), "X-Forwarded-Uri": "/a"]
        let line = await self.line("/verify/maven", headers)
        #expect(line?.hasSuffix(#""original_path":"/a","token":"\#(token.id)"}"#) == true)
        #expect(await self.line("/verify/maven", headers, grants: false) == nil)
        #expect(await self.line("/verify/open/x", [:], grants: false) == nil)
        #expect(await self.line("/verify/maven", [:], grants: false) != nil)
    }

    @Test(
        "the original is taken from the headers of each dialect, without query, host or userinfo",
        arguments: [
            ("X-Original-URI: /a?b", "/a"), ("X-Forwarded-Uri: /a#b", "/a"),
            ("X-Forwarded-Uri: /b\r\nX-Original-URI: /a", "/a"),
            ("X-Original-URI: https://user:password@host/a/b?c", "/a/b"),
            ("X-Original-URI: https://user:password@host", ""),
            ("X-Original-URL: https://user:password@host/a/b?c", "/a/b"),
            ("X-Forwarded-Uri: /b\r\nX-Original-URL: http://host/a", "/a"),
            ("X-Original-URL: http://host/b\r\nX-Original-URI: /a", "/a"),
        ])
    func original(fields: String, path: String) async throws {
        var headers = Headers()
        for field in fields.split(separator: "\r\n") {
            let parts = field.split(separator: ": ", maxSplits: 1)
            headers.add(String(parts[0]), String(parts[1]))
        }
        let line = try #require(await self.line("/verify/x", headers))
        #expect(line.contains(#""original_path":"\#(path)""#))
        #expect(!line.contains("password"))
        #expect(await self.line("/tokens", headers)?.contains("original_path") == false)
    }
}
