import HTTPServer
import JSON
import Ledger
import ProviderKit
import TestHouse
import Testing
import Tokens

@testable import DeskPages

/// What a hostile provider, or who stands between, may try: each is refused with its reason in the
/// events, a calm page and no session. `Tests/SignInTests/OIDC` has the finer cases.
@Suite("Pages: forged sign-ins", .timeLimit(.minutes(5)))
struct PagesForgedSignInTests {
    private static let key = SigningKey(.rsa(bits: 2048), id: "one")
    private static let otherKey = SigningKey(.rsa(bits: 2048), id: "two")
    /// The clock of the house: 2026-01-31T08:00:00Z.
    private static let now: Int64 = 1_769_846_400

    /// What a browser comes back with.
    struct Answer: Sendable {
        var code: String
        var state: String
        var more = ""
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let reason: String
        var status = 400
        /// How the provider misbehaves.
        var conduct: @Sendable (inout HostileProvider.Conduct) -> Void = { _ in }
        /// What becomes of the answer on its way; `other` is that of another browser.
        var change: @Sendable (_ answer: inout Answer, _ other: Answer) -> Void = { _, _ in }

        init(_ says: String, _ reason: String, status: Int = 400) {
            testDescription = says
            self.reason = reason
            self.status = status
        }

        init(_ says: String, _ reason: String, claims: [String: JSONValue]) {
            self.init(says, reason)
            conduct = { $0.claims = claims }
        }

        init(
            _ says: String, _ reason: String, signed: @escaping @Sendable (JSONValue) -> String
        ) {
            self.init(says, reason)
            conduct = { $0.idToken = { signed(.object($0)) } }
        }

        init(
            _ says: String, _ reason: String,
            change: @escaping @Sendable (_ answer: inout Answer, _ other: Answer) -> Void
        ) {
            self.init(says, reason)
            self.change = change
        }

        init(
            _ says: String, _ reason: String, status: Int = 400,
            conduct: @escaping @Sendable (inout HostileProvider.Conduct) -> Void
        ) {
            self.init(says, reason, status: status)
            self.conduct = conduct
        }
    }

