import HTTPServer
import Ledger
import TestHouse
import Testing
import TokenIndex
import Tokens

@testable import Gate

@Suite("Grants that are remembered")
struct GrantCacheTests {
    private func withAlice(
        _ body: (GateHouse, Subject, Token, _ ask: () async -> Response) async throws -> Void
    ) async throws {
        let gate = try GateHouse(TestHouse())
        let alice = try await gate.house.person("alice")
        let (token, secret) = try await gate.house.token("ci", of: alice)
        func ask() async -> Response {
            await gate.ask("GET", "/verify/maven", ["Authorization": "Bearer \(secret.reveal())"])
        }
        for _ in 0..<3 { #expect(await ask().status == 200) }
        try await body(gate, alice, token, ask)
    }

    @Test("a token that is revoked is refused at once")
    func revoked() async throws {
        try await withAlice { gate, _, token, ask in
            try await gate.house.revoke(token)
            #expect(await ask().reason == "revoked")
        }
    }

    @Test("changes of the owner show at once, and a suspended owner is refused")
    func owner() async throws {
        try await withAlice { gate, alice, _, ask in
            var changed = alice
            changed.groups = ["staff"]
            gate.house.index.apply(.subject(changed))
            #expect(await ask().headers["Remote-Groups"] == "staff")
            changed.suspendedAt = gate.house.clock.now
            gate.house.index.apply(.subject(changed))
            #expect(await ask().reason == "owner_suspended")
            changed.suspendedAt = nil
            gate.house.index.apply(.subject(changed))
            #expect(await ask().status == 200)
        }
    }

    @Test("another request is judged anew")
    func otherQuestions() async throws {
        let gate = try GateHouse(TestHouse())
        let alice = try await gate.house.person("alice")
        let (_, secret) = try await gate.house.token("ci", of: alice, scopes: ["maven:read", "ops"])
        func ask(_ login: String, _ method: String, _ service: String) async -> Response {
            await gate.ask(
                "GET", "/verify/\(service)",
                [
                    "Authorization": basic(login, secret.reveal()), "X-Original-Method": method,
                    "X-Original-URI": "/x",
                ])
        }
        #expect(await ask("alice", "GET", "maven").status == 200)
        #expect(await ask("alice", "PUT", "maven").reason == "insufficient_scope")
        #expect(await ask("bob", "GET", "maven").reason == "wrong_login")
        #expect(await ask("alice", "GET", "ops").reason == "not_entitled")
        #expect(await ask("ALICE", "HEAD", "maven").status == 200)
    }

    @Test("a token is refused from the moment at which it expires")
    func expiry() async throws {
        let gate = try GateHouse(TestHouse())
        let alice = try await gate.house.person("alice")
        let (_, secret) = try await gate.house.token(
            "ci", of: alice, expiresAt: gate.house.clock.now + .minutes(1))
        func ask() async -> Response {
            await gate.ask("GET", "/verify/maven", ["Authorization": "Bearer \(secret.reveal())"])
        }
        #expect(await ask().status == 200)
        gate.house.pass(.seconds(59))
        #expect(await ask().status == 200)
        gate.house.pass(.seconds(1))
        #expect(await ask().reason == "expired")
    }

    @Test("is bounded: those that came longest ago give way, and are granted again")
    func bounded() async throws {
        let gate = try GateHouse(TestHouse())
        let alice = try await gate.house.person("alice")
        let cache = GrantCache(shards: 512)
        let service = Service(name: try ServiceName("maven"), title: "Maven")
        let guarded = GuardedService(
            service, number: 0, responses: VerifyResponses(desk: DeskAddress(publicURL: "")),
            row: gate.verdicts.row(of: service.name))
        var kept: [GrantCache.Grant] = []
        for number in 0..<300 {
            let (token, secret) = try await gate.house.token("t\(number)", of: alice)
            let entry = try #require(gate.house.index.find(secret.digest))
            let holder = Verdict.Holder(token: token.record, owner: alice)
            let grant = GrantCache.Grant(
                entry: entry, holder: holder, at: guarded, now: gate.house.clock.now,
                answer: PreparedResponse(Response(status: 200)))
            cache.keep(grant, shard: 7)
            #expect(cache.grant(of: entry, groupsVariant: 0, shard: 7) === grant)
            #expect(cache.grant(of: entry, groupsVariant: 0, shard: 8) == nil)
            kept.append(grant)
        }
        let there = kept.filter { cache.grant(of: $0.entry, groupsVariant: 0, shard: 7) === $0 }
        #expect(there.count == 256)
        #expect(there.last === kept.last)
    }
}
