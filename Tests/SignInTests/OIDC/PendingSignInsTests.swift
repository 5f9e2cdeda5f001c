import HTTPServer
import Ledger
import ProviderKit
import TestHouse
import Testing
import Tokens

@testable import SignIn

@Suite("Pending sign-ins", .timeLimit(.minutes(5)))
struct PendingSignInsTests {
    /// A browser's cookies after it has started sign-ins, and the redirect of each.
    private func begin(
        _ count: Int, in trip: Trip, returnTo: String? = nil, browser: inout Browser
    ) async throws -> [Trip.Way] {
        var ways: [Trip.Way] = []
        for number in 0..<count {
            trip.house.pass(.seconds(1))
            let redirect = try await trip.signIn.begin(
                returnTo: returnTo.map { "\($0)\(number)" }, at: browser.request("GET", "/sign-in/oidc"))
            browser.keep(redirect.cookies)
            let state = try #require(Request("GET", redirect.location).queryItems["state"])
            ways.append(Trip.Way(cookie: "", state: state, code: trip.provider.authorize(redirect.location)))
        }
        return ways
    }

    private func finish(
        _ way: Trip.Way, in trip: Trip, browser: inout Browser
    ) async throws -> ProviderSignIn.CompletedSignIn {
        let request = browser.request("GET", way.request.target)
        let visitor = try await trip.sessions.visitor(of: request)
        let completed = try await trip.signIn.finish(request, visitor: visitor)
        browser.keep(completed.cookies)
        return completed
    }

    private func pending(_ browser: Browser) -> [String] {
        browser.cookies.keys.filter { $0.hasPrefix("jeton-pending-") }
    }

    @Test("two tabs each lead to where they wanted, in either order", arguments: [[0, 1], [1, 0]])
    func twoTabs(order: [Int]) async throws {
        try await withTrip { (trip: Trip) async throws in
            var browser = Browser()
            let ways = try await begin(2, in: trip, returnTo: "/tokens?tab=", browser: &browser)
            var session: String?
            for tab in order {
                trip.house.pass(.seconds(1))
                let completed = try await finish(ways[tab], in: trip, browser: &browser)
                #expect(completed.returnTo == "/tokens?tab=\(tab)")
                #expect(completed.subject.login.text == "alice")
                // The second sign-in does not end the first one's session, on which its forms depend.
                #expect(session == nil || session == browser.cookies["jeton-session"])
                session = browser.cookies["jeton-session"]
            }
            #expect(trip.provider.count("/token") == 1)
        }
    }

