import HTTPServer
import TestHouse
import Testing
import Tokens

@Suite("/verify/{service} and tokens that sleep")
struct DormancyTests {
    let house: TestHouse
    let gate: GateHouse

    init() throws {
        house = try TestHouse()
        gate = try GateHouse(house)
    }

    @Test("tokens are dormant until their owner signs in through the provider again")
    func asleep() async throws {
        let alice = try await house.person("alice")
        let local = try await house.person("bob")
        try await house.signIn(alice)
        let bearer = "Bearer \(try await house.token("ci", of: alice).secret.reveal())"
        let other = "Bearer \(try await house.token("ci", of: local).secret.reveal())"
        func ask(_ authorization: String) async -> Response {
            await gate.ask("GET", "/verify/maven", ["Authorization": authorization])
        }
        house.pass(.days(100))
        try await house.setSignInPolicy(every: .days(30))
        #expect(await ask(bearer).status == 200)
        house.pass(.days(30) + .seconds(-1))
        #expect(await ask(bearer).status == 200)
        house.pass(.seconds(1))
        let refused = await ask(bearer)
        #expect((refused.status, refused.reason) == (403, "sign_in_needed"))
        #expect(
            refused.text
                == "this token is dormant until its owner signs in again; to use it again, sign in at https://tokens.example.com/tokens\n"
        )
        #expect(await ask(other).status == 200)
        try await house.signIn(alice)
        #expect(await ask(bearer).status == 200)
        house.pass(.days(31))
        #expect(await ask(bearer).status == 403)
        try await house.setSignInPolicy(every: nil)
        #expect(await ask(bearer).status == 200)
    }
}
