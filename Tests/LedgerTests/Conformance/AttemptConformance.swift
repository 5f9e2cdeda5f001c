import Ledger
import Sodium
import Testing
import Tokens

extension LedgerConformance {
    @Suite("One-time marks and attempts") struct Once {
        private static func mark(_ text: String) -> SHA256Digest { SHA256Digest(of: Array(text.utf8).span) }

        @Test("a mark is used once, until it expires", arguments: Engine.all)
        func use(engine: Engine) async throws {
            try await engine.open { (house: House) async throws in
                let ledger = house.ledger
                let (one, other) = (Self.mark("one"), Self.mark("other"))
                let end = Timestamp.noon + .minutes(10)
                #expect(try await ledger.use(one, until: end, at: .noon) == true)
                #expect(try await ledger.use(one, until: end, at: .noon) == false)
                #expect(try await ledger.use(one, until: end + .hours(1), at: end - .seconds(1)) == false)
                #expect(try await ledger.use(other, until: end, at: .noon) == true)
                // By then it is refused anyway.
                #expect(try await ledger.use(one, until: end + .hours(1), at: end) == true)
                #expect(try await ledger.use(one, until: end + .hours(1), at: end) == false)
                #expect(house.notified.changes.isEmpty)
                #expect(try await house.events() == [])
            }
        }

        @Test("of many simultaneous uses, one is the first", arguments: Engine.all)
        func race(engine: Engine) async throws {
            try await engine.open { (house: House) async throws in
                let ledger = house.ledger
                let first = try await withThrowingTaskGroup(of: Bool.self) { group in
                    for _ in 0..<20 {
                        group.addTask {
                            try await ledger.use(Self.mark("x"), until: .noon + .minutes(1), at: .noon)
                        }
                    }
                    return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
                }
                #expect(first == 1)
            }
        }

        @Test(
            "the first failures are free, then each doubles the wait, up to a minute", arguments: Engine.all)
        func doubling(engine: Engine) async throws {
            try await engine.open { (house: House) async throws in
                let key = AttemptKey.account("alice")
                var now = Timestamp.noon
                var waits: [Int64] = []
                for _ in 0..<14 {
                    let wait = try await house.ledger.begin([key], at: now)
                    #expect(try await house.ledger.wait(for: [key], at: now) == wait || wait == nil)
                    waits.append(wait?.seconds ?? 0)
                    guard let wait else { continue }
                    now = now + wait
                    #expect(try await house.ledger.begin([key], at: now) == nil)
                }
                #expect(waits == [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60])
            }
        }

