import Foundation
import PostgreSQL
import SQL
import TestHouse
import Testing
import Tokens

@testable import Ledger
@testable import SQLLedger
@testable import TokenIndex

extension OnPostgreSQL {
    @Suite("Opening and failures") struct PostgreSQLTroubleTests {
        private func failure(opening address: PostgreSQLAddress) -> LedgerError? {
            do {
                _ = try PostgreSQLLedger(PostgreSQLSettings(address), observer: { _ in })
                return nil
            } catch {
                return error
            }
        }

        @Test("nodes that start at once on an empty database all find a complete ledger")
        func together() async throws {
            try await PostgreSQLServer.withDatabase(hasTables: false) { address in
                let failures = try await withThrowingTaskGroup(of: LedgerError?.self) { group in
                    for _ in 0..<8 { group.addTask { try await onThread { failure(opening: address) } } }
                    return try await group.reduce(into: []) { $0.append($1) }.compactMap { $0 }
                }
                #expect(failures == [])
                let version = try PostgreSQLConnection(address).integer("SELECT version FROM schema_version")
                #expect(version == Int64(PostgreSQLMigrations.steps.count))
            }
        }

        @Test("a read-only server is refused, whatever the address says")
        func standby() async throws {
            try await PostgreSQLServer.withDatabase { address in
                let name = try #require(address.description.split(separator: "/").last)
                try PostgreSQLServer.shared.admin(
                    "ALTER DATABASE \(name) SET default_transaction_read_only = on")
                let folder = PostgreSQLServer.shared.folder
                for attributes in ["", "&target_session_attrs=any", "&target_session_attrs=read-only"] {
                    let other = try #require(
                        PostgreSQLAddress("postgres://jeton@/\(name)?host=\(folder)\(attributes)"))
                    let error = #expect(throws: PostgreSQLError.self) { try PostgreSQLConnection(other) }
                    #expect(error?.kind == .connectionLost)
                }
            }
        }

