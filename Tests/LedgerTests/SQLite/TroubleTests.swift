import Foundation
import SQL
import SQLite
import TestHouse
import Testing
import Tokens

@testable import Ledger
@testable import SQLLedger

@Suite("SQLite: failures") struct TroubleTests {
    @Test("a file of another kind is refused with a clear message, and not touched")
    func foreignFiles() async throws {
        try await withTemporaryFolder { folder in
            let text = folder + "/notes.txt"
            let content = Data(String(repeating: "These are my notes. ", count: 1000).utf8)
            try content.write(to: URL(fileURLWithPath: text))
            #expect(failure(opening: text)?.reason?.contains("not a database") == true)
            #expect(try Data(contentsOf: URL(fileURLWithPath: text)) == content)

            let other = folder + "/other.db"
            try Database(path: other, creates: true).execute("CREATE TABLE theirs (x)")
            #expect(failure(opening: other)?.reason?.contains("another program") == true)

            // In an encoding that somebody chose while it was empty.
            let wide = folder + "/wide.db"
            let database = try Database(path: wide, creates: true)
            try database.execute("PRAGMA encoding = 'UTF-16le'; CREATE TABLE x (y); DROP TABLE x")
            #expect(failure(opening: wide)?.reason?.contains("encoding is UTF-16le") == true)

            #expect(failure(opening: folder + "/missing/jeton.db")?.reason?.contains("No such file") == true)
            let before = try mode(of: folder)
            #expect(failure(opening: folder)?.reason?.contains("not a regular file") == true)
            #expect(try mode(of: folder) == before)
        }
    }

