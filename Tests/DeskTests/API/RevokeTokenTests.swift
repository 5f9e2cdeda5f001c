import HTTPServer
import JSON
import Ledger
import TestHouse
import Testing
import Tokens

@testable import Desk
@testable import DeskAPI

@Suite("DELETE /api/v1/tokens/{id}")
struct RevokeTokenTests {
    let house: TestHouse
    let api: APIHouse
    let alice: Subject

    init() async throws {
        house = try TestHouse()
        api = try APIHouse(house)
        alice = try await house.person("alice")
    }

    @Test("revoking is 204, at once, and again the same")
    func idempotent() async throws {
        let manager = try await api.manager(of: alice).secret
        let (token, secret) = try await house.token("ci", of: alice)
        for _ in 0..<2 {
            let response = await api.call("DELETE", "/api/v1/tokens/\(token.id)", as: manager)
            #expect(response.status == 204)
            #expect(response.body.isEmpty)
        }
        #expect(try await house.kept(secret.digest)?.revocation?.reason == .byOwner)
        let events = try await house.ledger.events(about: alice.id, before: nil, limit: 100)
        #expect(events.filter { $0.kind == .tokenRevoked }.count == 1)
        let response = await api.call("GET", "/api/v1/tokens/\(token.id)", as: manager)
        #expect(
            response.json
                == body(
                    token, state: "revoked",
                    revoked: [
                        "at": "2026-01-31T08:00:00Z", "by": .string(alice.id.text), "reason": "by_owner",
                    ]))
    }

    @Test("a problem says that nothing was changed only if that is known")
    func uncertain() {
        let failed = Problem(.failed(reason: "the disk is full"))
        #expect((failed.status, failed.kind) == (503, "ledger-failed"))
        #expect(failed.detail.hasPrefix("Nothing was changed."))
        let uncertain = Problem(.uncertain(reason: "the connection was lost"))
        #expect((uncertain.status, uncertain.kind) == (503, "outcome-unknown"))
        #expect(uncertain.detail.contains("Check whether the change was made before you repeat it"))
        #expect(!uncertain.detail.contains("Nothing"))
    }

    @Test(
        "the operator gets the reason, and whether something was changed",
        arguments: [
            (
                LedgerError.failed(reason: "the disk is full"),
                "The ledger failed: the disk is full. Nothing was changed."
            ),
            (.backupFailed(reason: "the disk is full"), "The backup was not written: the disk is full."),
            (
                .uncertain(reason: "the connection was lost"),
                "The change may or may not have been made (the connection was lost): check before you repeat it."
            ),
        ])
    func operators(error: LedgerError, detail: String) async throws {
        var router = Router()
        router.group(errors: AdminAPI.response) { group in
            group.on("DELETE", "/") { _ in throw DeskFault.ledger(error) }
        }
        let response = await Application(router: router).respond(to: Request("DELETE", "/", peer: .operator))
        #expect(response.json?["detail"] == .string(detail))
    }

    @Test("a plain token revokes itself and is refused from then on; it revokes no other")
    func itself() async throws {
        let (token, secret) = try await house.token("plain", of: alice)
        let other = try await house.token("other", of: alice).token
        #expect(await api.call("DELETE", "/api/v1/tokens/\(other.id)", as: secret).status == 403)
        #expect(await api.call("DELETE", "/api/v1/tokens/\(token.id)", as: secret).status == 204)
        #expect(try await house.kept(secret.digest)?.revocation?.reason == .byItself)
        let after = await api.call("GET", "/api/v1/me", as: secret)
        #expect(after.status == 401)
        #expect(after.headers["X-Jeton-Reason"] == "revoked")
    }

    @Test("nobody revokes another person's token, an administrator's token neither")
    func others() async throws {
        let admin = try await house.person("root", administrator: true)
        let manager = try await api.manager(of: admin).secret
        let token = try await house.token("ci", of: alice).token
        #expect(await api.call("DELETE", "/api/v1/tokens/\(token.id)", as: manager).status == 404)
    }
}
