import Foundation
import PostgreSQL
import SQL
import SQLite
import TestHouse
import Testing
import Tokens

@testable import Ledger
@testable import SQLLedger

extension OnPostgreSQL {
    @Suite("Migrating from SQLite to PostgreSQL", .timeLimit(.minutes(5))) struct LedgerMigrationTests {
        /// Runs `body` with a full ledger in a file that nobody has open, and an empty database.
        private func withBoth(
            hasTables: Bool = true,
            _ body: (_ path: String, _ moving: MovingHouse, _ shown: Shown, PostgreSQLAddress) async throws ->
                Void
        ) async throws {
            try await withTemporaryFolder { folder in
                let path = folder + "/jeton.db"
                let (moving, shown) = try await reopen(path) { house in
                    let moving = try await MovingHouse(filling: house)
                    return (moving, try await Shown(house, moving))
                }
                try await PostgreSQLServer.withDatabase(hasTables: hasTables) { address in
                    try await body(path, moving, shown, address)
                }
            }
        }

        /// Opens the migrated ledger.
        private func opened<R>(_ address: PostgreSQLAddress, _ body: (House) async throws -> R) async throws
            -> R
        {
            let notified = Notifications()
            let ledger = try PostgreSQLLedger(.few(address), observer: notified.append)
            let result = try await body(House(ledger: ledger, notified: notified, folder: ""))
            await ledger.close()
            return result
        }

        /// Expects that a ledger was migrated, and continues.
        private func expectMoved(
            _ moving: MovingHouse, _ shown: Shown, _ address: PostgreSQLAddress
        ) async throws {
            try await opened(address) { house in
                #expect(try await Shown(house, moving) == shown)
                let token = try await house.token("new", of: moving.owner)
                #expect(try await house.revoke(token, at: .noon).revocation != nil)
                #expect(try await house.ledger.tokens(TokenQuery(now: .noon)).count == shown.tokens.count + 1)
            }
        }

        @Test("every column of every table that both engines have is migrated, but for those that are computed")
        func tables() async throws {
            let moved = Set(
                MigratedTable.all.flatMap { table in table.columns.map { "\(table.name).\($0.name)" } })
            try await withSQLiteLedger { _, _, path in
                let database = try Database(path: path)
                let columns = try database.statement(
                    """
                    SELECT tables.name || '.' || iif(columns.name = 'group', '"group"', columns.name)
                    FROM pragma_table_list AS tables JOIN pragma_table_info(tables.name) AS columns
                    WHERE tables.schema = 'main' AND tables.name NOT LIKE 'sqlite_%'
                        AND tables.name <> 'server_socket'
                    """
                ).all([]) { $0.text(0) }
                #expect(Set(columns) == moved)
            }
            try await PostgreSQLServer.withDatabase { address in
                let connection = try PostgreSQLConnection(address)
                let columns = try connection.statement(
                    """
                    SELECT table_name || '.' || quote_ident(column_name) FROM information_schema.columns
                    WHERE table_schema = 'public'
                        AND table_name NOT IN ('change_head', 'changes', 'nodes', 'use_head', 'schema_version')
                        AND is_generated = 'NEVER'
                    """
                ).all([]) { $0.text(0).replacing(#/\.\"(?!group)(.*)\"/#) { ".\($0.1)" } }
                #expect(Set(columns) == moved)
            }
        }

        @Test(
            "everything arrives unchanged, later changes are followed, and the file stays unchanged",
            arguments: [true, false])
        func moves(hasTables: Bool) async throws {
            try await withBoth(hasTables: hasTables) { path, moving, shown, address in
                let before = try Data(contentsOf: URL(fileURLWithPath: path))
                let outcome = try await LedgerMigration(from: path, to: .few(address)).run()
                #expect(!outcome.wasThere)
                #expect(outcome.tables.map(\.name) == MigratedTable.all.map(\.name))
                // Every table contained something, so every table was tested.
                #expect(outcome.tables.allSatisfy { $0.sum.count > 0 })
                #expect(try await LedgerMigration(from: path, to: .few(address)).run().wasThere)
                #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
                try await expectMoved(moving, shown, address)
            }
        }

        private func rows(of path: String) throws -> Int64 {
            let source = try SQLiteSource(path: path)
            return try MigratedTable.all.reduce(0) { try $0 + source.count(of: $1) }
        }

        @Test("interrupted after any row it continues there, and no node may use the target before the end")
        func brokenOff() async throws {
            try await withBoth { path, moving, shown, address in
                let total = try rows(of: path)
                for row in stride(from: 1, through: total, by: 3) {
                    let move = LedgerMigration(from: path, to: .few(address), batch: 1)
                    let fault = await #expect(throws: MigrationFault.self) {
                        try await move.run { progress in
                            // Each run gets some rows further.
                            guard progress.stage == .copying, progress.rows == row else { return }
                            try? PostgreSQLServer.shared.cutConnections(to: address)
                        }
                    }
                    #expect(fault?.description.contains("PostgreSQL") == true)
                    let refusal = #expect(throws: LedgerError.self) {
                        try PostgreSQLLedger(.few(address), observer: { _ in })
                    }
                    #expect(refusal?.reason?.contains("jeton migrate") == true)
                }
                #expect(
                    try await LedgerMigration(from: path, to: .few(address), batch: 1).run().wasThere == false
                )
                try await expectMoved(moving, shown, address)
            }
        }

        @Test(
            "a node connected to the empty database can do nothing meanwhile, and loads everything afterwards"
        )
        func runningNode() async throws {
            try await withBoth { path, moving, shown, address in
                try await opened(address) { node in
                    try await node.ledger.load(into: Loaded.Reading())
                    let ledger = try #require(node.ledger as? PostgreSQLLedger)
                    let target = try MigrationTarget(.few(address))
                    #expect(try target.begin(restarts: false) == nil)
                    await #expect(throws: Changes.isDamaged) { try await node.person("mallory") }
                    await #expect(throws: Changes.isDamaged) { try await ledger.catchUp() }
                    _ = try await LedgerMigration(from: path, to: .few(address)).run()
                    _ = try await ledger.catchUp()
                    #expect(Set(node.notified.subjects) == Set(shown.loaded.subjects))
                    #expect(node.notified.records.contains(moving.revoked.record))
                }
            }
        }

        @Test("a run that continues a migration takes it over from another process")
        func takenOver() async throws {
            try await PostgreSQLServer.withDatabase { address in
                let (first, second) = (try MigrationTarget(.few(address)), try MigrationTarget(.few(address)))
                _ = try first.begin(restarts: false)
                _ = try second.begin(restarts: false)
                #expect(throws: MigrationFault.takenOver) {
                    try first.add([], to: MigratedTable.all[0], sum: RowSum())
                }
                #expect(throws: MigrationFault.takenOver) { try first.finish() }
                try second.finish()
            }
        }

        @Test("a text that PostgreSQL cannot contain is migrated as PostgreSQL would write it")
        func zeros() async throws {
            try await withBoth { path, _, _, address in
                do {
                    let database = try Database(path: path)
                    try database.execute(
                        "UPDATE events SET detail = 'a' || char(0) || 'b'; "
                            + "UPDATE uses SET client = CAST(x'ff41' AS TEXT)")
                }
                _ = try await LedgerMigration(from: path, to: .few(address)).run()
                try await opened(address) { house in
                    let details = Set(try await house.events().map(\.detail))
                    #expect(details == ["a\u{FFFD}b"])
                }
            }
        }
    }
}
