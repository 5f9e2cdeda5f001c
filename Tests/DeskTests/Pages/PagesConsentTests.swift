import HTTPServer
import Ledger
import TestHouse
import Testing
import Tokens

@testable import Desk
@testable import DeskPages

@Suite("The page that asks whether a program may have a token")
struct PagesConsentTests {
    private static let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    private static let request =
        "/oauth/authorize?client_id=jeton-git&response_type=code&redirect_uri=http%3A%2F%2F127.0.0.1%3A7777"
        + "&code_challenge=\(challenge)&code_challenge_method=S256&scope=git%3Awrite&state=s"

    private func hidden(_ name: String, in response: Response) throws -> String {
        let text = String(decoding: response.body, as: UTF8.self)
        let mark = try #require(text.firstRange(of: "name=\"\(name)\" value=\""))
        return String(text[mark.upperBound...].prefix { $0 != "\"" })
    }

    @Test("a stranger signs in first, and comes back to it")
    func signIn() async throws {
        let house = try PagesHouse()
        let response = await PagesBrowser(house.application).get(Self.request)
        #expect(response.status == 303)
        #expect(response.headers["location"]?.hasPrefix("/?return_to=%2Foauth%2Fauthorize") == true)
    }

    @Test("allows the form to lead to the program, and nothing else to another site")
    func policy() async throws {
        let (browser, _) = try await PagesHouse().browser("alice")
        let policy = await browser.get(Self.request).headers["content-security-policy"] ?? ""
        #expect(policy.contains("form-action 'self' http://127.0.0.1:*;"))
        #expect(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"))
    }

    @Test("sends the program a code, its state and the issuer")
    func allowed() async throws {
        let (browser, _) = try await PagesHouse().browser("alice")
        let page = await browser.get(Self.request)
        let response = await browser.post(
            "/oauth/authorize/answer",
            [
                "request": try hidden("request", in: page), "name": "git", "services": "only",
                "access.git": "write", "answer": "allow",
            ])
        let location = response.headers["location"] ?? ""
        #expect(response.status == 303 && location.hasPrefix("http://127.0.0.1:7777?code="))
        #expect(location.hasSuffix("&state=s&iss=https%3A%2F%2Ftokens.example.com"))
    }

    @Test("tells the program that the person refused")
    func refused() async throws {
        let (browser, _) = try await PagesHouse().browser("alice")
        let page = await browser.get(Self.request)
        let response = await browser.post(
            "/oauth/authorize/answer", ["request": try hidden("request", in: page), "answer": "refuse"])
        #expect(
            response.headers["location"]
                == "http://127.0.0.1:7777?error=access_denied&state=s&iss=https%3A%2F%2Ftokens.example.com")
    }

    @Test("a request that was sealed for another person, or is ten minutes old, is refused")
    func sealed() async throws {
        let house = try PagesHouse()
        let (alice, _) = try await house.browser("alice")
        let (bruno, _) = try await house.browser("bruno")
        let request = try hidden("request", in: await alice.get(Self.request))
        let form = ["request": request, "name": "x", "access.git": "write", "answer": "allow"]
        await bruno.get("/tokens")
        #expect(await bruno.post("/oauth/authorize/answer", form).status == 400)
        house.house.pass(.minutes(10))
        #expect(await alice.post("/oauth/authorize/answer", form).status == 400)
    }

    @Test("shows what was typed, and what is wrong with it")
    func faults() async throws {
        let (browser, _) = try await PagesHouse().browser("alice")
        let page = await browser.get(Self.request)
        let response = await browser.post(
            "/oauth/authorize/answer",
            [
                "request": try hidden("request", in: page), "name": "", "services": "only",
                "access.git": "none", "answer": "allow",
            ])
        #expect(response.status == 422)
        let text = String(decoding: response.body, as: UTF8.self)
        #expect(text.contains("Choose access to at least one service"))
    }

    @Test(
        "a browser is sent nowhere for a program that is not known",
        arguments: ["client_id=jeton-git&", "redirect_uri=http%3A%2F%2F127.0.0.1%3A7777&"])
    func untold(part: String) async throws {
        let (browser, _) = try await PagesHouse().browser("alice")
        let other =
            part.hasPrefix("client") ? "client_id=nobody&" : "redirect_uri=https%3A%2F%2Fevil.example&"
        let target = Self.request.replacing(part.dropLast(), with: other.dropLast())
        let response = await browser.get(target)
        #expect(response.status == 400 && response.headers["location"] == nil)
    }

    @Test("a program on another network needs a person who says that they started it")
    func elsewhere() async throws {
        let house = try PagesHouse()
        let (browser, alice) = try await house.browser("alice")
        let desk = AuthorizationDesk(
            ledger: house.house.ledger, tokens: house.desk, clock: house.house.clock)
        let pending = try await desk.ask(
            .init(
                client: "jeton-docker", clientTitle: "docker", scopes: [], resource: nil,
                address: "203.0.113.9"), by: .device)
        let code = pending.userCode?.text ?? ""
        await browser.get("/device")
        let page = await browser.post("/device", ["user_code": code])
        #expect(String(decoding: page.body, as: UTF8.self).contains("runs somewhere else"))
        var form = [
            "user_code": code, "name": "docker", "services": "only", "access.git": "read", "answer": "allow",
        ]
        #expect(await browser.post("/device/answer", form).status == 422)
        form["sure"] = "yes"
        #expect(await browser.post("/device/answer", form).status == 200)
        #expect(try await house.house.ledger.authorization(pending.authorization.id)?.subject == alice.id)
    }
}
