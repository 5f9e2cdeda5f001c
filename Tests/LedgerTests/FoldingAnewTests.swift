import PostgreSQL
import SQL
import SQLite
import Testing
import Tokens

@testable import Ledger
@testable import SQLLedger

/// What a ledger of an older folding holds, and what has become of it.
private enum Older {
    /// Five people, of whom two and then two more are one by the present folding, and one whose account has
    /// ended; two live tokens whose names are one.
    static let rows = """
        INSERT INTO subjects (id, login, login_folded, name, name_folded, email, email_folded, groups,
            is_administrator, created_at, ended_at) VALUES
            (1, 'kim', 'kim', 'Kim', 'kim', NULL, NULL, '', 0, 0, NULL),
            (2, '\u{212A}im', '\u{212A}im', 'Zoe\u{308}', 'Zoe\u{308}', 'Zoe\u{308}@b', 'Zoe\u{308}@b', '', 0, 0, NULL),
            (3, 'Zoe\u{308}', 'zoe\u{308}', 'x', 'x', NULL, NULL, '', 0, 0, NULL),
            (4, 'zoë', 'zoë', 'x', 'x', NULL, NULL, '', 0, 0, NULL),
            (5, 'E\u{301}mile', 'e\u{301}mile', 'x', 'x', NULL, NULL, '', 0, 0, NULL),
            (6, 'é', 'é 6', 'x', 'x', NULL, NULL, '', 0, 0, 1);
        INSERT INTO provisioned_groups (id, name, name_folded, created_at, modified_at)
            VALUES (1, 'E\u{301}', 'e\u{301}', 0, 0);
        INSERT INTO tokens (id, owner, digest, name, name_folded, holds_name, scopes, created_at, origin) VALUES
            (1, 1, DIGEST1, 'é', 'é', 1, '', 0, 'desk'), (2, 1, DIGEST2, 'e\u{301}', 'e\u{301}', 1, '', 0, 'desk'),
            (3, 5, DIGEST3, 'e\u{301}', 'e\u{301}', 1, '', 0, 'desk');
        """

    static func rows(digest: (String) -> String) -> String {
        (1...3).reduce(rows) { $0.replacing("DIGEST\($1)", with: digest("0\($1)")) }
    }

    static func expectFolded(_ ledger: any Ledger) async throws {
        func id(_ login: String) async throws -> Int64? {
            try await ledger.subject(login: Login(login))?.id.number
        }
        // Each is found by its own spelling, and of the others nobody.
        #expect(try await [id("kim"), id("\u{212A}im"), id("KIM")] == [1, 2, nil])
        #expect(try await [id("Zoe\u{308}"), id("zoë"), id("ZOË")] == [3, 4, nil])
        #expect(try await [id("émile"), id("ÉMILE"), id("E\u{301}MILE"), id("é")] == [5, 5, 5, nil])
        #expect(try await ledger.subjectsSharingLogin().map(\.id.number) == [1, 2, 3, 4])
        #expect(try await ledger.subjects(matching: "zoë@").map(\.id.number) == [2])
        #expect(try await ledger.groups(.name("É")).map(\.id.number) == [1])
        let now = Timestamp.noon
        let owner = SubjectID(number: 1)
        let tokens = try await ledger.tokens(TokenQuery(owner: owner, states: [.active], now: now, limit: 9))
        #expect(tokens.map(\.token.id.number) == [2, 1])

        // Nobody new gets the login, those who have it can be changed, and the last who has it is alone.
        let kim = try #require(try await ledger.subject(SubjectID(number: 2)))
        await #expect(throws: LedgerError.loginTaken) {
            let other = Subject(id: .next(at: now), login: try Login("Kim"), createdAt: now)
            try await ledger.add(other, event: .note(.subjectAdded))
        }
        var profile = Profile(kim)
        profile.name = "Kim II"
        #expect(try await ledger.update(kim.id, to: profile, event: .note(.subjectChanged)).name == "Kim II")
        #expect(try await [id("kim"), id("\u{212A}im")] == [1, 2])
        profile.login = try Login("kim2")
        try await ledger.update(kim.id, to: profile, event: .note(.subjectChanged))
        #expect(try await [id("kim"), id("KIM"), id("\u{212A}im"), id("kim2")] == [1, 1, 1, 2])
        #expect(try await ledger.subjectsSharingLogin().map(\.id.number) == [3, 4])
    }
}

@Suite("What an older folding left is folded anew")
struct FoldingAnewTests {
    @Test("in SQLite", .enabled(if: !Engine.isPostgreSQLTested))
    func sqlite() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/jeton.db"
            try {
                let database = try Database(path: path, creates: true)
                try SQLiteMigrations.run(
                    on: database, steps: Array(SQLiteMigrations.steps.prefix { $0 != FoldingAnew.step }))
                try database.execute(
                    Older.rows { "CAST(x'\(String(repeating: "0", count: 62))\($0)' AS BLOB)" })
            }()
            try await reopen(path) { try await Older.expectFolded($0.ledger) }
        }
    }
}

extension OnPostgreSQL {
    @Suite("What an older folding left is folded anew")
    struct Folding {
        @Test("in PostgreSQL")
        func postgreSQL() async throws {
            try await PostgreSQLServer.withDatabase(hasTables: false) { address in
                let connection = try PostgreSQLConnection(address)
                try PostgreSQLMigrations.run(
                    on: connection,
                    steps: Array(PostgreSQLMigrations.steps.prefix { $0 != FoldingAnew.step }))
                try connection.execute(Older.rows { "decode(repeat('00', 31) || '\($0)', 'hex')" })
                let ledger = try PostgreSQLLedger(PostgreSQLSettings(address)) { _ in }
                try await Older.expectFolded(ledger)
                await ledger.close()
            }
        }
    }
}
