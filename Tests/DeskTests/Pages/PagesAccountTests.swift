import HTTPServer
import Testing

@testable import DeskPages

@Suite("Pages: the account")
struct PagesAccountTests {
    let house: PagesHouse

    init() throws {
        house = try PagesHouse()
    }

    @Test("changing the password asks for the present one and signs the other browsers out")
    func changePassword() async throws {
        let (browser, _) = try await house.browser("alice")
        let other = PagesBrowser(house.application)
        await other.signIn("alice")
        #expect(await browser.get("/account").status == 200)
        let fields = ["current": "wrong", "password": "a new long one", "password-again": "a new long one"]
        let wrong = await browser.post("/account/password", fields)
        #expect((wrong.status, wrong.text.contains("This is not your current password.")) == (422, true))
        let right = fields.merging(["current": PagesHouse.password]) { $1 }
        let short = await browser.post(
            "/account/password", right.merging(["password": "short", "password-again": "short"]) { $1 })
        #expect(short.text.contains("The password must have at least 8 characters."))
        let common = await browser.post(
            "/account/password",
            right.merging(["password": "Passw0rd!", "password-again": "Passw0rd!"]) { $1 })
        #expect(common.status == 422 && common.text.contains("one of the first that attackers try"))
        let differing = await browser.post("/account/password", right.merging(["password-again": "x"]) { $1 })
        #expect(differing.text.contains("The two passwords do not match."))
        #expect(
            await browser.act("/account/password", right)
                == .init("/account", "Password changed. All other browsers are signed out."))
        #expect(await other.get("/tokens").status == 303)
    }

    @Test("signing out everywhere ends this session too")
    func signOutEverywhere() async throws {
        let (browser, _) = try await house.browser("alice")
        await browser.get("/account")
        #expect(
            await browser.act("/account/sign-out-everywhere")
                == .init("/?signed-out", "You are signed out everywhere, including here."))
        #expect(await browser.get("/account").location == "/?return_to=%2Faccount")
    }

    @Test(
        "browsers are named as people name them",
        arguments: [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox on Linux"),
            (
                "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/131.0 Safari/537.36 Edg/131.0",
                "Edge on Windows"
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.0 Safari/605.1.15",
                "Safari on macOS"
            ),
            ("Mozilla/5.0 (Linux; Android 14) Chrome/131.0 Mobile Safari/537.36", "Chrome on Android"),
            ("lynx", "lynx"),
        ])
    func browserNames(_ agent: String, _ name: String) {
        #expect(browserName(agent) == name)
    }
}