        @Test("each migration step runs once and completely")
        func steps() async throws {
            try await PostgreSQLServer.withDatabase(hasTables: false) { address in
                let connection = try PostgreSQLConnection(address)
                let good = ["CREATE TABLE a (x BIGINT)", "INSERT INTO a VALUES (1)"]
                let bad = "INSERT INTO a VALUES (2); INSERT INTO missing VALUES (3)"
                #expect(throws: PostgreSQLError.self) {
                    try PostgreSQLMigrations.run(on: connection, steps: good + [bad])
                }
                #expect(try connection.integer("SELECT version FROM schema_version") == 2)
                for _ in 0..<2 {
                    try PostgreSQLMigrations.run(on: connection, steps: good + ["INSERT INTO a VALUES (4)"])
                }
                #expect(try connection.integer("SELECT sum(x)::bigint FROM a") == 5)
            }
        }

        @Test("a step that waits for a reader of its table delays nobody else, and succeeds in the end")
        func steady() async throws {
            try await PostgreSQLServer.withDatabase(hasTables: false) { address in
                let first = ["CREATE TABLE a (x BIGINT)"]
                try PostgreSQLMigrations.run(on: try PostgreSQLConnection(address), steps: first)
                let dump = try PostgreSQLConnection(address)
                try dump.execute("BEGIN; SELECT * FROM a")
                async let migration: Void = onThread {
                    try PostgreSQLMigrations.run(
                        on: try PostgreSQLConnection(address),
                        steps: first + ["ALTER TABLE a ADD COLUMN y BIGINT"])
                }
                let other = try PostgreSQLConnection(address)
                let waiting =
                    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
                    + "AND datname = current_database()"
                while try other.integer(waiting) == 0 { await Task.yield() }
                // It queues behind the step; its server would end it after ten seconds.
                try other.execute("SET statement_timeout = '10s'; SELECT * FROM a")
                try dump.execute("ROLLBACK")
                try await migration
                #expect(try other.integer("SELECT count(y) FROM a") == 0)
            }
        }

        @Test("tables of a later version or of another program are left alone")
        func foreign() async throws {
            try await PostgreSQLServer.withDatabase { address in
                try PostgreSQLConnection(address).execute("UPDATE schema_version SET version = 99")
                let known = PostgreSQLMigrations.steps.count
                #expect(failure(opening: address) == .tooNew(version: 99, known: known))
            }
            try await PostgreSQLServer.withDatabase(hasTables: false) { address in
                try PostgreSQLConnection(address).execute("CREATE TABLE theirs (x BIGINT)")
                #expect(failure(opening: address)?.reason?.contains("another program") == true)
            }
        }

        @Test("waiting too long for a connection or a lock is an error, and changes nothing")
        func busy() async throws {
            try await PostgreSQLServer.withDatabase { address in
                var settings = PostgreSQLSettings(address)
                settings.connections = 1
                (settings.patience, settings.timeout) = (
                    TimeSpan(milliseconds: 50), TimeSpan(milliseconds: 300)
                )
                let notified = Notifications()
                let ledger = try PostgreSQLLedger(settings, observer: notified.append)
                let house = House(ledger: ledger, notified: notified, folder: "")
                let alice = try await house.person("alice")
                let other = try PostgreSQLConnection(address)
                try other.execute("BEGIN; SELECT * FROM change_head FOR UPDATE; LOCK TABLE sessions")
                let locked = await #expect(throws: LedgerError.self) { try await house.token(of: alice) }
                #expect(locked?.reason?.contains("kept the database locked for too long") == true)
                // One reads and waits for the table; the others find no free connection.
                var reasons: [String] = []
                for _ in 0..<30 where !reasons.contains(where: { $0.contains("all 1 connections") }) {
                    reasons += await withTaskGroup(of: String?.self) { group in
                        for _ in 0..<3 {
                            group.addTask {
                                do throws(LedgerError) {
                                    _ = try await ledger.sessions(of: alice.id)
                                    return nil
                                } catch {
                                    return error.reason
                                }
                            }
                        }
                        return await group.reduce(into: []) { $0.append($1) }.compactMap { $0 }
                    }
                }
                #expect(reasons.contains { $0.contains("all 1 connections to PostgreSQL were in use") })
                #expect(ledger.failures[.writing] == 1)
                #expect(ledger.failures[.reading] == reasons.count)
                #expect(ledger.failures[.following] == 0)
                try other.execute("ROLLBACK")
                try await house.token(of: alice)
                #expect(notified.records.count == 1)
                await ledger.close()
            }
        }

        @Test(
            "losing the connection during a commit reports an uncertain change"
        )
        func lostAtCommit() async throws {
            try await PostgreSQLServer.withDatabase { address in
                let notified = Notifications()
                let ledger = try PostgreSQLLedger(PostgreSQLSettings(address), observer: notified.append)
                let house = House(ledger: ledger, notified: notified, folder: "")
                let alice = try await house.person("alice")
                try PostgreSQLConnection(address).execute(
                    """
                    CREATE FUNCTION leave() RETURNS trigger LANGUAGE plpgsql AS $$
                    BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;
                    CREATE CONSTRAINT TRIGGER leaving AFTER INSERT ON tokens DEFERRABLE INITIALLY DEFERRED
                    FOR EACH ROW EXECUTE FUNCTION leave()
                    """)
                let error = await #expect(throws: LedgerError.self) { try await house.token(of: alice) }
                guard case .uncertain(let reason) = error else {
                    Issue.record("it was notified something else: \(error.debugDescription)")
                    return
                }
                #expect(reason.contains("lost during the commit"))
                #expect(notified.records.count == 0)
                try await house.person("eve")
                await ledger.close()
            }
        }

        @Test("a closed ledger reports that, and a backup is left to PostgreSQL")
        func closed() async throws {
            try await PostgreSQLServer.withDatabase { address in
                let ledger = try PostgreSQLLedger(PostgreSQLSettings(address), observer: { _ in })
                let error = await #expect(throws: LedgerError.self) {
                    try await ledger.backup(to: "/nowhere")
                }
                #expect(error?.reason?.contains("pg_dump") == true)
                await ledger.close()
                let house = House(ledger: ledger, notified: Notifications(), folder: "")
                await #expect(throws: LedgerError.failed(reason: "the ledger is closed")) {
                    try await house.person("eve")
                }
                await #expect(throws: LedgerError.failed(reason: "the ledger is closed")) {
                    try await house.events()
                }
            }
        }

        @Test("it is current for a while after each confirmation, and not before the first")
        func staleness() {
            let staleness = Staleness(for: .seconds(10))
            #expect(!staleness.isCurrent && staleness.lag == nil)
            staleness.confirm(.now - .seconds(11))
            #expect(staleness.lag.map { $0 >= .seconds(11) && $0 < .seconds(60) } == true)
            #expect(!staleness.isCurrent)
            staleness.confirm(.now)
            staleness.confirm(.now - .seconds(60))
            #expect(staleness.isCurrent)
            #expect(staleness.lag.map { $0 < .seconds(10) } == true)
            #expect(Staleness.always.isCurrent && Staleness.always.lag == nil)
        }
    }
}
