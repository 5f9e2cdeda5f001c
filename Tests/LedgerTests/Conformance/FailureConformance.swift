import Ledger
import TestHouse
import Testing
import Tokens

extension LedgerConformance {
    @Suite("Failures") struct Failures {
        @Test("a refusal by a rule is no failure", arguments: Engine.all)
        func refusals(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                try await house.token("ci", of: alice)
                await #expect(throws: LedgerError.loginTaken) { try await house.person("ALICE") }
                await #expect(throws: LedgerError.nameTaken) { try await house.token("CI", of: alice) }
                #expect(try await house.ledger.token(.next(at: .noon)) == nil)
                for work in LedgerFailures.Work.allCases { #expect(house.ledger.failures[work] == 0) }
            }
        }

        @Test("a call to a closed ledger is a failure", arguments: Engine.all)
        func closed(engine: Engine) async throws {
            try await engine.open { house in
                await house.ledger.close()
                await #expect(throws: LedgerError.self) { try await house.events() }
                await #expect(throws: LedgerError.self) { try await house.person("late") }
                #expect(house.ledger.failures[.reading] == 1)
                #expect(house.ledger.failures[.writing] == 1)
            }
        }
    }
}
