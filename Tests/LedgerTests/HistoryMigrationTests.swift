import PostgreSQL
import SQL
import SQLite
import Testing
import Tokens

@testable import Ledger
@testable import SQLLedger

/// A ledger from before the history of uses, and the history that it gets.
private enum Before {
    static let rows = """
        INSERT INTO subjects (id, login, login_folded, name, name_folded, groups, is_administrator, created_at)
            VALUES (1, 'bob', 'bob', 'Bob', 'bob', '', 0, 0);
        INSERT INTO tokens (id, owner, digest, name, name_folded, holds_name, scopes, created_at, origin) VALUES
            (7, 1, DIGEST, 'CI', 'ci', 1, '', 0, 'desk');
        INSERT INTO uses (token, day, service, address, client, count, last_at) VALUES
            (7, 20000, 'git', 'a', 'Git', 3, 1728010800000),
            (7, 20000, 'git', 'b', 'Git', 4, 1728014399999),
            (7, 20000, 'git', 'b', 'curl', 5, 1728082800000),
            (7, 20000, 'maven', 'a', 'Maven', 9, 1728000000000),
            (7, 20001, 'git', 'a', 'Git', 1, 1728172799999);
        """

    /// Checks the history, and that what is counted later joins it.
    static func expect(_ ledger: any Ledger) async throws {
        func day(_ day: Int64, _ service: String, _ count: Int, _ hours: Int...) -> UseDay {
            UseDay(
                day: day, service: service, count: count,
                hours: UseHours(hours.map(UseHours.init(hour:)) + [.incomplete]))
        }
        let token = TokenID(number: 7)
        let moment = Timestamp(milliseconds: 20001 * 86_400_000 + 5 * 3_600_000)
        try await ledger.record([
            Use(secret: token.firstSecret, service: "git", address: "", client: "", lastAt: moment, count: 2)
        ])
        #expect(
            try await ledger.history(of: token, since: .init(milliseconds: 0)) == [
                day(20000, "git", 12, 3, 23), day(20000, "maven", 9, 0), day(20001, "git", 3, 5, 23),
            ])
    }
}

@Suite("A ledger from before the history of uses")
struct HistoryMigrationTests {
    @Test("in SQLite", .enabled(if: !Engine.isPostgreSQLTested))
    func sqlite() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/jeton.db"
            try {
                let database = try Database(path: path, creates: true)
                try SQLiteMigrations.run(
                    on: database,
                    steps: Array(SQLiteMigrations.steps.prefix { $0 != SQLiteMigrations.useDays })
                )
                try database.execute(Before.rows.replacing("DIGEST", with: "zeroblob(32)"))
            }()
            try await reopen(path) { try await Before.expect($0.ledger) }
        }
    }
}

extension OnPostgreSQL {
    @Suite("A ledger from before the history of uses")
    struct HistoryMigration {
        @Test("in PostgreSQL")
        func postgreSQL() async throws {
            try await PostgreSQLServer.withDatabase(hasTables: false) { address in
                let connection = try PostgreSQLConnection(address)
                try PostgreSQLMigrations.run(
                    on: connection,
                    steps: Array(PostgreSQLMigrations.steps.prefix { $0 != PostgreSQLMigrations.useDays }))
                try connection.execute(
                    Before.rows.replacing("DIGEST", with: "decode(repeat('00', 32), 'hex')"))
                let ledger = try PostgreSQLLedger(.few(address), observer: { _ in })
                try await Before.expect(ledger)
                await ledger.close()
            }
        }
    }
}
