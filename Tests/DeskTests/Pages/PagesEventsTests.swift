import HTTPServer
import JSON
import Ledger
import TestHouse
import Testing
import Tokens

@testable import Desk
@testable import DeskPages

@Suite("Pages: events")
struct PagesEventsTests {
    let house: PagesHouse
    let browser: PagesBrowser
    let alice: Subject

    init() async throws {
        house = try PagesHouse()
        (browser, alice) = try await house.browser("alice", administrator: true)
    }

    private func add(_ count: Int, _ kind: Event.Kind = .tokenCreated, detail: String = "CI") async throws {
        for number in 1...count {
            try await house.house.ledger.add(
                Event(
                    kind, at: house.house.now + .seconds(Int64(number)), actor: alice.id,
                    address: "192.0.2.1",
                    detail: "\(detail) \(number)."))
        }
    }

    @Test("fifty events are on a page, the newest first, and the filters go along to the next one")
    func pages() async throws {
        try await add(60)
        let first = await browser.get("/admin/events?kind=token_created&search=ci")
        #expect(
            first.text.contains("CI 60.") && first.text.contains("CI 11.") && !first.text.contains("CI 10."))
        let link = try #require(
            first.text.firstMatch(
                of: /href="(\/admin\/events\?kind=token_created&amp;search=ci&amp;before=\w+)"/))
        let second = await browser.get(String(link.output.1).replacing("&amp;", with: "&"))
        #expect(
            second.text.contains("CI 10.") && second.text.contains("CI 1.") && !second.text.contains("CI 11.")
        )
        #expect(!second.text.contains("Older events") && second.text.contains("Newest events"))
    }

    @Test("a time has seconds and its zone, and milliseconds for programs")
    func time() async throws {
        try await add(1)
        let text = await browser.get("/admin/events?search=ci").text
        #expect(text.contains(#"datetime="2026-01-31T08:00:01.000Z""#) && text.contains("08:00:01 UTC"))
    }

    @Test("what was granted is in the event of a new token")
    func granted() async throws {
        await browser.get("/tokens/new")
        _ = await browser.post("/tokens", ["name": "Nightly", "addresses": "10.0.0.0/8"])
        let text = await browser.get("/admin/events?kind=token_created").text
        #expect(text.contains("Nightly (every service; from 10.0.0.0/8"))
    }

    @Test("filters are kept in the form, and it is open while one is in use")
    func form() async throws {
        try await add(2)
        let plain = await browser.get("/admin/events").text
        #expect(plain.contains("<summary>Filters</summary>"))
        let filtered = await browser.get("/admin/events?who=alice&kind=tokens&from=2026-01-01").text
        #expect(
            filtered.contains("<summary>Filters (3 in use)</summary>") && filtered.contains(#"value="alice""#)
        )
        #expect(filtered.contains(#"<option value="tokens" selected>"#))
    }

    @Test("what cannot be read is said beside its field")
    func faults() async throws {
        let answer = await browser.get("/admin/events?who=nobody-here&from=yesterday")
        #expect(answer.status == 422)
        #expect(answer.text.contains("The login is the login or identifier of nobody here."))
        #expect(answer.text.contains("The earliest time must be a time such as"))
        #expect(answer.text.contains(#"value="yesterday""#))
    }

    @Test("nothing found is said")
    func nothing() async throws {
        #expect(await browser.get("/admin/events?search=nothing-like-it").text.contains("No events match."))
    }

    @Test("what matches can be downloaded, as CSV without formulas and as JSON lines")
    func download() async throws {
        try await add(3, detail: "=cmd|")
        let csv = await browser.get("/admin/events.csv?kind=tokens")
        #expect(csv.headers["Content-Disposition"] == #"attachment; filename="events.csv""#)
        let rows = csv.text.split(separator: "\r\n")
        #expect(rows.count == 4 && rows[0].hasPrefix("time,kind,actor,subject,token,address,detail,event"))
        #expect(rows[1].contains("2026-01-31T08:00:03Z,token_created,alice,,,192.0.2.1,\"'=cmd| 3.\""))
        // The form of the page has one button for each.
        for path in ["/admin/events.jsonl?kind=tokens", "/admin/events.csv?kind=tokens&format=jsonl"] {
            let lines = await browser.get(path)
            #expect(lines.headers["Content-Disposition"] == #"attachment; filename="events.jsonl""#)
            #expect(lines.text.split(separator: "\n").count == 3)
        }
        #expect(
            await browser.get("/admin/events.csv?who=nobody-here").location == "/admin/events?who=nobody-here"
        )
    }

    @Test("texts of others cannot become markup")
    func escaped() async throws {
        try await add(1, detail: "<script>")
        let text = await browser.get("/admin/events?search=%3Cscript%3E&who=%22%3E%3Cb%3E").text
        #expect(!text.contains("<script>") && !text.contains("<b>"))
    }
}
