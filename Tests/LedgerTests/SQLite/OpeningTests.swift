import Foundation
import SQL
import SQLite
import TestHouse
import Testing
import Tokens

@testable import Ledger
@testable import SQLLedger

@Suite("SQLite: opening") struct OpeningTests {
    @Test("an empty file becomes a ledger, and opening it again changes nothing")
    func reopening() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/jeton.db"
            #expect(FileManager.default.createFile(atPath: path, contents: Data()))
            let token = try await reopen(path) { house in try await house.token(of: house.person("alice")) }
            let schema = try schema(of: path)
            #expect(schema.version == Int64(SQLiteMigrations.steps.count))
            for _ in 0..<2 {
                #expect(try await reopen(path) { try await $0.ledger.token(token.id) } == token)
                #expect(try self.schema(of: path) == schema)
            }
        }
    }

    private struct Schema: Equatable {
        var version: Int64?
        var text: String?
    }

    private func schema(of path: String) throws -> Schema {
        let database = try Database(path: path)
        return Schema(
            version: try database.integer("PRAGMA user_version"),
            text: try database.text("SELECT group_concat(sql, ';') FROM sqlite_schema"))
    }

    @Test("each migration step runs once and completely")
    func steps() throws {
        let path = FileManager.default.temporaryDirectory.path + "/jeton-steps-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let database = try Database(path: path, creates: true)
        let good = ["CREATE TABLE a (x)", "INSERT INTO a VALUES (1)"]
        let bad = "INSERT INTO a VALUES (2); INSERT INTO missing VALUES (3)"
        #expect(throws: SQLiteError.self) { try SQLiteMigrations.run(on: database, steps: good + [bad]) }
        #expect(try database.integer("PRAGMA user_version") == 2)
        #expect(try database.integer("SELECT sum(x) FROM a") == 1)
        try SQLiteMigrations.run(on: database, steps: good + ["INSERT INTO a VALUES (4)"])
        try SQLiteMigrations.run(on: database, steps: good + ["INSERT INTO a VALUES (4)"])
        #expect(try database.integer("PRAGMA user_version") == 3)
        #expect(try database.integer("SELECT sum(x) FROM a") == 5)
    }

    @Test("groups from before provisioning count as claimed")
    func groupsFromBefore() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/jeton.db"
            do {
                let database = try Database(path: path, creates: true)
                try SQLiteMigrations.run(on: database, steps: Array(SQLiteMigrations.steps.prefix(2)))
                try database.execute(
                    """
                    INSERT INTO subjects (id, login, login_folded, name, name_folded, groups,
                        is_administrator, created_at)
                    VALUES (7, 'alice', 'alice', 'Alice', 'alice', '3:ops,', 0, 0)
                    """)
            }
            try await reopen(path) { house in
                let id = SubjectID(number: 7)
                let groups = try await house.ledger.groups(of: id)
                #expect(groups == GroupsByWay(claimed: ["ops"], provisioned: []))
                let person = try #require(try await house.ledger.person(id))
                #expect(person.subject.groups == ["ops"])
                #expect((person.details, person.revision) == (nil, 1))
            }
        }
    }

    @Test("a token from before addresses may be used from anywhere")
    func beforeAddresses() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/jeton.db"
            let database = try Database(path: path, creates: true)
            try SQLiteMigrations.run(
                on: database,
                steps: Array(SQLiteMigrations.steps.prefix { $0 != SQLiteMigrations.tokenAddresses }))
            try database.execute(
                """
                INSERT INTO subjects (id, login, login_folded, name, name_folded, groups, is_administrator, created_at)
                VALUES (1, 'alice', 'alice', 'Alice', 'alice', '', 0, 0);
                INSERT INTO tokens (id, owner, digest, name, name_folded, holds_name, scopes, created_at, origin)
                VALUES (2, 1, zeroblob(32), 'ci', 'ci', 1, 'git:read maven', 0, 'desk');
                """)
            let token = try #require(
                try await reopen(path) { try await $0.ledger.token(TokenID(number: 2)) })
            #expect(token.scopes.text == "git:read maven")
            #expect(token.addresses == [])
        }
    }

    @Test("the last sign-in from before this column comes from the events")
    func lastSignIns() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/jeton.db"
            // The file is closed before the ledger opens it.
            try { try beforeSignInsCounted(path) }()
            try await reopen(path) { house in
                let people = try await house.ledger.subjects(matching: nil)
                let moments = people.map { $0.lastSignInAt?.milliseconds }
                #expect(people.map(\.login.text) == ["alice", "bob", "carol"])
                #expect(moments == [700, 20, nil])
                var last: [Int64?] = []
                for person in people {
                    last.append(try await house.ledger.signInWays(of: person.id).last?.at.milliseconds)
                }
                #expect(last == [700, nil, 800])
            }
        }
    }

    /// A file with alice and bob, who come from a provider, and carol, who has a password.
    private func beforeSignInsCounted(_ path: String) throws {
        let database = try Database(path: path, creates: true)
        try SQLiteMigrations.run(on: database, steps: Array(SQLiteMigrations.steps.prefix(2)))
        for (id, login) in [(1, "alice"), (2, "bob"), (3, "carol")] {
            try database.execute(
                """
                INSERT INTO subjects (id, login, login_folded, name, name_folded, groups, is_administrator,
                    created_at) VALUES (\(id), '\(login)', '\(login)', 'x', 'x', '', 0, \(id * 10))
                """)
        }
        try database.execute("INSERT INTO identities VALUES ('i', 'a', 1), ('i', 'b', 2)")
        for (id, at, kind, subject) in [
            (1, 500, "signed_in", 1), (2, 700, "signed_in", 1), (3, 900, "signed_out", 1),
            (4, 800, "signed_in", 3),
        ] {
            try database.execute(
                """
                INSERT INTO events (id, at, kind, subject, address, detail)
                VALUES (\(id), \(at), '\(kind)', \(subject), '', '')
                """)
        }
    }

    @Test("a file of a later version is left alone")
    func tooNew() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/jeton.db"
            try await reopen(path) { _ in }
            try Database(path: path).execute("PRAGMA user_version = 99; CREATE TABLE of_the_future (x)")
            #expect(failure(opening: path) == .tooNew(version: 99, known: SQLiteMigrations.steps.count))
            #expect(try Database(path: path).integer("PRAGMA user_version") == 99)
        }
    }

    @Test("many processes that open a new file at once all find a complete ledger", arguments: 0..<5)
    func startingTogether(round: Int) async throws {
        try await withTemporaryFolder { (folder) async throws -> Void in
            let path = folder + "/jeton.db"
            let failures = await withTaskGroup(of: LedgerError?.self) { group in
                for _ in 0..<8 {
                    // Opening blocks, so each has a thread of its own.
                    group.addTask {
                        await withCheckedContinuation { continuation in
                            Thread.detachNewThread { continuation.resume(returning: failure(opening: path)) }
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }.compactMap { $0 }
            }
            #expect(failures == [])
            #expect(try Database(path: path).text("PRAGMA integrity_check") == "ok")
        }
    }

    @Test(
        "only the owner can read the files, from the first moment and after a restore with wide permissions")
    func modes() async throws {
        try await withSQLiteLedger { house, ledger, path in
            try await house.person("alice")
            for file in ["", "-wal", "-shm"] { #expect(try mode(of: path + file) == 0o600) }
            await ledger.close()
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
            try await reopen(path) { house in
                try await house.person("bob")
                for file in ["", "-wal", "-shm"] { #expect(try mode(of: path + file) == 0o600) }
            }
        }
    }

    @Test("commits wait for the disk, and foreign keys are checked")
    func pragmas() async throws {
        try await withSQLiteLedger { _, ledger, _ in
            for (pragma, value) in [
                ("synchronous", 2), ("foreign_keys", 1), ("secure_delete", 1), ("trusted_schema", 0),
                ("busy_timeout", 10_000),
            ] as [(String, Int64)] {
                let read = try await ledger.read { try $0.integer("PRAGMA \(pragma)") }
                let written = try await ledger.write { try $0.database.integer("PRAGMA \(pragma)") }
                #expect([read, written] == [value, value], "\(pragma)")
            }
            #expect(try await ledger.write { try $0.database.text("PRAGMA journal_mode") } == "wal")
            #expect(try await ledger.read { try $0.integer("PRAGMA query_only") } == 1)
        }
    }
}
