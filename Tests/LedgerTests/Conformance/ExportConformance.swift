import Ledger
import TestHouse
import Testing
import Tokens

extension LedgerConformance {
    @Suite("Exports of events") struct Exports {
        @Test("one node at a time sends an export, from where it was sent to", arguments: Engine.all)
        func lease(engine: Engine) async throws {
            try await engine.open { house in
                let ledger = house.ledger
                let (soon, later) = (Timestamp.noon + .seconds(30), Timestamp.noon + .seconds(60))
                let first = try await ledger.lease(export: "file", to: 1, until: soon, at: .noon)
                #expect(first == ExportPosition(sent: nil))
                #expect(try await ledger.lease(export: "file", to: 2, until: soon, at: .noon) == nil)
                #expect(try await ledger.lease(export: "syslog", to: 2, until: soon, at: .noon) != nil)
                let event = EventID(number: 7)
                #expect(try await ledger.advance(export: "file", of: 1, to: event))
                #expect(try await !ledger.advance(export: "file", of: 2, to: EventID(number: 9)))
                #expect(try await !ledger.advance(export: "file", of: 1, to: EventID(number: 6)))
                #expect(
                    try await ledger.lease(export: "file", to: 2, until: later, at: soon)
                        == ExportPosition(sent: event))
                #expect(try await !ledger.advance(export: "file", of: 1, to: EventID(number: 8)))
                try await ledger.release(export: "file", of: 2)
                #expect(try await ledger.lease(export: "file", to: 3, until: later, at: soon) != nil)
                #expect(
                    try await ledger.exportPositions()
                        == ["file": ExportPosition(sent: event), "syslog": ExportPosition(sent: nil)])
            }
        }

        @Test(
            "events and addresses are kept as long as configured, and until they are sent",
            arguments: Engine.all)
        func retention(engine: Engine) async throws {
            try await engine.open { house in
                for day in 0..<10 {
                    try await house.ledger.add(
                        Event(
                            .signedIn, at: .noon + .days(Int64(day)), actor: nil, address: "192.0.2.1",
                            detail: "\(day)"))
                }
                let now = Timestamp.noon + .days(9) + .hours(1)
                var retention = EventRetention()
                (retention.keep, retention.keepAddresses) = (.days(7), .days(3))
                retention.exports = ["file"]
                try await house.ledger.forget(retention, at: now)
                #expect(try await house.events().count == 10)
                _ = try await house.ledger.lease(export: "file", to: 1, until: now, at: .noon)
                let all = try await house.events()
                #expect(try await house.ledger.advance(export: "file", of: 1, to: all[8].id))
                try await house.ledger.forget(retention, at: now)
                #expect(try await house.events().count == 8)
                #expect(try await house.ledger.advance(export: "file", of: 1, to: all[0].id))
                try await house.ledger.forget(retention, at: now)
                let kept = try await house.events()
                #expect(kept.map(\.detail) == ["9", "8", "7", "6", "5", "4", "3"])
                #expect(kept.filter { !$0.address.isEmpty }.map(\.detail) == ["9", "8", "7"])
                // The newest stays, however old it is.
                try await house.ledger.forget(retention, at: now + .days(100))
                #expect(try await house.events().map(\.detail) == ["9"])
            }
        }
    }
}
