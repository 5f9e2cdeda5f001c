import PostgreSQL
import SQL
import Testing

extension OnPostgreSQL {
    @Suite("Connections") struct ConnectionTests {
        @Test("values are read as they were bound, by position and by number")
        func values() async throws {
            try await PostgreSQLServer.withDatabase { address in
                let connection = try PostgreSQLConnection(address)
                try connection.execute("CREATE TABLE t (n BIGINT, s TEXT, b BYTEA, is_so BOOLEAN)")
                let insert = try connection.statement(
                    "INSERT INTO t VALUES (?1, ?2, ?3, ?1 > CAST(0 AS BIGINT))")
                let bytes: [UInt8] = [0, 255, 10, 39, 92]
                for (number, text) in [(Int64.min, "Zoë's \\ “?1” \n"), (.max, ""), (0, "nul \u{0}")] {
                    #expect(try insert.run(number, text, bytes) == 1)
                }
                try insert.run(nil, nil, nil)
                let rows = try connection.statement("SELECT *, '?' FROM t ORDER BY n").all([]) { row in
                    (row.isNull(0), row.integer(0), row.text(1), row.bytes(2), row.integer(3), row.text(4))
                }
                #expect(rows.map(\.0) == [false, false, false, true])
                #expect(rows.map(\.1) == [.min, 0, .max, 0])
                #expect(rows.map(\.2) == ["Zoë's \\ “?1” \n", "nul \u{FFFD}", "", ""])
                #expect(rows.map(\.3) == [bytes, bytes, bytes, []])
                #expect(rows.map(\.4) == [0, 0, 1, 0])
                #expect(rows.allSatisfy { $0.5 == "?" })
            }
        }

        @Test("of many statements, the server keeps those that were used last")
        func manyStatements() async throws {
            try await PostgreSQLServer.withDatabase { address in
                let connection = try PostgreSQLConnection(address, statements: 3)
                let prepared = "SELECT count(*) FROM pg_prepared_statements"
                let held = try connection.statement("SELECT CAST(? AS TEXT)")
                #expect(try held.first("a") { $0.text(0) } == "a")
                for number in 0..<20 {
                    let statement = try connection.statement("SELECT \(number)")
                    #expect(try statement.first { $0.integer(0) } == Int64(number))
                }
                #expect(try connection.integer(prepared) == 3)
                // It is forgotten, and works all the same, also beside its successor.
                #expect(try held.first("b") { $0.text(0) } == "b")
                #expect(try connection.statement("SELECT CAST(? AS TEXT)").first("c") { $0.text(0) } == "c")
                #expect(try held.first("d") { $0.text(0) } == "d")
                #expect(try connection.integer(prepared) == 3)
            }
        }

        @Test("of many statements, none is forgotten in a transaction that has failed")
        func manyStatementsAfterAnError() async throws {
            try await PostgreSQLServer.withDatabase { address in
                let connection = try PostgreSQLConnection(address, statements: 2)
                for number in 0..<2 { try connection.statement("SELECT \(number)").run() }
                try connection.execute("BEGIN")
                #expect(throws: PostgreSQLError.self) { try connection.execute("SELECT 1 / 0") }
                #expect(throws: PostgreSQLError.self) { try connection.statement("SELECT 2").run() }
                connection.rollBack()
                for number in 0..<4 {
                    #expect(
                        try connection.statement("SELECT \(number)").first { $0.integer(0) } == Int64(number))
                }
                #expect(try connection.integer("SELECT count(*) FROM pg_prepared_statements") == 2)
            }
        }

        @Test("an error has its code and kind, and no value of a row")
        func errors() async throws {
            try await PostgreSQLServer.withDatabase { address in
                let connection = try PostgreSQLConnection(address)
                let missing = #expect(throws: PostgreSQLError.self) {
                    try connection.execute("SELECT * FROM missing")
                }
                #expect(
                    missing?.description == #"PostgreSQL: relation "missing" does not exist (SQLSTATE 42P01)"#
                )
                try connection.execute("CREATE TABLE t (s TEXT PRIMARY KEY)")
                let insert = try connection.statement("INSERT INTO t VALUES (?)")
                try insert.run("s3cret")
                let twice = #expect(throws: PostgreSQLError.self) { try insert.run("s3cret") }
                #expect(twice?.sqlState == "23505")
                #expect(twice?.description.contains("s3cret") == false)
                // The connection still works.
                #expect(try connection.integer("SELECT count(*) FROM t") == 1)
            }
        }

        @Test("a transaction that has failed does not commit")
        func failedTransaction() async throws {
            try await PostgreSQLServer.withDatabase { address in
                let connection = try PostgreSQLConnection(address)
                try connection.execute("BEGIN")
                #expect(throws: PostgreSQLError.self) { try connection.execute("SELECT 1 / 0") }
                #expect(throws: PostgreSQLError.self) { try connection.commit() }
                #expect(!connection.isInTransaction && !connection.isLost)
            }
        }

        @Test("a late answer loses the connection, and so does an interrupted one")
        func lost() async throws {
            try await PostgreSQLServer.withDatabase { address in
                let slow = try PostgreSQLConnection(address, timeout: .milliseconds(100))
                let error = #expect(throws: PostgreSQLError.self) { try slow.execute("SELECT pg_sleep(60)") }
                #expect(error?.kind == .connectionLost && slow.isLost)
                let cut = try PostgreSQLConnection(address)
                try PostgreSQLServer.shared.cutConnections(to: address)
                #expect(throws: PostgreSQLError.self) { try cut.execute("SELECT 1") }
                #expect(cut.isLost)
            }
        }
    }
}