        @Test("an attempt that has to wait counts for none of its keys", arguments: Engine.all)
        func waiting(engine: Engine) async throws {
            try await engine.open { (house: House) async throws in
                let (account, other) = (AttemptKey.account("alice"), AttemptKey.account("bob"))
                for _ in 0..<5 { #expect(try await house.ledger.begin([account], at: .noon) == nil) }
                for _ in 0..<9 {
                    #expect(try await house.ledger.begin([other, account], at: .noon) == .seconds(1))
                }
                #expect(try await house.ledger.wait(for: [account], at: .noon + .seconds(1)) == nil)
                #expect(try await house.ledger.wait(for: [other], at: .noon) == nil)
                for _ in 0..<5 { #expect(try await house.ledger.begin([other], at: .noon) == nil) }
                #expect(try await house.ledger.wait(for: [other, account], at: .noon) == .seconds(1))
            }
        }

        @Test("success forgets all failures of an account, and one of an address", arguments: Engine.all)
        func success(engine: Engine) async throws {
            try await engine.open { (house: House) async throws in
                let account = AttemptKey.account("alice")
                let address = AttemptKey.network(of: try #require(IPAddress("2001:db8::1")))
                let neighbour = AttemptKey.network(of: try #require(IPAddress("2001:db8::2")))
                for _ in 0..<4 {
                    #expect(try await house.ledger.begin([account, address], at: .noon) == nil)
                }
                for _ in 0..<16 { #expect(try await house.ledger.begin([neighbour], at: .noon) == nil) }
                try await house.ledger.succeed([account, address, .device("never failed")])
                for _ in 0..<5 { #expect(try await house.ledger.begin([account], at: .noon) == nil) }
                #expect(try await house.ledger.wait(for: [account], at: .noon) == .seconds(1))
                // 19 of 20 are left.
                #expect(try await house.ledger.begin([address], at: .noon) == nil)
                #expect(try await house.ledger.wait(for: [neighbour], at: .noon) == .seconds(1))
            }
        }

        @Test(
            "codes are counted separately from passwords, and a success forgets all of them",
            arguments: Engine.all)
        func codes(engine: Engine) async throws {
            try await engine.open { (house: House) async throws in
                let address = try #require(IPAddress("2001:db8::1"))
                let neighbour = try #require(IPAddress("2001:db8::2"))
                let codes = AttemptKey.codes(from: address)
                for _ in 0..<20 { #expect(try await house.ledger.begin([codes], at: .noon) == nil) }
                #expect(
                    try await house.ledger.wait(for: [.codes(from: neighbour)], at: .noon) == .seconds(1))
                #expect(try await house.ledger.wait(for: [.network(of: address)], at: .noon) == nil)
                try await house.ledger.succeed([codes])
                for _ in 0..<20 { #expect(try await house.ledger.begin([codes], at: .noon) == nil) }
            }
        }

        @Test("of many attempts at once, only the free ones proceed", arguments: Engine.all)
        func burst(engine: Engine) async throws {
            try await engine.open { (house: House) async throws in
                let ledger = house.ledger
                let made = try await withThrowingTaskGroup(of: Bool.self) { group in
                    for _ in 0..<30 {
                        group.addTask { try await ledger.begin([.account("alice")], at: .noon) == nil }
                    }
                    return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
                }
                #expect(made == 5)
            }
        }

        @Test(
            "failures recorded while the clock was ahead delay nobody, and are removed by a sweep",
            arguments: Engine.all)
        func clockAhead(engine: Engine) async throws {
            try await engine.open { (house: House) async throws in
                let (key, other) = (AttemptKey.account("alice"), AttemptKey.account("bob"))
                let ahead = Timestamp.noon + .days(365)
                for key in [key, other] {
                    for _ in 0..<5 { #expect(try await house.ledger.begin([key], at: ahead) == nil) }
                    #expect(try await house.ledger.wait(for: [key], at: ahead) != nil)
                    #expect(try await house.ledger.wait(for: [key], at: .noon) == nil)
                }
                for _ in 0..<5 { #expect(try await house.ledger.begin([key], at: .noon) == nil) }
                #expect(try await house.ledger.begin([key], at: .noon) == .seconds(1))
                try await house.ledger.sweep(at: .noon)
                #expect(try await house.ledger.wait(for: [other], at: ahead) == nil)
                #expect(try await house.ledger.wait(for: [key], at: .noon) == .seconds(1))
            }
        }

        @Test(
            "failures are forgotten after a quarter of an hour, and a sweep removes only expired ones",
            arguments: Engine.all)
        func forgetting(engine: Engine) async throws {
            try await engine.open { (house: House) async throws in
                let key = AttemptKey.account("alice")
                let later = Timestamp.noon + FailedAttempts.memory
                for _ in 0..<5 { #expect(try await house.ledger.begin([key], at: .noon) == nil) }
                #expect(try await house.ledger.use(Self.mark("one"), until: later, at: .noon) == true)
                try await house.ledger.sweep(at: later - .seconds(1))
                #expect(try await house.ledger.use(Self.mark("one"), until: later, at: .noon) == false)
                #expect(try await house.ledger.wait(for: [key], at: .noon) == .seconds(1))
                #expect(try await house.ledger.wait(for: [key], at: later) == nil)
                #expect(try await house.ledger.begin([key], at: later) == nil)
                try await house.ledger.sweep(at: later + FailedAttempts.memory + .seconds(1))
                #expect(try await house.ledger.wait(for: [key], at: .noon) == nil)
                #expect(try await house.ledger.use(Self.mark("one"), until: later, at: .noon) == true)
            }
        }
    }
}