    @Test("going back while signed in leads on, and the callback is used once")
    func back() async throws {
        try await withTrip { (trip: Trip) async throws in
            var browser = Browser()
            let way = try await begin(1, in: trip, returnTo: "/account?", browser: &browser)[0]
            _ = try await finish(way, in: trip, browser: &browser)
            let before = browser
            for _ in 0..<2 {
                let again = try await finish(way, in: trip, browser: &browser)
                #expect(again.returnTo == "/account?0")
                #expect(again.cookies.isEmpty)
            }
            #expect(browser.cookies == before.cookies)
            #expect(trip.provider.count("/token") == 1)
            let events = try await trip.house.ledger.events(about: nil, before: nil, limit: 10)
            #expect(!events.contains { $0.kind == .signInRefused })
            // Signed out, the same callback is refused, since it was used.
            browser.cookies["jeton-session"] = nil
            await #expect(throws: OIDCFault.usedBefore) {
                try await finish(way, in: trip, browser: &browser)
            }
        }
    }

    @Test(
        "who is signed in is led on by an answer that nobody waits for",
        arguments: ["state=AAAA&code=x", "code=x", "error=access_denied&state=AAAA", "state=a&state=b"])
    func stale(query: String) async throws {
        try await withTrip { (trip: Trip) async throws in
            var browser = Browser()
            let way = try await begin(1, in: trip, browser: &browser)[0]
            _ = try await finish(way, in: trip, browser: &browser)
            let request = browser.request("GET", "/sign-in/callback?\(query)")
            let visitor = try #require(try await trip.sessions.visitor(of: request))
            let completed = try await trip.signIn.finish(request, visitor: visitor)
            #expect(completed.subject.id == visitor.subject.id)
            #expect((completed.returnTo, completed.cookies) == (nil, []))
            await #expect(throws: OIDCFault.self) { try await trip.signIn.finish(request) }
        }
    }

    @Test("signing in again while signed in creates a new session")
    func again() async throws {
        try await withTrip { (trip: Trip) async throws in
            var browser = Browser()
            for _ in 0..<2 {
                let before = browser.cookies["jeton-session"]
                let way = try await begin(1, in: trip, browser: &browser)[0]
                trip.house.pass(.seconds(1))
                _ = try await finish(way, in: trip, browser: &browser)
                #expect(browser.cookies["jeton-session"] != before)
            }
        }
    }

    @Test("a callback for another browser signs nobody in: its state is not this browser's")
    func loginForgery() async throws {
        try await withTrip { (trip: Trip) async throws in
            var (mallory, victim) = (Browser(), Browser())
            let theirs = try await begin(1, in: trip, browser: &mallory)[0]
            await #expect(throws: OIDCFault.noPendingSignIn) {
                try await finish(theirs, in: trip, browser: &victim)
            }
            _ = try await begin(2, in: trip, browser: &victim)
            await #expect(throws: OIDCFault.wrongState) {
                try await finish(theirs, in: trip, browser: &victim)
            }
            // Nor is somebody else's cookie under a name of one's own.
            let name = try #require(pending(victim).first)
            let sealed = try #require(mallory.cookies.values.first)
            victim.cookies[name] = (sealed.hasPrefix("A") ? "B" : "A") + sealed.dropFirst()
            await #expect(throws: OIDCFault.wrongState) {
                try await finish(theirs, in: trip, browser: &victim)
            }
            #expect(trip.provider.count("/token") == 0)
        }
    }

    @Test("a browser has five, the oldest makes room, and their cookies stay small")
    func bounded() async throws {
        try await withTrip { (trip: Trip) async throws in
            var browser = Browser()
            let ways = try await begin(7, in: trip, browser: &browser)
            #expect(pending(browser).count == 5)
            #expect(browser.request().headers["cookie"]?.utf8.count ?? 0 < 1200)
            await #expect(throws: OIDCFault.wrongState) {
                try await finish(ways[1], in: trip, browser: &browser)
            }
            _ = try await finish(ways[2], in: trip, browser: &browser)
        }
    }

    @Test("long return paths make room sooner")
    func boundedBytes() async throws {
        try await withTrip { (trip: Trip) async throws in
            var browser = Browser()
            let long = "/tokens?search=" + String(repeating: "x", count: 480)
            let ways = try await begin(5, in: trip, returnTo: long, browser: &browser)
            #expect(browser.request().headers["cookie"]?.utf8.count ?? 0 < 3000)
            let completed = try await finish(ways[4], in: trip, browser: &browser)
            #expect(completed.returnTo == long + "4")
        }
    }

    @Test("invalid cookies are removed, and odd names are not repeated")
    func foreign() async throws {
        try await withTrip { (trip: Trip) async throws in
            let cookie = "jeton-pending-AAAAAAAA=x; jeton-pending-B\u{7F}BBBBBB=y; jeton-pending-=z"
            let redirect = try await trip.signIn.begin(
                returnTo: nil, at: Request("GET", "/sign-in/oidc", headers: ["Cookie": cookie]))
            let removed = redirect.cookies.filter { $0.contains("Max-Age=0") }
            #expect(removed.map { $0.prefix { $0 != ";" } } == ["jeton-pending-AAAAAAAA="])
        }
    }

    @Test(
        "one that is over, or was begun under a clock that was ahead, is not taken",
        arguments: [10, -10] as [Int64])
    func over(minutes: Int64) async throws {
        try await withTrip { (trip: Trip) async throws in
            let way = try await trip.leave()
            trip.house.pass(.minutes(minutes))
            await #expect(throws: OIDCFault.pendingSignInOver) { try await trip.signIn.finish(way.request) }
        }
    }
}
