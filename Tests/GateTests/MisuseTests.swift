import HTTPServer
import Ledger
import TestHouse
import Testing
import Tokens

@testable import Gate

@Suite("What only the gate sees of misused tokens")
struct MisuseTests {
    let house: TestHouse
    let gate: GateHouse

    init() throws {
        house = try TestHouse()
        gate = try GateHouse(house)
    }

    /// The details of the events of misuse, the oldest first.
    func told() async throws -> [String] {
        try await gate.uses.flush()
        return try await house.ledger.events(about: nil, before: nil, limit: 100)
            .filter { $0.kind == .tokenMisused }.reversed().map(\.detail)
    }

    func token(_ scopes: String = "", _ name: String = "ci") async throws -> String {
        try await house.token(
            name, of: house.person("alice"), scopes: scopes.split(separator: " ").map(String.init)
        )
        .secret.reveal()
    }

    @Test("a token in a query string is never read, and said once a day, also where a grant is cached")
    func query() async throws {
        let secret = try await token()
        let headers: Headers = [
            "x-original-method": "GET", "x-original-uri": "/maven/a.jar?private_token=\(secret)",
        ]
        #expect(await gate.ask("GET", "/verify/maven", headers).status == 401)
        #expect(try await told() == ["ci: sent in a query string at maven, where addresses are kept in logs"])
        var granted = headers
        granted["private-token"] = secret
        for _ in 0..<3 { #expect(await gate.ask("GET", "/verify/maven", granted).status == 200) }
        #expect(try await told().count == 1)
        house.pass(.days(1))
        #expect(await gate.ask("GET", "/verify/maven", granted).status == 200)
        #expect(try await told().count == 2)
        // Another node says the same again on the next day alone.
        let node = try GateHouse(house)
        _ = await node.ask("GET", "/verify/maven", granted)
        try await node.uses.flush()
        #expect(try await told().count == 2)
    }

    @Test("what has the form of a token and is none of ours is not said")
    func others() async throws {
        let stranger = TokenFormat.standard.makeSecret().reveal()
        _ = await gate.ask(
            "GET", "/verify/maven", ["x-original-method": "GET", "x-original-uri": "/a?t=\(stranger)"])
        _ = await gate.ask("GET", "/verify/maven", ["private-token": stranger, "x-forwarded-proto": "http"])
        #expect(try await told().isEmpty)
    }

    @Test(
        "a token over plain http, as a trusted proxy says",
        arguments: [
            ("http", Peer.address(.loopback), true), ("https", .address(.loopback), false),
            ("https, http", .address(.loopback), false),
            ("http", .address(IPAddress(v4: 0xC000_0201)), false),
            ("http", .localProxy, true), ("https", .localProxy, false), ("http", .operator, false),
        ])
    func plain(_ scheme: String, _ peer: Peer, _ isSaid: Bool) async throws {
        let secret = try await token()
        let headers: Headers = ["private-token": secret, "x-forwarded-proto": scheme]
        for _ in 0..<3 {
            let request = Request("GET", "/verify/maven", headers: headers, peer: peer)
            #expect(await gate.application.respond(to: request).status == 200)
        }
        #expect(
            try await told()
                == (isSaid ? ["ci: sent over plain http to maven, readable by everybody on the way"] : []))
    }

    @Test("a token at a service that its scopes do not name; not one that may only read there")
    func otherService() async throws {
        let secret = try await token("git:read")
        #expect(
            await gate.ask(
                "GET", "/verify/git",
                ["private-token": secret, "x-original-method": "PUT", "x-original-uri": "/x"]
            ).status == 403)
        #expect(try await told().isEmpty)
        #expect(await gate.ask("GET", "/verify/maven", ["private-token": secret]).status == 403)
        #expect(try await told() == ["ci: tried at maven, for which it has no scope"])
    }

    @Test("an ended token that goes on being tried, and not one that is tried once or twice")
    func ended() async throws {
        let (token, secret) = try await house.token("ci", of: house.person("alice"))
        try await house.revoke(token, at: house.clock.now)
        let headers: Headers = ["private-token": secret.reveal()]
        for _ in 0..<3 { #expect(await gate.ask("GET", "/verify/maven", headers).status == 401) }
        #expect(try await told().isEmpty)
        house.pass(.minutes(10))
        #expect(await gate.ask("GET", "/verify/maven", headers).status == 401)
        #expect(try await told() == ["ci: still tried at maven, although it has ended"])
    }

    @Test("a token that is used from two far networks in turns, unless both are known to it")
    func far() async throws {
        let secret = try await token()
        let (here, there) = (IPAddress(v4: 0xC633_6407), IPAddress(v4: 0xCB00_7109))
        func use(_ address: IPAddress) async throws {
            let answer = await gate.ask("GET", "/verify/maven", ["private-token": secret], peer: address)
            #expect(answer.status == 200)
            try await gate.uses.flush()
            house.pass(.seconds(20))
        }
        for address in [here, there] { try await use(address) }
        #expect(try await told().isEmpty, "a journey")
        for address in [here, there, here] { try await use(address) }
        #expect(
            try await told() == [
                "ci: used at maven from two far networks in turns: 198.51.100.7 and 203.0.113.9"
            ])
        house.pass(.days(2))
        for address in [here, there, here, there] { try await use(address) }
        #expect(try await told().count == 1, "by now both are known")
    }

    @Test("what another node has told does not count towards the limit")
    func toldElsewhere() async throws {
        let alice = try await house.person("alice")
        var tokens: [Token] = []
        for number in 0..<MisuseRecorder.limit + 9 {
            tokens.append(try await house.token("ci \(number)", of: alice).token)
        }
        func told(_ tokens: some Sequence<Token>, by recorder: MisuseRecorder) async throws -> Int {
            for token in tokens {
                recorder.note(.query, of: token.secret, at: "maven", from: nil, at: house.clock.now)
            }
            try await recorder.write(to: house.ledger)
            return try await house.ledger.events(about: nil, before: nil, limit: 1000)
                .count { $0.kind == .tokenMisused }
        }
        let first = tokens.dropLast(10)
        #expect(try await told(first, by: MisuseRecorder()) == first.count)
        #expect(try await told(tokens, by: MisuseRecorder()) == tokens.count)
    }

    @Test("of many misused tokens only so many are an event")
    func bounded() async throws {
        let recorder = MisuseRecorder()
        let alice = try await house.person("alice")
        for number in 0..<MisuseRecorder.limit + 20 {
            let token = try await house.token("ci \(number)", of: alice).token
            for _ in 0..<3 {
                recorder.note(.query, of: token.secret, at: "maven", from: nil, at: house.clock.now)
            }
        }
        try await recorder.write(to: house.ledger)
        let events = try await house.ledger.events(about: nil, before: nil, limit: 1000)
        #expect(events.filter { $0.kind == .tokenMisused }.count == MisuseRecorder.limit)
    }
}
