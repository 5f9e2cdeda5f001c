import HTTPServer
import Ledger
import TestHouse
import Testing
import Tokens

@testable import Desk
@testable import DeskPages

@Suite("Pages: editing a token")
struct PagesEditingTests {
    let house: PagesHouse
    let browser: PagesBrowser
    let alice: Subject

    init() async throws {
        house = try PagesHouse()
        (browser, alice) = try await house.browser("alice")
    }

    private func token(_ scopes: String...) async throws -> (token: Token, path: String) {
        let token = try await house.house.token("ci", of: alice, scopes: scopes).token
        return (token, "/tokens/\(token.id)/edit")
    }

    private func now(_ token: Token) async throws -> Token {
        try #require(try await house.house.ledger.token(token.id))
    }

    @Test("saves what was changed, and goes to the token")
    func saves() async throws {
        let (token, path) = try await token("git:write", "maven")
        #expect(await browser.get(path).heading == "Edit “ci”")
        let saved = await browser.act(
            path,
            [
                "name": "CI chain", "description": "nightly", "addresses": "10.0.0.1, ::1",
                "expires_on": "2027-01-31", "scope.git:write": "git:read", "scope.maven": "",
            ])
        #expect(
            saved
                == .init(
                    "/tokens/\(token.id)",
                    "Token “CI chain” saved. The change applies everywhere from now on."))
        let edited = try await now(token)
        #expect(edited.name.text == "CI chain" && edited.description == "nightly")
        #expect(edited.scopes == Scopes(text: "git:read"))
        #expect(edited.addresses.map(\.description) == ["10.0.0.1", "::1"])
        #expect(edited.expiresAt == Timestamp(lastDay: "2027-01-31"))
        // The form as it is shown changes nothing.
        await browser.get(path)
        let fields = [
            "name": "CI chain", "description": "nightly", "addresses": "10.0.0.1, ::1", "expires_on": "",
            "scope.git:read": "git:read",
        ]
        #expect(await browser.post(path, fields).status == 303)
        #expect(try await now(token) == edited)
    }

    @Test("limits a token for every service")
    func limits() async throws {
        let (token, path) = try await token()
        #expect(await browser.get(path).text.contains(#"<option value="none" selected>"#))
        let fields = [
            "name": "ci", "services": "only", "access.git": "write", "access.maven": "all",
            "access.studio": "none",
        ]
        #expect(await browser.post(path, fields).status == 303)
        #expect(try await now(token).scopes == Scopes(text: "git:write maven"))
    }

    @Test(
        "says what is wrong, beside its field",
        arguments: [
            (["name": ""], "The name must not be empty."),
            (["scope.git:read": "git:write"], "can only shrink"),
            (["scope.git:read": ""], "Keep access to at least one service, or revoke the token."),
            (["expires_on": "soon"], "Choose a date"),
            (["expires_on": "2026-01-01"], "must be in the future"),
            (["addresses": "home"], "is not an IP address"),
            (["description": "a\u{7}b"], "control characters"),
        ])
    func faults(fields: [String: String], sentence: String) async throws {
        let (token, path) = try await token("git:read")
        await browser.get(path)
        let answer = await browser.post(
            path, ["name": "ci", "scope.git:read": "git:read"].merging(fields) { $1 })
        #expect(answer.status == 422)
        #expect(answer.text.contains(sentence), "\(answer.text)")
        #expect(try await now(token) == token)
    }

    @Test("only its owner edits it, and only while it works")
    func others() async throws {
        let bob = try await house.house.person("bob")
        let foreign = try await house.house.token("ci", of: bob).token
        await browser.get("/tokens")
        #expect(await browser.get("/tokens/\(foreign.id)/edit").status == 404)
        #expect(await browser.post("/tokens/\(foreign.id)/edit", ["name": "x"]).status == 404)
        #expect(await browser.post("/tokens/\(foreign.id)/narrow", ["scopes": "git"]).status == 404)
        let (token, path) = try await token()
        try await house.house.revoke(token)
        #expect(await browser.get(path).status == 409)
    }

    @Test("narrows a token with one button to what the page shows")
    func narrows() async throws {
        let (token, path) = try await token()
        let use = Use(
            secret: token.secret, service: "git", address: "10.0.0.1", client: "Git 2",
            lastAt: house.house.now,
            count: 3)
        try await house.house.ledger.record([use])
        #expect(await !browser.get(path).text.contains("Narrow it"))
        house.house.pass(.days(20))
        await browser.signIn("alice")
        let page = await browser.get(path)
        #expect(
            page.text.contains(
                "It may use every service; since it was created it used 1 of 3: Studio projects over Git."))
        #expect(page.text.contains(#"<input type="hidden" name="scopes" value="git">"#))
        #expect(
            await browser.act("/tokens/\(token.id)/narrow", ["scopes": "git"])
                == .init(
                    "/tokens/\(token.id)", "Token “ci” saved. The change applies everywhere from now on."))
        #expect(try await now(token).scopes == Scopes(text: "git"))
    }

    @Test("never gives more by that way", arguments: ["maven", "git:write", "", "jeton:manage", "no scope"])
    func neverMore(scopes: String) async throws {
        let (token, _) = try await token("git:read")
        await browser.get("/tokens")
        #expect(await browser.post("/tokens/\(token.id)/narrow", ["scopes": scopes]).status == 422)
        #expect(try await now(token) == token)
    }
}
