import Foundation
import PostgreSQL
import SQL
import SQLite
import Testing
import Tokens

@testable import Ledger
@testable import SQLLedger

extension OnPostgreSQL {
    @Suite("A move that is refused", .timeLimit(.minutes(5))) struct MoveRefusalTests {
        /// Runs `body` with a house in a file that nobody has open, and an empty database.
        private func withBoth(
            _ body: (_ path: String, PostgreSQLAddress) async throws -> Void
        ) async throws {
            try await withTemporaryFolder { folder in
                let path = folder + "/jeton.db"
                _ = try await reopen(path) { try await MovingHouse(filling: $0) }
                try await PostgreSQLServer.withDatabase { try await body(path, $0) }
            }
        }

        private func change(_ path: String, _ sql: String) throws {
            try Database(path: path).execute(sql)
        }

        private static let rename = "UPDATE subjects SET name = name || '!'"

        @Test("a source that changes while it is read is not let in, and can be moved anew")
        func changedMeanwhile() async throws {
            try await withBoth { path, address in
                await #expect(throws: MoveFault.sourceChanged(path)) {
                    try await LedgerMigration(from: path, to: .few(address)).run { progress in
                        if progress.phase == .verifying, progress.rows == progress.total {
                            try? change(path, Self.rename)
                        }
                    }
                }
                #expect(throws: LedgerError.self) { try PostgreSQLLedger(.few(address), observer: { _ in }) }
                await #expect(throws: MoveFault.arrivedOtherwise(table: "subjects")) {
                    try await LedgerMigration(from: path, to: .few(address)).run()
                }
                _ = try await LedgerMigration(from: path, to: .few(address), restarts: true).run()
            }
        }

        @Test("rows that are gone from the source since they arrived are noticed")
        func shrunk() async throws {
            try await withBoth { path, address in
                await #expect(throws: MoveFault.self) {
                    try await LedgerMigration(from: path, to: .few(address)).run { progress in
                        if progress.phase == .verifying {
                            try? PostgreSQLServer.shared.cutConnections(to: address)
                        }
                    }
                }
                try change(path, "DELETE FROM events WHERE id = (SELECT max(id) FROM events)")
                await #expect(throws: MoveFault.arrivedOtherwise(table: "events")) {
                    try await LedgerMigration(from: path, to: .few(address)).run()
                }
            }
        }

        @Test("what did not arrive as it was sent is noticed")
        func damaged() async throws {
            try await withBoth { path, address in
                let fault = await #expect(throws: MoveFault.self) {
                    try await LedgerMigration(from: path, to: .few(address)).run { progress in
                        guard progress.table == "tokens", progress.phase == .copying else { return }
                        // As a hand in the database, or a damaged disk.
                        try? PostgreSQLConnection(address).execute(
                            "UPDATE tokens SET digest = sha256(digest) WHERE id = (SELECT min(id) FROM tokens)"
                        )
                    }
                }
                guard case .unequal("tokens", let sent, let arrived) = fault else {
                    Issue.record("\(String(describing: fault))")
                    return
                }
                #expect(sent.count == arrived.count)
                #expect(sent.hex != arrived.hex)
            }
        }

        @Test("a database that holds something else is left alone")
        func occupied() async throws {
            try await withBoth { path, address in
                let ledger = try PostgreSQLLedger(.few(address), observer: { _ in })
                let house = House(ledger: ledger, told: Told(), folder: "")
                let bob = try await house.person("bob")
                await #expect(throws: MoveFault.targetHolds(table: "subjects")) {
                    try await LedgerMigration(from: path, to: .few(address)).run()
                }
                // Not by the same count of rows either.
                _ = try await reopen(path) { try await $0.person("zoe") }
                await #expect(throws: MoveFault.targetHolds(table: "subjects")) {
                    try await LedgerMigration(from: path, to: .few(address), restarts: true).run()
                }
                #expect(try await ledger.subjects(matching: nil) == [bob])
                await ledger.close()
            }
            try await PostgreSQLServer.withDatabase(hasTables: false) { address in
                try PostgreSQLConnection(address).execute("CREATE TABLE theirs (x INT)")
                try await withSQLiteLedger { _, _, path in
                    let fault = await #expect(throws: MoveFault.self) {
                        try await LedgerMigration(from: path, to: .few(address)).run()
                    }
                    #expect(fault?.description.contains("of another program") == true)
                }
            }
        }

        @Test("a file of another version, or of something else, is not a source")
        func otherFiles() async throws {
            try await withBoth { path, address in
                func fault(_ path: String) async -> MoveFault? {
                    await #expect(throws: MoveFault.self) {
                        try await LedgerMigration(from: path, to: .few(address)).run()
                    }
                }
                try change(path, "PRAGMA user_version = 1000")
                #expect(
                    await fault(path) == .failed(.tooNew(version: 1000, known: SQLiteMigrations.steps.count)))
                try change(path, "PRAGMA user_version = 2")
                #expect(await fault(path) == .sourceTooOld(path))
                let other = path + ".txt"
                try Data("These are my notes.".utf8).write(to: URL(fileURLWithPath: other))
                #expect(await fault(other)?.description.contains("not a database") == true)
                #expect(await fault(path + ".missing")?.description.contains("No such file") == true)
            }
        }

        @Test("the sum of rows is the same in any order, and another one for other rows")
        func sums() throws {
            let database = try Database(path: ":memory:")
            func sum(_ values: String) throws -> RowSum {
                var sum = RowSum()
                let table = try #require(MigratedTable.all.first { $0.name == "passwords" })
                try database.statement("SELECT * FROM (VALUES \(values))").forEach([]) { row in
                    sum.add(RowBytes(row, of: table))
                    return true
                }
                return sum
            }
            let both = try sum("(1, 'a'), (2, 'b')")
            #expect(try both == sum("(2, 'b'), (1, 'a')"))
            for other in [
                "(1, 'a')", "(1, 'b'), (2, 'a')", "(1, 'a'), (2, 'b'), (2, 'b')", "(1, 'a'), (2, NULL)",
            ] {
                #expect(try sum(other) != both)
            }
            #expect(RowSum(count: both.count, bytes: both.bytes) == both)
            #expect(both.hex.count == 64)
        }
    }
}
