import HTTPServer
import JSON
import Ledger
import TestHouse
import Testing
import Tokens

@testable import DeskAPI

@Suite("GET /api/v1/events")
struct EventsTests {
    let house: TestHouse
    let api: APIHouse
    let root: Subject
    let cookie: Headers

    init() async throws {
        house = try TestHouse()
        api = try APIHouse(house)
        root = try await house.person("root", name: "Root", administrator: true)
        cookie = try await api.cookie(of: root)
        for number in 1...5 {
            house.pass(.seconds(1))
            try await house.ledger.add(
                Event(
                    number.isMultiple(of: 2) ? .tokenRevoked : .tokenCreated, at: house.now, actor: root.id,
                    address: "192.0.2.\(number)", detail: "CI \(number)"))
        }
    }

    private func get(_ query: String, _ more: Headers = [:]) async -> Response {
        var headers = cookie
        for (name, value) in [("accept", more["accept"])] where value != nil { headers[name] = value }
        return await api.call("GET", "/api/v1/events\(query)", headers: headers)
    }

    private func details(_ response: Response) -> [String] {
        (response.json?["events"]?.array ?? []).compactMap { $0["detail"]?.string }
            .filter { $0.hasPrefix("CI") }
    }

    @Test("events are listed oldest first, and none is missed between two pages")
    func follow() async throws {
        var (seen, cursor) = ([String](), "")
        while true {
            let page = await get("?after=\(cursor)&limit=2")
            #expect(page.status == 200)
            seen += details(page)
            cursor = page.json?["cursor"]?.string ?? ""
            #expect(page.headers["Jeton-Cursor"] == cursor)
            let isAtEnd = page.json?["at_end"] == true
            #expect((page.headers["Link"] == nil) == isAtEnd)
            if isAtEnd { break }
        }
        #expect(seen == (1...5).map { "CI \($0)" })
        try await house.ledger.add(
            Event(.tokenCreated, at: house.now - .hours(1), actor: nil, detail: "CI late"))
        #expect(details(await get("?after=\(cursor)")) == ["CI late"])
    }

    @Test("an event has its names, its time to the millisecond, and where it came from")
    func whole() async throws {
        let page = await get("?before=&limit=1&kind=token_created")
        let event = try #require(page.json?["events"]?.array?.first)
        #expect(event["at"] == "2026-01-31T08:00:05.000Z")
        #expect(
            event["actor"] == [
                "id": .string(root.id.text), "login": "root", "name": "Root", "kind": "person",
            ])
        #expect(event["subject"] == .null && event["address"] == "192.0.2.5")
    }

    @Test(
        "filters",
        arguments: [
            ("kind=token_revoked", ["CI 2", "CI 4"]), ("kind=tokens&search=ci%203", ["CI 3"]),
            ("kind=token_revoked,signed_out", ["CI 2", "CI 4"]), ("address=192.0.2.4", ["CI 4"]),
            ("who=ROOT&from=2026-01-31T08:00:04Z", ["CI 4", "CI 5"]), ("until=2026-01-31T08:00:02", ["CI 1"]),
            ("until=2026-01-30", []), ("search=nothing", []), ("kind=people", []),
        ])
    func filters(_ query: String, _ expected: [String]) async {
        #expect(details(await get("?\(query)")) == expected)
    }

    @Test(
        "what cannot be read is refused with its name",
        arguments: [
            ("kind=nonsense", "kind"), ("who=nobody", "who"), ("token=x", "token"),
            ("address=here", "address"),
            ("from=yesterday", "from"), ("until=2026-02-30", "until"), ("after=x", "after"),
            ("limit=0", "limit"),
            ("limit=1001", "limit"), ("format=xml", "format"), ("after=&before=", "before"),
            ("page=2", "page"),
        ])
    func refused(_ query: String, _ name: String) async {
        let response = await get("?\(query)")
        #expect(response.status == 400)
        #expect(response.json?["errors"]?.array?.first?["field"] == .string(name) || name == "page")
        #expect(response.json?["detail"]?.string?.contains(name) == true)
    }

    @Test("with JSON lines there is a document on each line, and the cursor is in a header")
    func lines() async throws {
        for page in [
            await get("?format=jsonl&kind=tokens"),
            await get("?kind=tokens", ["accept": "application/x-ndjson"]),
        ] {
            #expect(page.headers["Content-Type"] == "application/x-ndjson")
            let lines = String(decoding: page.body, as: UTF8.self).split(separator: "\n")
            #expect(lines.count == 5)
            let last = try JSONValue(parsing: Array(lines[4].utf8))
            #expect(last["detail"] == "CI 5" && page.headers["Jeton-Cursor"] == last["id"]?.string)
        }
    }

    @Test("who does not oversee is refused")
    func others() async throws {
        let alice = try await house.person("alice")
        let path = "/api/v1/events"
        #expect(await api.call("GET", path, headers: try api.cookie(of: alice)).status == 403)
        #expect(await api.call("GET", path).status == 401)
        let token = try await house.token("ci", of: root)
        #expect(await api.call("GET", path, as: token.secret).status == 403)
    }
}
