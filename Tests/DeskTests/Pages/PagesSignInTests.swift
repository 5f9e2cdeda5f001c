import HTTPServer
import Ledger
import SignIn
import TestHouse
import Testing
import Tokens

@testable import DeskPages

@Suite("Pages: signing in")
struct PagesSignInTests {
    let house: PagesHouse

    init() throws {
        house = try PagesHouse()
    }

    @Test("the sign-in page, whole")
    func signInPage() async throws {
        try await house.house.person("root", administrator: true)
        let response = await PagesBrowser(house.application).get("/")
        #expect(response.status == 200)
        #expect(response.headers["cache-control"] == "no-store")
        let main = response.text.firstMatch(of: /<main.*<\/main>/)!.output
            .replacing(/value="[\w-]{43}"/, with: "value=\"PROOF\"")
            .replacing(/\?v=[0-9a-f]{16}/, with: "?v=HASH")
        #expect(
            main == """
                <main id="main" tabindex="-1"><section class="card narrow welcome" aria-labelledby="title">\
                <img class="mark" src="/assets/coin.svg?v=HASH" alt="" width="56" height="56">\
                <h1 id="title">Sign in to the token desk</h1>\
                <p class="lead">Create tokens to use instead of your password in Maven, Git, curl and CI.</p>\
                <form method="post" action="/sign-in"><input type="hidden" name="csrf" value="PROOF">\
                <div class="field"><label for="login">Login or e-mail address</label>\
                <input id="login" name="login" type="text" value="" required autocomplete="username" \
                autocapitalize="none" spellcheck="false" maxlength="254" autofocus></div>\
                <div class="field"><label for="password">Password</label>\
                <input id="password" name="password" type="password" required \
                autocomplete="current-password" maxlength="1024"></div>\
                <button type="submit" class="primary wide">Sign in</button></form>\
                <p class="hint">Use your password here; tokens are for tools.</p></section></main>
                """)
    }

    @Test(
        "a form without any cookie says that, and where the desk is",
        arguments: ["/sign-in", "/welcome", "/tokens"])
    func noCookie(path: String) async throws {
        let plain = Request(
            "POST", path, headers: ["content-type": "application/x-www-form-urlencoded"],
            body: Array("login=alice&password=x&csrf=made-up".utf8))
        let response = await house.application.respond(to: plain)
        #expect(response.status == 400)
        #expect(response.heading == "Your browser sent no cookie")
        #expect(response.text.contains("This desk is at https://tokens.example.com."))
        #expect(
            response.text.contains(#"href="https://tokens.example.com/">Open the desk there</a>"#)
        )
        // Another site's form comes without one, too.
        var foreign = plain
        foreign.headers["sec-fetch-site"] = "cross-site"
        #expect(await house.application.respond(to: foreign).heading == "This form has expired")
        let browser = PagesBrowser(house.application)
        await browser.get("/")
        #expect(await browser.post(path, proof: "made-up").heading == "This form has expired")
    }

    @Test("where the ledger fails, signing in says so, and to come again")
    func ledgerFails() async throws {
        _ = try await house.house.person("alice", password: PagesHouse.password)
        let browser = PagesBrowser(house.application)
        _ = await browser.get("/")
        await house.house.ledger.close()
        let response = await browser.post(
            "/sign-in", ["login": "alice", "password": PagesHouse.password])
        #expect(response.status == 503)
        #expect(response.headers["Retry-After"] == "5")
        #expect(response.text.contains("The desk cannot do this right now"))
    }

    @Test("every page tells the browser to trust nothing else, to keep nothing and to come by https")
    func headers() async throws {
        let (browser, _) = try await house.browser("alice")
        for target in ["/", "/tokens", "/nothing", "/account"] {
            let headers = await browser.get(target).headers
            #expect(
                headers["content-security-policy"]
                    == "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
                    + "form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
            #expect(headers["cache-control"] == "no-store")
            #expect(headers["x-content-type-options"] == "nosniff")
            #expect(headers["referrer-policy"] == "no-referrer")
            #expect(headers["cross-origin-opener-policy"] == "same-origin")
            #expect(headers["strict-transport-security"] == "max-age=31536000")
        }
        let plain = try PagesHouse(address: "http://127.0.0.1:8080")
        let response = await PagesBrowser(plain.application).get("/")
        #expect(response.headers["strict-transport-security"] == nil)
    }

    @Test(
        "signed out, every page of one's own leads to the sign-in page and back",
        arguments: [
            ("/tokens", "/?return_to=%2Ftokens"), ("/account", "/?return_to=%2Faccount"),
            ("/admin/tokens?search=a%20b", "/?return_to=%2Fadmin%2Ftokens%3Fsearch%3Da%2520b"),
        ])
    func signedOut(_ target: String, _ location: String) async throws {
        try await house.house.person("alice", administrator: true, password: PagesHouse.password)
        let browser = PagesBrowser(house.application)
        let away = await browser.get(target)
        #expect((away.status, away.location) == (303, location))
        await browser.get(location)
        let back = await browser.post(
            "/sign-in", ["login": "alice", "password": PagesHouse.password, "return_to": target])
        #expect((back.status, back.location) == (303, target))
    }

    @Test(
        "another site is never returned to", arguments: ["//evil.example", "/\\evil.example", "https://evil"])
    func openRedirect(_ target: String) async throws {
        try await house.house.person("alice", password: PagesHouse.password)
        let browser = PagesBrowser(house.application)
        #expect(!(await browser.get("/?return_to=\(target)").text.contains("evil")))
        let answer = await browser.post(
            "/sign-in", ["login": "alice", "password": PagesHouse.password, "return_to": target])
        #expect((answer.status, answer.location) == (303, "/tokens"))
    }

    @Test("a wrong password keeps the login and says so")
    func wrongPassword() async throws {
        try await house.house.person("alice", password: PagesHouse.password)
        let browser = PagesBrowser(house.application)
        await browser.get("/")
        let answer = await browser.post("/sign-in", ["login": "alice", "password": "wrong"])
        #expect(answer.status == 422)
        #expect(answer.text.contains("Wrong login or password."))
        #expect(answer.text.contains(#"type="text" value="alice""#))
        #expect(!answer.text.contains("wrong"))
    }

    @Test("a token in place of a password is refused with the reason, and not shown again")
    func tokenAsPassword() async throws {
        let alice = try await house.house.person("alice", password: PagesHouse.password)
        let secret = try await house.house.token("ci", of: alice).secret
        let browser = PagesBrowser(house.application)
        await browser.get("/")
        let answer = await browser.post("/sign-in", ["login": "alice", "password": secret.reveal()])
        #expect(answer.status == 422)
        #expect(answer.text.contains("This is a token. Use your password here; tokens are for tools."))
        #expect(answer.secret == nil)
    }

    @Test("too many attempts are told how long to wait")
    func tooManyAttempts() async throws {
        let browser = PagesBrowser(house.application)
        await browser.get("/sign-in")
        for _ in 0..<5 { await browser.post("/sign-in", ["login": "alice", "password": "wrong"]) }
        let answer = await browser.post("/sign-in", ["login": "alice", "password": "wrong"])
        #expect(answer.status == 429)
        #expect(answer.headers["retry-after"] == "1")
    }

    @Test("a form without its proof changes nothing")
    func noProof() async throws {
        let (browser, alice) = try await house.browser("alice")
        await browser.get("/tokens")
        for path in ["/tokens", "/sign-out", "/account/sign-out-everywhere"] {
            let answer = await browser.post(path, ["name": "ci"], proof: "forged")
            #expect(answer.status == 400)
            #expect(answer.heading == "This form has expired")
        }
        let tokens = try await house.house.ledger.tokens(.init(owner: alice.id, now: house.house.clock.now))
        #expect(tokens.isEmpty)
        #expect(await browser.get("/tokens").status == 200)
    }

    @Test("signing out ends the session")
    func signOut() async throws {
        let (browser, _) = try await house.browser("alice")
        await browser.get("/tokens")
        #expect(await browser.act("/sign-out") == .init("/?signed-out", "You are signed out."))
        #expect(await browser.get("/tokens").status == 303)
    }

    @Test("the link to the first account makes an administrator, once")
    func firstAccount() async throws {
        let code = try await house.accounts.invite(nil)
        let browser = PagesBrowser(house.application)
        let page = await browser.get("/welcome?code=\(code)")
        #expect((page.status, page.heading) == (200, "Your token desk is ready"))
        let fields = ["code": code, "login": "alice", "password": "short", "password-again": "short"]
        let short = await browser.post("/welcome", fields)
        #expect(short.status == 422)
        #expect(
            short.text.contains(##"<a href="#password">The password must have at least 8 characters.</a>"##))
        #expect(short.text.contains(#"value="alice""#))
        let own = await browser.post(
            "/welcome",
            fields.merging(["password": "Alice in there", "password-again": "Alice in there"]) { $1 })
        #expect(own.status == 422 && own.text.contains("The password must not contain the login"))
        let differing = await browser.post("/welcome", fields.merging(["password-again": "shorter"]) { $1 })
        #expect(differing.text.contains("The two passwords do not match."))
        let good = fields.merging(["password": PagesHouse.password, "password-again": PagesHouse.password]) {
            $1
        }
        let made = await browser.post("/welcome", good)
        #expect((made.status, made.location) == (303, "/tokens"))
        #expect(await browser.get("/admin/people").status == 200)
        let again = await PagesBrowser(house.application).get("/welcome?code=\(code)")
        #expect((again.status, again.heading) == (404, "This link no longer works"))
    }

    @Test("addresses and methods that are not there are told calmly")
    func refusals() async {
        let browser = PagesBrowser(house.application)
        let nothing = await browser.get("/nothing")
        #expect((nothing.status, nothing.heading) == (404, "Page not found"))
        let method = await browser.get("/sign-out")
        #expect((method.status, method.headers["allow"]) == (405, "POST"))
        #expect(method.text.contains("This address accepts only POST."))
    }

    @Test("files are kept for good under the address that the pages use, and only there")
    func assets() async throws {
        let browser = PagesBrowser(house.application)
        let page = await browser.get("/").text
        for (name, type) in [
            ("desk.css", "text/css"), ("desk.js", "text/javascript"), ("coin.svg", "image/svg+xml"),
        ] {
            let pattern = try Regex("\"(/assets/\(name)\\?v=[0-9a-f]{16})\"", as: (Substring, Substring).self)
            let address = try #require(page.firstMatch(of: pattern)?.output.1)
            let file = await browser.get(String(address))
            #expect(file.status == 200)
            #expect(file.headers["content-type"]?.hasPrefix(type) == true)
            #expect(file.headers["cache-control"] == "public, max-age=31536000, immutable")
            #expect(await browser.get("/assets/\(name)").headers["cache-control"] == "public, max-age=300")
        }
        #expect(await browser.get("/assets/nothing").status == 404)
    }
}
