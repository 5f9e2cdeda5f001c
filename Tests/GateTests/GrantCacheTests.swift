import Ledger
import TestHouse
import Testing
import TokenIndex
import Tokens

@testable import Gate
@testable import HTTPServer

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

    /// Keeps a grant of a new token, with a response that says its number.
    private func keep(
        _ number: Int, in cache: GrantCache, _ gate: GateHouse, of owner: Subject, groups: Int = 0
    ) async throws -> TokenIndex.Entry {
        let service = Service(name: try ServiceName("maven"), title: "Maven")
        let guarded = GuardedService(
            service, number: 0, responses: VerifyResponses(desk: DeskAddress(publicURL: "")),
            row: gate.verdicts.row(of: service.name))
        let (token, secret) = try await gate.house.token("t\(number)", of: owner)
        let entry = try #require(gate.house.index.find(secret.digest))
        let holder = Verdict.Holder(token: token.record, owner: owner)
        var response = Response(status: 200, headers: ["Cache-Control": "no-store"])
        response.headers.add("X-Number", "\(number)")
        response.headers.add("Remote-Groups", String(repeating: "g", count: groups))
        cache.keep(
            Grant(entry, of: holder, at: guarded, now: gate.house.clock.now), FieldBlock(response),
            login: Array("alice".utf8), holder: nil, shard: 7)
        return entry
    }

    /// The number in the response that is kept for an entry.
    private func number(of entry: TokenIndex.Entry, in cache: GrantCache, shard: Int = 7) -> Int? {
        cache.withGrant(of: entry, at: 0, shard: shard) { _, cached in
            Headers(block: cached.block)["X-Number"].flatMap { Int($0) }
        }
    }

    @Test("is bounded: an old one gives way, and is granted again")
    func bounded() async throws {
        let gate = try GateHouse(TestHouse())
        let alice = try await gate.house.person("alice")
        let cache = GrantCache(shards: 512)
        var entries: [TokenIndex.Entry] = []
        for number in 0..<300 {
            let entry = try await keep(number, in: cache, gate, of: alice)
            #expect(self.number(of: entry, in: cache) == number)
            #expect(self.number(of: entry, in: cache, shard: 8) == nil)
            entries.append(entry)
        }
        let kept = entries.enumerated().filter { number, entry in self.number(of: entry, in: cache) == number
        }
        #expect((200...256).contains(kept.count))
        // None has another's response.
        for (number, entry) in entries.enumerated() {
            let found = self.number(of: entry, in: cache)
            #expect(found == nil || found == number)
        }
    }

    @Test(
        "a response that is too long for a cell is kept, and gives way to others",
        arguments: [300, 420, 2000])
    func long(groups: Int) async throws {
        let gate = try GateHouse(TestHouse())
        let alice = try await gate.house.person("alice")
        let cache = GrantCache(shards: 1, capacity: 8)
        let first = try await keep(0, in: cache, gate, of: alice, groups: groups)
        #expect(number(of: first, in: cache) == 0)
        for other in 1..<40 {
            let entry = try await keep(other, in: cache, gate, of: alice, groups: other % 2 == 0 ? groups : 0)
            #expect(number(of: entry, in: cache) == other)
        }
        #expect(number(of: first, in: cache) == nil)
    }

    @Test("grows while it has to replace many, and keeps those of a working set that fits")
    func growing() async throws {
        let gate = try GateHouse(TestHouse())
        let alice = try await gate.house.person("alice")
        let (token, secret) = try await gate.house.token("ci", of: alice)
        let entry = try #require(gate.house.index.find(secret.digest))
        let holder = Verdict.Holder(token: token.record, owner: alice)
        // One token at very many services is as good as many tokens.
        let services = try (0..<12_000).map { number in
            GuardedService(
                Service(name: try ServiceName("maven"), title: "Maven"), number: number,
                responses: VerifyResponses(desk: DeskAddress(publicURL: "")),
                row: gate.verdicts.row(of: nil))
        }
        let cache = GrantCache(shards: 1, capacity: 32_768)
        var missed = 0
        for _ in 0..<6 {
            missed = 0
            for service in services
            where cache.withGrant(of: entry, at: service.number, shard: 0, { _, _ in true }) == nil {
                missed += 1
                cache.keep(
                    Grant(entry, of: holder, at: service, now: gate.house.clock.now),
                    FieldBlock(Response(status: 200)), login: [], holder: nil, shard: 0)
            }
        }
        #expect(missed < 400)
    }
}
