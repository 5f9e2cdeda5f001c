import Desk
import HTTPServer
import JSON
import Ledger
import Sodium
import TestHouse
import Testing
import Tokens

@testable import OAuth

@Suite("POST /oauth/token with a code")
struct CodeGrantTests {
    @Test("gives an ordinary token, once, without an expiry that nobody chose")
    func redeemed() async throws {
        let oauth = try await OAuthHouse()
        let (response, json) = try await oauth.redeem(try await oauth.code())
        #expect(response.status == 200)
        #expect(response.headers["Cache-Control"] == "no-store")
        #expect(json["token_type"] == "Bearer" && json["scope"] == "git:write")
        #expect(json["expires_in"] == nil && json["refresh_token"] == nil)
        let secret = try #require(json["access_token"]?.string)
        #expect(oauth.isActive(secret))
        let token = try #require(try await oauth.tokens.working(of: oauth.alice.id).first?.token)
        #expect(token.name.text == "git from 192.0.2.7")
        #expect(token.client == Token.Client(id: "jeton-git", title: "git", address: "192.0.2.7"))
    }

    @Test("says when a token expires that was to expire")
    func expiring() async throws {
        let oauth = try await OAuthHouse()
        let code = try await oauth.code(
            .init(name: "short", scopes: ["git:read"], expiresAt: oauth.house.now + .hours(1)))
        oauth.house.pass(.seconds(10))
        let (_, json) = try await oauth.redeem(code)
        #expect(json["expires_in"] == .integer(3590) && json["scope"] == "git:read")
    }

    @Test("a code that comes again is refused, and what it gave is revoked")
    func again() async throws {
        let oauth = try await OAuthHouse()
        let code = try await oauth.code()
        let secret = try #require(try await oauth.redeem(code).json["access_token"]?.string)
        let (response, json) = try await oauth.redeem(code)
        #expect(response.status == 400 && json["error"] == "invalid_grant")
        #expect(!oauth.isActive(secret))
        let event = try #require(try await oauth.events().first)
        #expect(event.kind == .tokenRevoked && event.detail.contains("came again"))
    }

