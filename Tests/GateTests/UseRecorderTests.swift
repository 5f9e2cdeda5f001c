import HTTPServer
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
            uses.record(
                token.secret, service: service, address: address, userAgent: agent, at: house.clock.now)
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
                secret: token.secret, service: service, address: "192.0.2.1", client: client,
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

    @Test("where uses cannot be written, readiness says so and stays, since verifying goes on")
    func failing() async throws {
        let house = try TestHouse()
        let alice = try await house.person("alice")
        let (_, secret) = try await house.token("ci", of: alice)
        let gate = try GateHouse(house)
        let headers: Headers = ["Authorization": basic("alice", secret)]
        #expect(await gate.ask("GET", "/verify/maven", headers).status == 200)
        await house.ledger.close()
        await #expect(throws: LedgerError.self) { try await gate.uses.flush() }
        let readiness = await gate.ask("GET", "/readyz")
        #expect(readiness.status == 200)
        #expect(readiness.text == "ok, though nothing can be written: the log says why\n")
        #expect(await gate.ask("GET", "/verify/maven", headers).status == 200)
    }

    @Test("a client that names itself with a token stays unnamed")
    func secretName() async throws {
        let house = try TestHouse()
        let alice = try await house.person("alice")
        let (token, secret) = try await house.token("ci", of: alice)
        let uses = UseRecorder(ledger: house.ledger)
        uses.record(
            token.secret, service: "maven", address: nil, userAgent: "x-\(secret.reveal())/1",
            at: house.clock.now
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
                        uses.record(
                            token.secret, service: "maven", address: nil, userAgent: "curl/8", at: now)
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
            uses.record(token.secret, service: "maven", address: address, userAgent: "curl/8", at: now)
        }
        #expect(uses.figures == UseFigures(waiting: 10_000, written: 0, lost: 0))
        try await uses.flush()
        let rows = try await house.ledger.uses(of: token.id, since: now)
        #expect(rows.map(\.count).reduce(0, +) == 10_000)
        #expect(rows.count <= LedgerLimits.usesPerTokenAndDay + 1)
    }

    @Test("many kinds of use are written a portion at a time, and the rest at once when it stops")
    func portions() async throws {
        let house = try TestHouse()
        let alice = try await house.person("alice")
        let now = house.clock.now
        let uses = UseRecorder(ledger: house.ledger)
        var tokens: [Token] = []
        for number in 0..<250 { tokens.append(try await house.token("t\(number)", of: alice).token) }
        tokens.sort { $0.id.number < $1.id.number }
        for token in tokens {
            uses.record(token.secret, service: "maven", address: nil, userAgent: "curl/8", at: now)
        }
        func written(_ place: Int) async throws -> Int {
            try await house.ledger.uses(of: tokens[place].id, since: now).reduce(0) { $0 + $1.count }
        }
        let running = Task { await uses.run { Issue.record("\($0)") } }
        while try await written(0) == 0 { try await Task.sleep(for: .milliseconds(5)) }
        #expect(try await written(249) == 0)
        running.cancel()
        await running.value
        for place in 0..<250 { #expect(try await written(place) == 1) }
    }

    @Test("uses that did not fit are counted as lost, whether they are new or could not be written")
    func lost() {
        let counter = UseCounter(shards: 0)
        let now = Timestamp(milliseconds: 1_800_000_000_000)
        let service = Array("maven".utf8)
        func add(_ owner: Int64) {
            counter.add(
                owner, service: service.span, address: nil, userAgent: Span(), at: now, shard: nil)
        }
        let most = Int64(UseTallies.capacity * 2)
        for owner in 0..<most + 3 { add(owner) }
        #expect(counter.figures == UseFigures(waiting: Int(most), written: 0, lost: 3))
        // While these are written, as many others come: there is no room to keep both.
        let taken = counter.take()
        #expect(counter.figures == UseFigures(waiting: Int(most), written: 0, lost: 3))
        for owner in most..<most * 2 { add(owner) }
        #expect(counter.figures == UseFigures(waiting: Int(most * 2), written: 0, lost: 3))
        counter.keep(taken)
        #expect(counter.figures == UseFigures(waiting: Int(most), written: 0, lost: 3 + Int(most)))
    }
}
