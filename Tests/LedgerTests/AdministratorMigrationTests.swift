import PostgreSQL
import SQL
import SQLite
import Testing
import Tokens

@testable import Ledger
@testable import SQLLedger

/// What a ledger from before it remembered administrators holds, and what has become of it.
private enum Before {
    static let rows = """
        INSERT INTO subjects (id, login, login_folded, name, name_folded, email, email_folded, groups,
            is_administrator, created_at, details, last_sign_in_at, ended_at) VALUES
            (1, 'bob', 'bob', 'Bob', 'bob', 'Bob@b', 'bob@b', '', 0, 0, NULL, NULL, NULL)MORE;
        INSERT INTO passwords (subject, hash) VALUES (1, 'hash');
        """

    /// What is known of who administered, with one more account beside one that never did.
    static let cases: [(more: String, state: AdministrationState)] = [
        ("", .neverAdministered),
        (", (2, 'a', 'a', 'A', 'a', NULL, NULL, '', 0, 0, NULL, NULL, NULL)", .neverAdministered),
        (", (2, 'a', 'a', 'A', 'a', NULL, NULL, '', 1, 0, NULL, 5, NULL)", .administered),
        // Who has no password and no provider could not sign in.
        (", (2, 'a', 'a', 'A', 'a', NULL, NULL, '', 1, 0, NULL, NULL, NULL)", .noLongerAdministered),
        (", (2, 'a', 'a:2', 'A', 'a', NULL, NULL, '', 0, 0, NULL, NULL, 9)", .noLongerAdministered),
        (", (2, 'a', 'a', 'A', 'a', NULL, NULL, '', 0, 0, '{}', NULL, NULL)", .noLongerAdministered),
        (", (2, 'a', 'a', 'A', 'a', NULL, NULL, '', 0, 0, NULL, 5, NULL)", .noLongerAdministered),
    ]

    static func expect(_ ledger: any Ledger, _ state: AdministrationState) async throws {
        #expect(try await ledger.administration() == state)
        #expect(try await ledger.subject(signingInAs: "BOB@b")?.id.number == 1)
    }
}

@Suite("A ledger from before administrators were remembered")
struct AdministratorMigrationTests {
    @Test("in SQLite", .enabled(if: !Engine.isPostgreSQLTested))
    func sqlite() async throws {
        for (more, state) in Before.cases {
            try await withTemporaryFolder { folder in
                let path = folder + "/jeton.db"
                try {
                    let database = try Database(path: path, creates: true)
                    try SQLiteMigrations.run(
                        on: database,
                        steps: Array(SQLiteMigrations.steps.prefix { $0 != SQLiteMigrations.administrators }))
                    try database.execute(Before.rows.replacing("MORE", with: more))
                }()
                try await reopen(path) { try await Before.expect($0.ledger, state) }
            }
        }
    }
}

extension OnPostgreSQL {
    @Suite("A ledger from before administrators were remembered")
    struct AdministratorMigration {
        @Test("in PostgreSQL")
        func postgreSQL() async throws {
            for (more, state) in Before.cases {
                try await PostgreSQLServer.withDatabase(hasTables: false) { address in
                    let connection = try PostgreSQLConnection(address)
                    try PostgreSQLMigrations.run(
                        on: connection,
                        steps: Array(
                            PostgreSQLMigrations.steps.prefix { $0 != PostgreSQLMigrations.administrators }))
                    try connection.execute(Before.rows.replacing("MORE", with: more))
                    let ledger = try PostgreSQLLedger(PostgreSQLSettings(address)) { _ in }
                    try await Before.expect(ledger, state)
                    await ledger.close()
                }
            }
        }
    }
}