    @Test(
        "is refused",
        arguments: [
            (["code": "another"], "invalid_grant"), (["code": ""], "invalid_request"),
            (["code_verifier": ""], "invalid_request"),
            (["code_verifier": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"], "invalid_grant"),
            (["code_verifier": "short"], "invalid_grant"),
            (["redirect_uri": "http://127.0.0.1:38204"], "invalid_grant"),
            (["client_id": "terraform-cli"], "invalid_grant"), (["client_id": "nobody"], "invalid_client"),
            (["client_id": ""], "invalid_request"), (["client_id": "server"], "invalid_client"),
            (["grant_type": "password"], "unsupported_grant_type"),
            (["grant_type": "refresh_token"], "unsupported_grant_type"),
            (["grant_type": "client_credentials"], "unsupported_grant_type"),
            (["grant_type": ""], "invalid_request"),
        ])
    func refused(changes: [String: String], error: String) async throws {
        let oauth = try await OAuthHouse()
        let (response, json) = try await oauth.redeem(try await oauth.code(), changes)
        #expect(json["error"]?.string == error)
        #expect(response.status == (error == "invalid_client" ? 401 : 400))
        #expect(try await oauth.tokens.working(of: oauth.alice.id).isEmpty)
    }

    @Test("a code with a wrong proof is spoilt, so that nobody tries another")
    func spoilt() async throws {
        let oauth = try await OAuthHouse()
        let code = try await oauth.code()
        _ = try await oauth.redeem(code, ["code_verifier": String(repeating: "a", count: 43)])
        #expect(try await oauth.redeem(code).json["error"] == "invalid_grant")
        #expect(try await oauth.tokens.working(of: oauth.alice.id).isEmpty)
    }

    @Test("another client that saw a code cannot spoil it")
    func otherClient() async throws {
        let oauth = try await OAuthHouse()
        let code = try await oauth.code()
        _ = try await oauth.redeem(code, ["client_id": "terraform-cli"])
        #expect(try await oauth.redeem(code).response.status == 200)
    }

    @Test("a code is good for 60 seconds", arguments: [(59, 200), (60, 400)])
    func minute(seconds: Int64, status: Int) async throws {
        let oauth = try await OAuthHouse()
        let code = try await oauth.code()
        oauth.house.pass(.seconds(seconds))
        #expect(try await oauth.redeem(code).response.status == status)
    }

    @Test("of many who redeem a code at once, one gets a token, which the others end")
    func race() async throws {
        let oauth = try await OAuthHouse()
        let code = try await oauth.code()
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<8 { group.addTask { try await oauth.redeem(code).response.status } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(statuses.count { $0 == 200 } == 1)
        #expect(try await oauth.tokens.working(of: oauth.alice.id).isEmpty)
    }

    @Test("a client that leaves redirect_uri out, as OAuth 2.1 has it, gets its token")
    func withoutRedirect() async throws {
        let oauth = try await OAuthHouse()
        #expect(try await oauth.redeem(try await oauth.code(), ["redirect_uri": ""]).response.status == 200)
    }

    @Test("the clock of the node that redeems may be a little behind")
    func clocks() async throws {
        let oauth = try await OAuthHouse()
        let code = try await oauth.code()
        oauth.house.pass(TimeSpan(milliseconds: -80))
        #expect(try await oauth.redeem(code).response.status == 200)
    }

    @Test("a token that may do more than the program asks for is not rotated for it")
    func widerToken() async throws {
        let oauth = try await OAuthHouse()
        _ = try await oauth.redeem(try await oauth.code())
        let token = try #require(try await oauth.tokens.working(of: oauth.alice.id).first?.token)
        await #expect(throws: DeskFault.self) {
            _ = try await oauth.desk.approve(
                oauth.asked(["git:read"]), .init(name: "", scopes: [], rotates: token.id),
                sendingTo: OAuthHouse.redirect, challenge: OAuthHouse.challenge, by: oauth.requester)
        }
    }

    @Test("a client as Debian's git-credential-oauth presents it")
    func emptySecret() async throws {
        let oauth = try await OAuthHouse()
        let basic = "Basic " + Sodium.base64(Array("jeton-git:".utf8))
        let (response, _) = try await oauth.redeem(
            try await oauth.code(), ["client_id": ""], headers: ["Authorization": basic])
        #expect(response.status == 200)
    }

    @Test("a verifier in standard base64, as Debian's git-credential-oauth sends it, is hashed as it comes")
    func standardBase64() async throws {
        let oauth = try await OAuthHouse()
        let verifier = "+/AbCdEfGhIjKlMnOpQrStUvWxYz0123456789AbCd4="
        let challenge = Sodium.base64URL(SHA256Digest(of: verifier).bytes)
        let code = try await oauth.desk.approve(
            oauth.asked(), .init(name: "git", scopes: ["git:write"]), sendingTo: OAuthHouse.redirect,
            challenge: challenge, by: oauth.requester)
        #expect(try await oauth.redeem(code, ["code_verifier": verifier]).response.status == 200)
    }

    @Test("a client with a secret has to send it")
    func secret() async throws {
        let oauth = try await OAuthHouse()
        let asked = AuthorizationDesk.Asked(
            client: "server", clientTitle: "A server", scopes: [], resource: nil, address: "")
        for (secret, status) in [("", 401), ("wrong, but long enough", 401), (OAuthHouse.serverSecret, 200)] {
            let code = try await oauth.desk.approve(
                asked, .init(name: "s\(status)\(secret.count)", scopes: ["maven:read"]),
                sendingTo: "https://app.example.com/cb", challenge: OAuthHouse.challenge, by: oauth.requester)
            let (response, _) = try await oauth.redeem(
                code,
                [
                    "client_id": "server", "client_secret": secret,
                    "redirect_uri": "https://app.example.com/cb",
                ])
            #expect(response.status == status)
        }
    }

    @Test("a suspended person's code gives nothing")
    func suspended() async throws {
        let oauth = try await OAuthHouse()
        let code = try await oauth.code()
        try await oauth.house.suspend(oauth.alice)
        let (response, json) = try await oauth.redeem(code)
        #expect(response.status == 400 && json["error"] == "invalid_grant")
        #expect(json["error_description"]?.string?.contains("suspended") == true)
    }

    @Test("rules that the operator set meanwhile hold")
    func policy() async throws {
        let oauth = try await OAuthHouse()
        let code = try await oauth.code()
        try await oauth.house.setApproval(ApprovalRules(all: ["ops"]))
        #expect(try await oauth.redeem(code).json["error"] == "invalid_grant")
    }

    @Test("rotates the token that the person chose, and no other")
    func rotates() async throws {
        let oauth = try await OAuthHouse()
        let first = try #require(
            try await oauth.redeem(try await oauth.code()).json["access_token"]?.string)
        let token = try #require(try await oauth.tokens.working(of: oauth.alice.id).first?.token)
        let code = try await oauth.code(.init(name: "", scopes: [], rotates: token.id))
        let second = try #require(try await oauth.redeem(code).json["access_token"]?.string)
        #expect(first != second && oauth.isActive(second))
        let now = try await oauth.tokens.working(of: oauth.alice.id)
        #expect(now.count == 1 && now[0].token.id == token.id && now[0].token.rotatedAt != nil)
        let other = try await oauth.house.token("by hand", of: oauth.alice)
        await #expect(throws: DeskFault.noSuchToken) {
            _ = try await oauth.code(.init(name: "", scopes: [], rotates: other.token.id))
        }
    }

    @Test(
        "a person allows no more than was asked for",
        arguments: [
            ["maven:read"], ["git:write", "maven"], [], ["git"], ["jeton:manage"], ["git:write:/pub"],
        ])
    func beyond(scopes: [String]) async throws {
        let oauth = try await OAuthHouse()
        await #expect(throws: DeskFault.self) {
            _ = try await oauth.code(.init(name: "x", scopes: scopes))
        }
    }

    @Test("a person may allow less", arguments: [["git:read"], ["git:write:/team/app.git"]])
    func less(scopes: [String]) async throws {
        let oauth = try await OAuthHouse()
        let (_, json) = try await oauth.redeem(try await oauth.code(.init(name: "x", scopes: scopes)))
        #expect(json["scope"]?.string == scopes.joined(separator: " "))
    }
}