    private static let huge = Response(
        status: 200, .json, #"{"issuer":""# + String(repeating: "a", count: 10 << 20) + #""}"#)
    private static let html = Response(status: 200, .html, "<!doctype html><title>Welcome</title>")
    private static let discovery = "/.well-known/openid-configuration"

    static let rows: [Row] = [
        Row("wrong issuer", "id_token_issuer", claims: ["iss": "https://evil.example"]),
        Row("wrong audience", "id_token_audience", claims: ["aud": "another"]),
        Row("wrong azp", "id_token_azp", claims: ["azp": "another"]),
        Row("wrong nonce", "id_token_nonce", claims: ["nonce": "another"]),
        Row("wrong state", "state") { answer, other in answer.state = other.state },
        Row("expired by 61 s", "id_token_expired", claims: ["exp": .integer(now - 61)]),
        Row("not valid for another 61 s", "id_token_not_yet_valid", claims: ["nbf": .integer(now + 61)]),
        Row("issued 61 s from now", "id_token_issued_in_future", claims: ["iat": .integer(now + 61)]),
        Row("unsigned", "jws_unsigned", signed: { unsigned($0) }),
        Row(
            "HMAC with the public key", "jws_algorithm",
            signed: {
                SigningKey(.shared(Array(key.publicJSON.text.utf8)), id: "one").sign($0, algorithm: "HS256")
            }),
        Row("unknown key", "jws_unknown_key", signed: { otherKey.sign($0) }),
        Row("a key of another provider", "jws_signature", signed: { otherKey.sign($0, keyID: "one") }),
        Row("a code for another session", "code_refused_invalid_grant") { answer, other in
            answer.code = other.code
        },
        Row(
            "a swapped sub between ID token and userinfo", "userinfo_subject",
            conduct: {
                $0.claims = ["groups": .null]
                $0.userInfo = ["sub": "mallory-1", "groups": ["admins"]]
            }),
        Row("mix-up with a second issuer", "callback_issuer") { answer, _ in
            answer.more = "&iss=https%3A%2F%2Fevil.example"
        },
        Row("the provider's own no", "provider_refused_access_denied") { answer, _ in
            answer.more = "&error=access_denied"
        },
        Row("a discovery document with another issuer", "discovery_issuer", status: 502) {
            $0.discovery = ["issuer": "https://evil.example"]
        },
        Row("discovery of 10 MB", "provider_answer_too_long", status: 502) {
            $0.answers[discovery] = huge
        },
        Row("discovery in HTML", "provider_answer_discovery", status: 502) {
            $0.answers[discovery] = html
        },
        Row("a token answer of 10 MB", "provider_answer_too_long", status: 502) {
            $0.answers["/token"] = huge
        },
        Row("a token answer in HTML", "provider_answer_token", status: 502) { $0.answers["/token"] = html },
        Row("keys in HTML", "jwks_malformed") { $0.answers["/keys"] = html },
    ]

    @Test("each row is refused as written", arguments: rows)
    func refused(row: Row) async throws {
        try await atTheDesk { house, provider in
            provider.behave(row.conduct)
            let browser = PagesBrowser(house.application)
            let response = try await comeBack(browser, row, house, provider)
            try await expectRefusal(response, row.reason, row.status, browser, house)
        }
    }

    @Test("a replayed code, and a replayed answer")
    func replayed() async throws {
        try await atTheDesk { house, provider in
            let victim = PagesBrowser(house.application)
            let used = try await answer(victim, provider)
            #expect(await victim.get(target(used)).location == "/tokens")
            // Who is signed in by it and goes back is led on, without another session.
            let again = await victim.get(target(used))
            #expect((again.status, again.location) == (303, "/tokens"))
            #expect(session(again) == nil)
            await victim.get("/tokens")
            await victim.post("/sign-out")
            let late = await victim.get(target(used))
            #expect(late.status == 400)
            #expect(session(late) == nil)
            #expect(try await lastReason(house) == "state_replayed")

            let thief = PagesBrowser(house.application)
            var stolen = try await answer(thief, provider)
            stolen.code = used.code
            let response = await thief.get(target(stolen))
            #expect(response.status == 400)
            #expect(try await lastReason(house) == "code_refused_invalid_grant")
            #expect(session(response) == nil)
        }
    }

    @Test(
        "an open redirect in return_to leads to My Tokens",
        arguments: [
            "https://evil.example/", "//evil.example/", "/\\evil.example", "/\t/evil.example",
            "javascript:alert(1)", "/sign-out",
        ])
    func openRedirect(target: String) async throws {
        try await atTheDesk { house, provider in
            let browser = PagesBrowser(house.application)
            let away = await browser.get(
                DeskPath.providerSignIn.with([("return_to", target)]).text)
            let location = try #require(away.location)
            let state = try #require(Request("GET", location).queryItems["state"])
            let answer = Answer(code: provider.authorize(location), state: state)
            let response = await browser.get(self.target(answer))
            #expect((response.status, response.location) == (303, "/tokens"))
        }
    }

    @Test("a provider that is slow, or not there, is told calmly; no session comes of it")
    func slowOrAbsent() async throws {
        try await atTheDesk(timeout: 200) { house, provider in
            provider.behave { $0.delay = .seconds(3) }
            let browser = PagesBrowser(house.application)
            let slow = await browser.get("/sign-in/oidc")
            try await expectRefusal(slow, "provider_slow", 504, browser, house)
            await provider.stop()
            let absent = await browser.get("/sign-in/oidc")
            try await expectRefusal(absent, "provider_unreachable", 502, browser, house)
            #expect(absent.text.contains("Your tokens keep working."))
        }
    }

    // MARK: The way

    private func atTheDesk(
        timeout: Int = 60_000, _ body: (PagesHouse, HostileProvider) async throws -> Void
    ) async throws {
        let house = try TestHouse()
        let provider = try HostileProvider(clock: house.clock, key: Self.key)
        do {
            try await body(try PagesHouse(house: house, provider: provider, timeout: timeout), provider)
        } catch {
            await provider.stop()
            throw error
        }
        await provider.stop()
    }

    /// Leaves for the provider, and gets its answer.
    private func answer(_ browser: PagesBrowser, _ provider: HostileProvider) async throws -> Answer {
        let location = try #require(await browser.get("/sign-in/oidc").location)
        let state = try #require(Request("GET", location).queryItems["state"])
        return Answer(code: provider.authorize(location), state: state)
    }

    /// The desk's answer to who comes back, or to who cannot even leave.
    private func comeBack(
        _ browser: PagesBrowser, _ row: Row, _ house: PagesHouse, _ provider: HostileProvider
    ) async throws -> Response {
        let away = await browser.get("/sign-in/oidc")
        guard let location = away.location else { return away }
        let state = try #require(Request("GET", location).queryItems["state"])
        var mine = Answer(code: provider.authorize(location), state: state)
        row.change(&mine, try await answer(PagesBrowser(house.application), provider))
        return await browser.get(target(mine))
    }

    private func target(_ answer: Answer) -> String {
        "/sign-in/callback?code=\(answer.code)&state=\(answer.state)\(answer.more)"
    }

    private func lastReason(_ house: PagesHouse) async throws -> String? {
        let events = try await house.house.ledger.events(about: nil, before: nil, limit: 1)
        return events.first.flatMap { $0.kind == .signInRefused ? $0.detail : nil }
    }

    private func session(_ response: Response) -> String? {
        response.headers.all("set-cookie").first { $0.contains("jeton-session=") }
    }

    private func expectRefusal(
        _ response: Response, _ reason: String, _ status: Int, _ browser: PagesBrowser, _ house: PagesHouse
    ) async throws {
        #expect(response.status == status)
        #expect(response.heading == "Sign-in failed")
        #expect(response.text.contains("Back to sign-in"))
        #expect(try await lastReason(house) == reason)
        #expect(session(response) == nil)
        #expect(await browser.get("/tokens").location?.hasPrefix("/?return_to=") == true)
        #expect(try await house.house.ledger.subjects(matching: nil).isEmpty)
    }
}
