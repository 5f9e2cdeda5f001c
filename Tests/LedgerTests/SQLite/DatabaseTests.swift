import Foundation
import SQL
import SQLite
import Testing

@Suite("SQLite: the wrapper") struct DatabaseTests {
    private func withDatabase(_ body: (Database) throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let database = try Database(path: folder + "/test.db", creates: true)
            try database.execute("CREATE TABLE t (x)")
            try body(database)
        }
    }

    @Test("values are read as they were bound")
    func values() async throws {
        try await withDatabase { database in
            let insert = try database.statement("INSERT INTO t VALUES (?) RETURNING x")
            for number in [0, 1, -1, .max, .min] as [Int64] {
                #expect(try insert.first(number) { $0.integer(0) } == number)
            }
            for text in ["", "a", "ü“\u{0}”\u{1F600}", String(repeating: "long ", count: 10_000)] {
                #expect(try insert.first(text) { $0.text(0) } == text)
            }
            for bytes in [[], [0], Array(0...255)] as [[UInt8]] {
                #expect(try insert.first(bytes) { $0.bytes(0) } == bytes)
            }
            #expect(try insert.first(nil) { $0.isNull(0) } == true)
            #expect(try insert.first(true) { $0.integer(0) } == 1)
        }
    }

    @Test("of many statements, those that were used last stay prepared")
    func manyStatements() async throws {
        try await withTemporaryFolder { folder in
            let database = try Database(path: folder + "/test.db", creates: true, statements: 3)
            let held = try database.statement("SELECT 0, ?")
            let often = "SELECT 1, ?"
            for number in 2..<50 {
                #expect(try database.statement(often).first("a") { $0.text(1) } == "a")
                #expect(try database.statement("SELECT \(number)").first { $0.integer(0) } == Int64(number))
            }
            // The three, and the one that this test holds.
            #expect(database.preparedCount == 4)
            let kept = try database.statement(often)
            #expect(kept === (try database.statement(often)))
            #expect(try held.first("b") { $0.text(1) } == "b")
        }
    }

    @Test("earlier values are cleared")
    func unbound() async throws {
        try await withDatabase { database in
            let select = try database.statement("SELECT ?")
            #expect(try select.first("once") { $0.text(0) } == "once")
            #expect(try select.first { $0.isNull(0) } == true)
        }
    }

    @Test("a transaction that throws is rolled back")
    func rollBack() async throws {
        try await withDatabase { (database) throws -> Void in
            #expect(throws: CancellationError.self) {
                try database.transaction(.write) {
                    try database.statement("INSERT INTO t VALUES (1)").run()
                    throw CancellationError()
                }
            }
            #expect(!database.isInTransaction)
            #expect(try database.integer("SELECT count(*) FROM t") == 0)
            #expect(
                try database.transaction(.write) { try database.statement("INSERT INTO t VALUES (?)").run(1) }
                    == 1)
            #expect(try database.integer("SELECT count(*) FROM t") == 1)
        }
    }

    @Test("errors contain SQLite's message and code")
    func errors() async throws {
        try await withDatabase { database in
            let error = #expect(throws: SQLiteError.self) { try database.execute("SELECT * FROM missing") }
            #expect(error.map { "\($0)" } == "no such table: missing (SQLite code 1)")
            #expect(throws: SQLiteError.self) { try database.statement("SELECT ?").run(1, 2) }
        }
    }
}