    @Test("damaged pages give errors and never a crash", arguments: 0..<20)
    func damaged(seed: Int) async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/jeton.db"
            let token = try await reopen(path) { house in
                let alice = try await house.person("alice")
                for index in 0..<50 { try await house.token("t\(index)", of: alice) }
                return try await house.token("last", of: alice)
            }
            var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            // A page or two of garbage, but not the first: that is the case above.
            var random = Seeded(state: UInt64(seed))
            for _ in 0..<2 {
                let page = Int.random(in: 1..<bytes.count / 4096, using: &random)
                for offset in 0..<4096 where seed % 2 == 0 || offset % 7 == 0 {
                    bytes[page * 4096 + offset] = UInt8.random(in: 0...255, using: &random)
                }
            }
            try bytes.write(to: URL(fileURLWithPath: path))
            do {
                try await reopen(path) { house in
                    _ = try? await house.loaded()
                    _ = try? await house.ledger.tokens(TokenQuery(now: .noon))
                    _ = try? await house.ledger.token(token.id)
                    _ = try? await house.revoke(token, at: .noon)
                    _ = try? await house.events()
                    try await house.ledger.sweep(at: .noon)
                }
            } catch let error as LedgerError {
                #expect(error.reason?.isEmpty == false)
            }
        }
    }

    @Test("a file cut short gives an error")
    func truncated() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/jeton.db"
            try await reopen(path) { house in
                let alice = try await house.person("alice")
                for index in 0..<50 { try await house.token("t\(index)", of: alice) }
            }
            let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            try bytes.prefix(bytes.count / 2).write(to: URL(fileURLWithPath: path))
            let error = await #expect(throws: LedgerError.self) {
                try await reopen(path) { _ = try await $0.loaded() }
            }
            #expect(error?.reason?.contains("malformed") == true)
        }
    }

    @Test("waiting too long for another process is an error, and changes nothing")
    func busyForTooLong() async throws {
        try await withSQLiteLedger(busyTimeout: 50) { house, _, path in
            let alice = try await house.person("alice")
            let other = try Database(path: path)
            try other.execute("BEGIN IMMEDIATE")
            // Reading is still possible.
            #expect(try await house.ledger.subject(alice.id) == alice)
            await #expect(
                throws: LedgerError.failed(
                    reason: "another process has kept the database locked for too long (SQLite code 5)")
            ) { try await house.token(of: alice) }
            try other.execute("ROLLBACK")
            try await house.token(of: alice)
            #expect(house.notified.records.count == 1)
            #expect(house.ledger.failures[.writing] == 1)
            #expect(house.ledger.failures[.reading] == 0)
        }
    }

    @Test("another process that writes for a moment is waited for")
    func busyForAMoment() async throws {
        try await withSQLiteLedger { house, _, path in
            let alice = try await house.person("alice")
            // Not Foundation's `Process`, which ends a process that has many files open.
            let answers = path + ".answers"
            let shell = try #require(popen("sqlite3 -batch '\(path)' > '\(answers)'", "w"))
            fputs("BEGIN IMMEDIATE; SELECT 'locked';\n", shell)
            fflush(shell)
            func answer() -> Data? { FileManager.default.contents(atPath: answers) }
            for _ in 0..<4000 where answer()?.isEmpty != false {
                try await Task.sleep(for: .milliseconds(5))
            }
            #expect(answer() == Data("locked\n".utf8))
            async let token = house.token(of: alice)
            // Long enough for the ledger to meet the lock, in SQLite's own time.
            let slow = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 2000000)"
            fputs("\(slow) SELECT count(*) FROM n; COMMIT;\n", shell)
            fflush(shell)
            #expect(try await house.ledger.token(token.id) != nil)
            #expect(pclose(shell) == 0)
        }
    }

    @Test("a full disk is reported, undoes nothing that was acknowledged, and can end")
    func diskFull() async throws {
        try await withSQLiteLedger { house, ledger, path in
            let alice = try await house.person("alice")
            try await ledger.write { transaction in
                let pages = try transaction.database.integer("PRAGMA page_count") ?? 0
                _ = try transaction.database.integer("PRAGMA max_page_count = \(pages + 4)")
            }
            var (kept, failed) = (Set<TokenID>(), 0)
            await withTaskGroup(of: Result<Token, any Error>.self) { group in
                for index in 0..<400 {
                    group.addTask {
                        do { return .success(try await house.token("t\(index)", of: alice)) } catch {
                            return .failure(error)
                        }
                    }
                }
                for await outcome in group {
                    switch outcome {
                    case .success(let token): kept.insert(token.id)
                    case .failure(let error):
                        failed += 1
                        #expect((error as? LedgerError)?.reason?.contains("full") == true)
                    }
                }
            }
            #expect(failed > 0)
            #expect(Set(house.notified.records.map(\.id)) == kept)
            #expect(try await house.loaded().ids == kept)
            _ = try await ledger.write { try $0.database.integer("PRAGMA max_page_count = 1000000") }
            let token = try await house.token("after", of: alice)
            #expect(try await house.revoke(token, at: .noon).revocation != nil)
            #expect(try Database(path: path).text("PRAGMA integrity_check") == "ok")
        }
    }

    @Test("a change that fails does not affect others in its transaction")
    func sharedTransaction() async throws {
        try await withSQLiteLedger { house, ledger, path in
            let alice = try await house.person("alice")
            try await house.token("taken", of: alice)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<200 {
                    group.addTask {
                        if index.isMultiple(of: 3) {
                            await #expect(throws: LedgerError.nameTaken) {
                                try await house.token("taken", of: alice)
                            }
                        } else {
                            try await house.token("t\(index)", of: alice)
                        }
                    }
                }
                try await group.waitForAll()
            }
            let created = try await house.events().filter { $0.kind == .tokenCreated }
            #expect(created.count == 1 + 133)
            #expect(try await house.loaded().ids == Set(created.compactMap(\.token)))
            let broken = try await ledger.read {
                try $0.integer("SELECT count(*) FROM pragma_foreign_key_check")
            }
            #expect(broken == 0)
        }
    }

    @Test("a closed ledger reports that")
    func closed() async throws {
        try await withSQLiteLedger { house, ledger, _ in
            await ledger.close()
            await #expect(throws: LedgerError.failed(reason: "the ledger is closed")) {
                try await house.person("eve")
            }
            await #expect(throws: LedgerError.failed(reason: "the ledger is closed")) {
                try await house.events()
            }
        }
    }
}
