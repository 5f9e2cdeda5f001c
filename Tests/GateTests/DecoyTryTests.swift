import Ledger
import TestHouse
import Testing
import Tokens

@testable import Gate

@Suite("Telling of tries of decoys") struct DecoyTryTests {
    @Test("made-up clients at one decoy hide neither a try of another nor fill the log")
    func manyClients() async throws {
        let house = try TestHouse()
        let alice = try await house.person("alice")
        let decoys = try ["wiki", "laptop"].map { name in
            Decoy(
                id: .next(at: house.clock.now), owner: alice.id, name: try TokenName(name),
                createdAt: house.clock.now)
        }
        for decoy in decoys {
            let digest = TokenFormat.standard.makeSecret().digest
            let event = Event(.decoyCreated, at: house.clock.now, actor: alice.id, subject: alice.id)
            try await house.ledger.add(decoy, digest: digest, event: event)
        }
        let uses = UseRecorder(ledger: house.ledger)
        func tried(_ decoy: Decoy, by agent: String) {
            uses.record(
                tryOf: decoy.id, service: "maven", address: IPAddress("192.0.2.1"), userAgent: agent,
                at: house.clock.now)
        }
        for number in 0..<1100 { tried(decoys[0], by: "scan\(number)/1") }
        // One client, whatever its version.
        for number in 0..<3 { tried(decoys[1], by: "curl/8.0.1\(["x", "y", "z"][number])") }
        try await uses.flush()
        let told = try await house.ledger.events(about: nil, before: nil, limit: 1000)
            .filter { $0.kind == .decoyTried }
        #expect(told.count { $0.token == decoys[0].id } == DecoyRecorder.eventLimit)
        #expect(told.count { $0.token == decoys[1].id } == 1)
        #expect(try await house.ledger.decoy(decoys[0].id)?.tries == DecoyRecorder.placeLimit)
        #expect(try await house.ledger.decoy(decoys[1].id)?.tries == 3)
        try await uses.flush()
        let count = try await house.ledger.events(about: nil, before: nil, limit: 1000).count
        try await uses.flush()
        #expect(try await house.ledger.events(about: nil, before: nil, limit: 1000).count == count)
    }
}
