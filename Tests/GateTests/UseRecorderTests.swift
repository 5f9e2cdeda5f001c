import Ledger
import TestHouse
import Testing
import Tokens

@testable import Gate

@Suite("Recording uses")
struct UseRecorderTests {
    @Test("uses are gathered by token, service, address, client and day, and written at once")
    func gathered() async throws {
        let house = try TestHouse()
        let alice = try await house.person("alice")
        let token = try await house.token("ci", of: alice).token
        let uses = UseRecorder(ledger: house.ledger)
        let start = house.clock.now
        let address = IPAddress("192.0.2.1")
        func use(_ service: String, _ agent: String) {
            uses.record(token.id, service: service, address: address, userAgent: agent, at: house.clock.now)
        }
        use("maven", "Apache-Maven/3.8.7")
        use("maven", "Apache-Maven/3.8.7")
        house.pass(.minutes(1))
        use("git", "git/2.39.5")
        try await uses.flush()
        house.pass(.days(1))
        use("maven", "Apache-Maven/3.8.7")
        #expect(try await house.ledger.uses(of: token.id, since: start).count == 2)
        try await uses.flush()
        try await uses.flush()
        func row(_ service: String, _ client: String, _ later: TimeSpan, _ count: Int) -> Use {
            Use(
                token: token.id, service: service, address: "192.0.2.1", client: client,
                lastAt: start + later,
                count: count)
        }
        #expect(
            try await house.ledger.uses(of: token.id, since: start) == [
                row("maven", "Maven 3.8.7", .minutes(1) + .days(1), 1),
                row("git", "Git 2.39.5", .minutes(1), 1),
                row("maven", "Maven 3.8.7", .seconds(0), 2),
            ])
    }

    @Test("a client that names itself with a token stays unnamed")
    func secretName() async throws {
        let house = try TestHouse()
        let alice = try await house.person("alice")
        let (token, secret) = try await house.token("ci", of: alice)
        let uses = UseRecorder(ledger: house.ledger)
        uses.record(
            token.id, service: "maven", address: nil, userAgent: "x-\(secret.reveal())/1", at: house.clock.now
        )
        try await uses.flush()
        let rows = try await house.ledger.uses(of: token.id, since: house.clock.now)
        #expect(rows.map(\.client) == ["an unnamed client"])
    }

    @Test("no count is lost between many writers and a flush")
    func concurrent() async throws {
        let house = try TestHouse()
        let alice = try await house.person("alice")
        let token = try await house.token("ci", of: alice).token
        let uses = UseRecorder(ledger: house.ledger)
        let now = house.clock.now
        try await withThrowingTaskGroup { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<1000 {
                        uses.record(token.id, service: "maven", address: nil, userAgent: "curl/8", at: now)
                    }
                }
                group.addTask { try await uses.flush() }
            }
            try await group.waitForAll()
        }
        try await uses.flush()
        #expect(try await house.ledger.uses(of: token.id, since: now).map(\.count) == [8000])
        #expect(uses.figures == UseFigures(waiting: 0, written: 8000, lost: 0))
    }

    @Test("what is gathered between two writes is bounded, and counts stay whole")
    func bounded() async throws {
        let house = try TestHouse()
        let alice = try await house.person("alice")
        let token = try await house.token("ci", of: alice).token
        let uses = UseRecorder(ledger: house.ledger)
        let now = house.clock.now
        for number in 0..<10_000 {
            let address = IPAddress(v4: UInt32(number))
            uses.record(token.id, service: "maven", address: address, userAgent: "curl/8", at: now)
        }
        #expect(uses.figures == UseFigures(waiting: 10_000, written: 0, lost: 0))
        try await uses.flush()
        let rows = try await house.ledger.uses(of: token.id, since: now)
        #expect(rows.map(\.count).reduce(0, +) == 10_000)
        #expect(rows.count <= LedgerLimits.usesPerTokenAndDay + 1)
    }

    @Test("what there is no room for is told of, whether it is new or could not be written")
    func lost() async throws {
        let counter = UseCounter(lanes: 0)
        let service = Array("maven".utf8)
        func add(_ owner: Int64) {
            counter.add(
                owner, service: service.span, address: nil, userAgent: Span(), at: .now, lane: nil)
        }
        let most = Int64(UseTallies.capacity * 2)
        for owner in 0..<most + 3 { add(owner) }
        #expect(counter.figures == UseFigures(waiting: Int(most), written: 0, lost: 3))
        // While these are written, as many others come: there is no room to keep both.
        await #expect(throws: LedgerError.cancelled) {
            try await counter.flush { (_) async throws(LedgerError) in
                for owner in most..<most * 2 { add(owner) }
                throw .cancelled
            }
        }
        #expect(counter.figures == UseFigures(waiting: Int(most), written: 0, lost: 3 + Int(most)))
    }
}

extension Timestamp {
    fileprivate static let now = Timestamp(milliseconds: 1_800_000_000_000)
}
