import Desk
import HTTPServer
import JSON
import Ledger
import TestHouse
import Testing
import Tokens

@testable import OAuth

@Suite("Devices")
struct DeviceGrantTests {
    private static let type = "urn:ietf:params:oauth:grant-type:device_code"

    private func ask(_ oauth: OAuthHouse, _ form: [String: String] = [:]) async throws -> JSONValue {
        try await oauth.post(
            "/oauth/device", ["client_id": "jeton-git", "scope": "git:write"].merging(form) { $1 }
        ).json
    }

    private func poll(
        _ oauth: OAuthHouse, _ asked: JSONValue, client: String = "jeton-git"
    ) async throws -> JSONValue {
        try await oauth.post(
            "/oauth/token",
            [
                "grant_type": Self.type, "client_id": client,
                "device_code": asked["device_code"]?.string ?? "",
            ]
        ).json
    }

    private func waiting(_ oauth: OAuthHouse, _ asked: JSONValue) async throws -> Authorization {
        try #require(
            try await oauth.desk.pending(
                userCode: asked["user_code"]?.string ?? "", by: oauth.requester))
    }

    @Test("a device gets a code to show, and no link that needs no typing")
    func asked() async throws {
        let oauth = try await OAuthHouse()
        let answer = try await ask(oauth)
        #expect(answer["verification_uri"] == "https://tokens.example.com/device")
        #expect(answer["verification_uri_complete"] == nil)
        #expect(answer["expires_in"] == 300 && answer["interval"] == 5)
        let code = try #require(answer["user_code"]?.string)
        #expect(code.wholeMatch(of: /[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}/) != nil)
    }

    @Test("polls until the person has decided, and gets a token once")
    func approved() async throws {
        let oauth = try await OAuthHouse()
        let asked = try await ask(oauth)
        #expect(try await poll(oauth, asked)["error"] == "authorization_pending")
        let authorization = try await waiting(oauth, asked)
        #expect(authorization.address == "127.0.0.1")
        try await oauth.desk.approve(
            authorization, .init(name: "git", scopes: ["git:read"]), by: oauth.requester)
        oauth.house.pass(.seconds(5))
        let answer = try await poll(oauth, asked)
        #expect(answer["scope"] == "git:read")
        #expect(oauth.isActive(try #require(answer["access_token"]?.string)))
        #expect(try await poll(oauth, asked)["error"] == "invalid_grant")
        #expect(try await oauth.tokens.working(of: oauth.alice.id).count == 1)
    }

    @Test("is told that the person refused, and that nobody decided in time")
    func denied() async throws {
        let oauth = try await OAuthHouse()
        let asked = try await ask(oauth)
        try await oauth.desk.deny(try await waiting(oauth, asked), by: oauth.requester)
        #expect(try await poll(oauth, asked)["error"] == "access_denied")
        #expect(try await oauth.events().first?.kind == .authorizationDenied)
        let late = try await ask(oauth)
        oauth.house.pass(.minutes(5))
        #expect(try await poll(oauth, late)["error"] == "expired_token")
        let typed = late["user_code"]?.string ?? ""
        #expect(try await oauth.desk.pending(userCode: typed, by: oauth.requester) == nil)
    }

    @Test("has to slow down where it polls too fast")
    func slowDown() async throws {
        let oauth = try await OAuthHouse()
        let asked = try await ask(oauth)
        var answers: [String] = []
        for seconds: Int64 in [0, 2, 6, 10, 9] {
            oauth.house.pass(.seconds(seconds))
            answers.append(try await poll(oauth, asked)["error"]?.string ?? "")
        }
        #expect(
            answers == [
                "authorization_pending", "slow_down", "slow_down", "slow_down", "slow_down",
            ])
        oauth.house.pass(.seconds(60))
        #expect(try await poll(oauth, asked)["error"] == "authorization_pending")
    }

    @Test("another client's device code is refused")
    func otherClient() async throws {
        let oauth = try await OAuthHouse()
        let asked = try await ask(oauth)
        #expect(try await poll(oauth, asked, client: "jeton-cargo")["error"] == "invalid_grant")
    }

    @Test("an authorization code is no device code, and the other way")
    func otherKind() async throws {
        let oauth = try await OAuthHouse()
        let code = try await oauth.code()
        #expect(try await poll(oauth, ["device_code": .string(code)])["error"] == "invalid_grant")
        let asked = try await ask(oauth)
        let device = asked["device_code"]?.string ?? ""
        #expect(try await oauth.redeem(device).json["error"] == "invalid_grant")
    }

    @Test(
        "is refused",
        arguments: [
            (["client_id": "nobody"], "invalid_client"), (["scope": "nothing:here"], "invalid_scope"),
            (["resource": "https://elsewhere.example.com/"], "invalid_target"),
            (["client_id": "server"], "invalid_client"),
        ])
    func refused(form: [String: String], error: String) async throws {
        let oauth = try await OAuthHouse()
        #expect(try await ask(oauth, form)["error"]?.string == error)
    }

    @Test("can be switched off")
    func off() async throws {
        let oauth = try await OAuthHouse(allowsDevices: false)
        #expect(try await ask(oauth)["error"] == "unauthorized_client")
    }

    @Test("too many from one address have to wait")
    func flood() async throws {
        let oauth = try await OAuthHouse()
        for _ in 0..<LedgerLimits.pendingAuthorizationsPerAddress { _ = try await ask(oauth) }
        let (response, json) = try await oauth.post("/oauth/device", ["client_id": "jeton-git"])
        #expect(response.status == 429 && json["error"] == "temporarily_unavailable")
        oauth.house.pass(.minutes(5))
        #expect(try await ask(oauth)["device_code"] != nil)
    }

    @Test("whoever types wrong codes has to wait, and others do not")
    func guessing() async throws {
        let oauth = try await OAuthHouse()
        for _ in 0..<5 {
            #expect(try await oauth.desk.pending(userCode: "BBBB-BBBB", by: oauth.requester) == nil)
        }
        await #expect(throws: AuthorizationDesk.TooManyCodes.self) {
            _ = try await oauth.desk.pending(userCode: "BBBB-BBBB", by: oauth.requester)
        }
        let bruno = try await oauth.house.person("bruno")
        // The code of a program of one's own is no way around it.
        for _ in 0..<3 {
            let own = try await ask(oauth)["user_code"]?.string ?? ""
            let asker = Requester.person(bruno, address: "")
            _ = try await oauth.desk.pending(userCode: "BBBB-BBBB", by: asker)
            _ = try await oauth.desk.pending(userCode: "CCCC-CCCC", by: asker)
            _ = try? await oauth.desk.pending(userCode: own, by: asker)
        }
        await #expect(throws: AuthorizationDesk.TooManyCodes.self) {
            _ = try await oauth.desk.pending(
                userCode: "BBBB-BBBB", by: .person(bruno, address: ""))
        }
        let other = Requester.person(try await oauth.house.person("chen"), address: "192.0.2.7")
        #expect(try await oauth.desk.pending(userCode: "BBBB-BBBB", by: other) == nil)
    }

    @Test("what was decided stays decided")
    func settled() async throws {
        let oauth = try await OAuthHouse()
        let authorization = try await waiting(oauth, try await ask(oauth))
        let decision = Authorization.Decision(name: "git", scopes: ["git:read"])
        try await oauth.desk.deny(authorization, by: oauth.requester)
        await #expect(throws: DeskFault.self) {
            try await oauth.desk.approve(authorization, decision, by: oauth.requester)
        }
    }
}
