import HTTPServer
import JSON
import Ledger
import Synchronization
import TestHouse
import Testing
import TokenIndex
import Tokens

@testable import Gate

@Suite("/verify/{service} and rules about tokens")
struct TokenPolicyGateTests {
    let house: TestHouse
    let gate: GateHouse

    init() throws {
        house = try TestHouse()
        gate = try GateHouse(house)
    }

    private func policy(_ change: (inout TokenRules) -> Void) -> TokenPolicy {
        var rules = TokenRules()
        change(&rules)
        return TokenPolicy(all: rules)
    }

    @Test(
        "a token that breaks a rule is refused from its day on, also out of the cache, and good again when it is lifted"
    )
    func dated() async throws {
        let alice = try await house.person("alice")
        let loose = "Bearer \(try await house.token("ci", of: alice, scopes: ["maven"]).secret.reveal())"
        let bound = try await house.token("bound", of: alice, scopes: ["maven"], addresses: ["127.0.0.1"])
        func ask(_ authorization: String) async -> Response {
            await gate.ask("GET", "/verify/maven", ["Authorization": authorization])
        }
        for _ in 0..<3 { #expect(await ask(loose).status == 200) }
        let day = house.clock.now + .days(10)
        try await house.setTokenPolicy(policy { $0.needsAddresses = true })
        #expect(await ask(loose).status == 200)
        try await house.setTokenPolicy(policy { ($0.needsAddresses, $0.enforceFrom) = (true, day) })
        for _ in 0..<3 { #expect(await ask(loose).status == 200) }
        house.pass(day - house.clock.now + .seconds(-1))
        #expect(await ask(loose).status == 200)
        house.pass(.seconds(1))
        for _ in 0..<2 {
            let refused = await ask(loose)
            #expect((refused.status, refused.reason) == (403, "policy"))
            #expect(
                refused.text.hasPrefix("tokens must be bound to addresses since ")
                    && refused.text.contains("/tokens/new?service=maven&access=read"))
        }
        #expect(await ask("Bearer \(bound.secret.reveal())").status == 200)
        try await house.setTokenPolicy(TokenPolicy())
        #expect(await ask(loose).status == 200)
    }

    @Test("a cached grant ends when the secret becomes too old, and a rotated token goes on")
    func age() async throws {
        let alice = try await house.person("alice")
        let (token, secret) = try await house.token("ci", of: alice, scopes: ["maven"])
        try await house.setTokenPolicy(
            policy { ($0.maxLifetime, $0.enforceFrom) = (.days(30), house.clock.now) })
        func ask(_ secret: TokenSecret) async -> Response {
            await gate.ask("GET", "/verify/maven", ["Authorization": "Bearer \(secret.reveal())"])
        }
        for _ in 0..<3 { #expect(await ask(secret).status == 200) }
        house.pass(.days(30) + .seconds(-1))
        #expect(await ask(secret).status == 200)
        let new = TokenFormat.standard.makeSecret()
        let now = house.clock.now
        try await house.ledger.rotate(
            token.id,
            Rotation(
                secret: .make(at: now), digest: new.digest, at: now, previousEndsAt: now + .days(9),
                expiresAt: nil, expirySetAt: now),
            event: Event(.tokenRotated, at: now, actor: nil))
        house.pass(.seconds(1))
        #expect(await ask(secret).reason == "policy")
        #expect(await ask(new).status == 200)
    }

    @Test("introspection tells the end that a rule sets, and calls a token inactive that breaks one")
    func introspection() async throws {
        let alice = try await house.person("alice")
        let secret = try await house.token("ci", of: alice, scopes: ["maven"]).secret
        let end = house.clock.now + .days(30)
        try await house.setTokenPolicy(
            policy { ($0.maxLifetime, $0.enforceFrom) = (.days(30), .distantPast) })
        func ask() async throws -> JSONValue {
            let form = "token=\(secret.reveal())"
            return try JSONValue(parsing: await gate.post("/oauth/introspect", form).body)
        }
        #expect(try await ask()["exp"] == .integer(end.seconds))
        house.pass(.days(30))
        #expect(try await ask() == ["active": false])
    }

    @Test("a narrowing rule leads to a form that is filled in with the path")
    func narrowed() async throws {
        let git = Service(
            name: try ServiceName("repos"), title: "Repositories", kind: .git,
            paths: [try #require(PathPattern("/*/*.git"))])
        let gate = try GateHouse(house, and: [git])
        let alice = try await house.person("alice")
        let secret = try await house.token("ci", of: alice, scopes: ["repos"]).secret
        var rules = TokenRules()
        (rules.needsPaths, rules.enforceFrom) = (true, house.clock.now)
        try await house.setTokenPolicy(TokenPolicy(services: [git.name: rules]))
        let refused = await gate.ask(
            "GET", "/verify/repos",
            [
                "Authorization": "Bearer \(secret.reveal())", "X-Original-Method": "GET",
                "X-Original-URI": "/team/app.git/info/refs?service=git-upload-pack",
            ])
        #expect(refused.reason == "policy")
        #expect(refused.text.contains("new?service=repos&access=read&path=/team/app.git"))
    }

    @Test("saslauthd's socket says the rule, too")
    func saslauthd() async throws {
        let alice = try await house.person("alice")
        let secret = try await house.token("svn", of: alice, scopes: ["svn"]).secret
        let socket = SaslauthdGate(
            index: house.index, uses: gate.uses, clock: house.clock,
            settings: .init(
                service: Service(name: try ServiceName("svn"), title: "Subversion"),
                desk: DeskAddress(publicURL: "https://tokens.example.com")))
        func ask() throws -> String {
            let reply = socket.answer(SaslauthdRequestTests.bytes("alice", secret.reveal(), "svn", ""))
            return String(decoding: try #require(reply).bytes.dropFirst(2), as: UTF8.self)
        }
        #expect(try ask() == "OK")
        try await house.setTokenPolicy(
            policy { ($0.maxLifetime, $0.enforceFrom) = (.days(1), house.clock.now) })
        house.pass(.days(1))
        #expect(try ask().hasPrefix("NO secrets of tokens may be at most 1 day old since "))
    }

    @Test("the desk refuses a token that breaks a rule for all services, except for what makes it weaker")
    func desk() async throws {
        let alice = try await house.person("alice")
        let secret = try await house.token("manager", of: alice, scopes: ["jeton:manage"]).secret
        let refused = RefusedDenials()
        let authentication = TokenAuthentication(
            index: house.index, clock: house.clock, format: .standard, trustedProxies: AddressRange.loopback,
            recordUse: { _, _, _ in }, recordRefusal: { _, denial, _, _ in refused.note(denial) })
        let request = Request("GET", "/", headers: ["Authorization": "Bearer \(secret.reveal())"])
        func isRefused(_ ignoresRules: Bool = false) -> Denial? {
            switch authentication.holder(of: request, ignoresRules: ignoresRules) {
            case .success: nil
            case .failure(let denial): denial
            }
        }
        #expect(isRefused() == nil)
        try await house.setTokenPolicy(
            policy { ($0.needsAddresses, $0.enforceFrom) = (true, house.clock.now) })
        #expect(isRefused() == .policy)
        #expect(authentication.brokenRule(of: request)?.key == "tokens.addresses")
        #expect(refused.all == [.policy])
        #expect(isRefused(true) == nil)
    }
}

private final class RefusedDenials: Sendable {
    private let kept = Mutex<[Denial]>([])
    var all: [Denial] { kept.withLock(\.self) }
    func note(_ denial: Denial) { kept.withLock { $0.append(denial) } }
}
