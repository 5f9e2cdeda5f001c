internal import PostgreSQL
internal import SQL
internal import Tokens

/// The steps from an empty database to the present tables; step n takes those of version n to n + 1.
///
/// **Append only**: a step that was ever released has run somewhere and never changes. While one runs, nodes
/// of the version before may still serve: a step takes nothing away that they use.
enum PostgreSQLMigrations {
    static let steps = [schema1, marks, FoldingAnew.step, exchangePlaces, releases, administrators] + next

    /// How long a node that starts waits for another that migrates.
    static let patience = TimeSpan.minutes(10)

    /// Names the lock that nodes wait for which start together; any number that nobody else uses.
    private static let lock = 0x6A65_746F_6E00_0001

    /// How long a step waits for a table that others use, and how long it then lets them go first.
    private static let turn = TimeSpan.seconds(1)

    /// Takes the database to the present tables, each step a transaction of its own. A node that starts at
    /// the same time waits for the lock and then finds the work done.
    ///
    /// Whoever asks for a table that a step waits for waits behind it, which would be all nodes while
    /// somebody makes a dump. So a step waits for a moment only, and begins again after another.
    static func run(
        on connection: PostgreSQLConnection, makesTables: Bool = true, steps: [String] = steps
    ) throws {
        try refuseOtherEncodings(connection)
        let end = ContinuousClock.now + .milliseconds(patience.milliseconds)
        var version = 0
        repeat {
            try connection.execute(
                "BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED READ WRITE;"
                    + " SET LOCAL statement_timeout = \(patience.milliseconds);"
                    + " SELECT pg_advisory_xact_lock(\(lock));"
                    + " SET LOCAL lock_timeout = \(turn.milliseconds)")
            do {
                version = try step(on: connection, makesTables: makesTables, steps: steps)
                try connection.commit()
            } catch let error as PostgreSQLError where error.kind == .busy && ContinuousClock.now < end {
                connection.rollBack()
                try connection.execute("SELECT pg_sleep(\(turn.seconds))")
            } catch {
                connection.rollBack()
                throw error
            }
        } while version < steps.count
    }

    private static func step(
        on connection: PostgreSQLConnection, makesTables: Bool, steps: [String]
    ) throws -> Int {
        let isOurs = try connection.integer(
            "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'schema_version'"
        )
        if isOurs == 0 {
            try refuseForeign(connection)
            guard makesTables else {
                throw LedgerError.failed(
                    reason:
                        "there is no ledger in that database: name the right one, start `jeton serve` on it once, "
                        + "or make it by `jeton user add --create-ledger`")
            }
            try connection.execute(
                "CREATE TABLE schema_version (version BIGINT NOT NULL); INSERT INTO schema_version VALUES (0)"
            )
        }
        let version = Int(try connection.integer("SELECT version FROM schema_version") ?? 0)
        guard version <= steps.count else { throw LedgerError.tooNew(version: version, known: steps.count) }
        guard version < steps.count else { return version }
        try connection.execute(steps[version])
        if steps[version] == FoldingAnew.step { try FoldingAnew.run(on: connection) }
        try connection.execute("UPDATE schema_version SET version = \(version + 1)")
        return version + 1
    }

    /// People's names are of all scripts: in any other encoding the first one that it has no letter for fails, or, in
    /// `SQL_ASCII`, nobody checks what is written.
    private static func refuseOtherEncodings(_ connection: PostgreSQLConnection) throws {
        let (kept, sent) = (connection.serverEncoding, connection.clientEncoding)
        guard kept == "UTF8" else {
            throw LedgerError.failed(
                reason:
                    "the database's encoding is \(kept), and has to be UTF8: make one by CREATE DATABASE name "
                    + "ENCODING 'UTF8' LOCALE 'C.UTF-8' TEMPLATE template0")
        }
        guard sent == "UTF8" else {
            throw LedgerError.failed(
                reason:
                    "the connection's client_encoding is \(sent), and has to be UTF8: let no pooler set another"
            )
        }
    }

    private static func refuseForeign(_ connection: PostgreSQLConnection) throws {
        let theirs = try connection.integer(
            "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()")
        guard theirs == 0 else {
            throw LedgerError.failed(
                reason:
                    "the database holds tables of something else than Jeton: make one for it (CREATE DATABASE)"
            )
        }
    }

    /// As SQLite's tables are after all of their steps, whose comments hold here, too. Texts sort and compare
    /// by their bytes, as there. `change_head` is the one row that counts the changes, under which all writing
    /// is done; `changes` says which records they were of. Under the row `use_head` uses are counted.
    private static let schema1 = """
        CREATE TABLE change_head (
            id BIGINT PRIMARY KEY CHECK (id = 1),
            number BIGINT NOT NULL
        );
        INSERT INTO change_head VALUES (1, 0);
        CREATE TABLE changes (
            number BIGINT PRIMARY KEY,
            kind TEXT COLLATE "C" NOT NULL,
            id BIGINT NOT NULL,
            at TIMESTAMPTZ NOT NULL DEFAULT now()
        );
        CREATE INDEX changes_by_time ON changes (at);
        CREATE TABLE use_head (id BIGINT PRIMARY KEY CHECK (id = 1));
        INSERT INTO use_head VALUES (1);

        CREATE TABLE subjects (
            id BIGINT PRIMARY KEY,
            login TEXT COLLATE "C" NOT NULL,
            login_folded TEXT COLLATE "C" NOT NULL UNIQUE,
            name TEXT COLLATE "C" NOT NULL,
            name_folded TEXT COLLATE "C" NOT NULL,
            email TEXT COLLATE "C",
            email_folded TEXT COLLATE "C",
            groups TEXT COLLATE "C" NOT NULL,
            claimed_groups TEXT COLLATE "C" NOT NULL DEFAULT '',
            is_administrator BIGINT NOT NULL,
            suspended_at BIGINT,
            created_at BIGINT NOT NULL,
            is_break_glass BIGINT NOT NULL DEFAULT 0,
            last_sign_in_at BIGINT,
            deactivated_at BIGINT,
            ended_at BIGINT,
            external_id TEXT COLLATE "C",
            details TEXT COLLATE "C",
            modified_at BIGINT,
            revision BIGINT NOT NULL DEFAULT 1
        );
        CREATE INDEX subjects_by_external_id ON subjects (external_id) WHERE external_id IS NOT NULL;
        CREATE TABLE passwords (
            subject BIGINT PRIMARY KEY REFERENCES subjects (id),
            hash TEXT COLLATE "C" NOT NULL
        );
        CREATE TABLE invitations (
            digest BYTEA PRIMARY KEY CHECK (length(digest) = 32),
            subject BIGINT REFERENCES subjects (id),
            expires_at BIGINT NOT NULL
        );
        CREATE INDEX invitations_by_subject ON invitations (subject);
        CREATE TABLE identities (
            issuer TEXT COLLATE "C" NOT NULL,
            name TEXT COLLATE "C" NOT NULL,
            subject BIGINT NOT NULL REFERENCES subjects (id),
            PRIMARY KEY (issuer, name)
        );
        CREATE INDEX identities_by_subject ON identities (subject);
        CREATE TABLE provisioned_groups (
            id BIGINT PRIMARY KEY,
            name TEXT COLLATE "C" NOT NULL,
            name_folded TEXT COLLATE "C" NOT NULL,
            external_id TEXT COLLATE "C",
            created_at BIGINT NOT NULL,
            modified_at BIGINT NOT NULL,
            revision BIGINT NOT NULL DEFAULT 1
        );
        CREATE INDEX provisioned_groups_by_name ON provisioned_groups (name_folded);
        CREATE INDEX provisioned_groups_by_external_id ON provisioned_groups (external_id)
            WHERE external_id IS NOT NULL;
        CREATE TABLE memberships (
            "group" BIGINT NOT NULL REFERENCES provisioned_groups (id),
            subject BIGINT NOT NULL REFERENCES subjects (id),
            PRIMARY KEY ("group", subject)
        );
        CREATE INDEX memberships_by_subject ON memberships (subject);

        CREATE TABLE tokens (
            id BIGINT PRIMARY KEY,
            owner BIGINT NOT NULL REFERENCES subjects (id),
            digest BYTEA NOT NULL UNIQUE CHECK (length(digest) = 32),
            name TEXT COLLATE "C" NOT NULL,
            name_folded TEXT COLLATE "C" NOT NULL,
            holds_name BIGINT NOT NULL,
            scopes TEXT COLLATE "C" NOT NULL,
            created_at BIGINT NOT NULL,
            origin TEXT COLLATE "C" NOT NULL,
            origin_token BIGINT,
            device TEXT COLLATE "C",
            expires_at BIGINT,
            revoked_at BIGINT,
            revoked_by BIGINT,
            revoked_reason TEXT COLLATE "C",
            successor BIGINT,
            addresses TEXT COLLATE "C" NOT NULL DEFAULT ''
        );
        CREATE INDEX tokens_by_owner ON tokens (owner, id);
        CREATE UNIQUE INDEX token_names ON tokens (owner, name_folded) WHERE holds_name = 1;
        CREATE INDEX tokens_unrevoked ON tokens (owner, name_folded, expires_at) WHERE revoked_at IS NULL;
        CREATE INDEX tokens_by_trade ON tokens (origin_token) WHERE origin = 'trade';

        CREATE TABLE uses (
            token BIGINT NOT NULL REFERENCES tokens (id),
            day BIGINT NOT NULL,
            service TEXT COLLATE "C" NOT NULL,
            address TEXT COLLATE "C" NOT NULL,
            client TEXT COLLATE "C" NOT NULL,
            count BIGINT NOT NULL,
            last_at BIGINT NOT NULL,
            PRIMARY KEY (token, day, service, address, client)
        );
        CREATE INDEX uses_by_day ON uses (day);
        CREATE TABLE last_uses (
            token BIGINT PRIMARY KEY REFERENCES tokens (id),
            service TEXT COLLATE "C" NOT NULL,
            address TEXT COLLATE "C" NOT NULL,
            client TEXT COLLATE "C" NOT NULL,
            count BIGINT NOT NULL,
            last_at BIGINT NOT NULL
        );
        CREATE TABLE password_uses (
            subject BIGINT NOT NULL REFERENCES subjects (id),
            day BIGINT NOT NULL,
            service TEXT COLLATE "C" NOT NULL,
            address TEXT COLLATE "C" NOT NULL,
            client TEXT COLLATE "C" NOT NULL,
            count BIGINT NOT NULL,
            last_at BIGINT NOT NULL,
            PRIMARY KEY (subject, day, service, address, client)
        );
        CREATE INDEX password_uses_by_day ON password_uses (day);

        CREATE TABLE sessions (
            id BIGINT PRIMARY KEY,
            digest BYTEA NOT NULL UNIQUE CHECK (length(digest) = 32),
            subject BIGINT NOT NULL REFERENCES subjects (id),
            created_at BIGINT NOT NULL,
            last_seen_at BIGINT NOT NULL,
            address TEXT COLLATE "C" NOT NULL,
            client TEXT COLLATE "C" NOT NULL,
            provider_session TEXT COLLATE "C"
        );
        CREATE INDEX sessions_by_subject ON sessions (subject, last_seen_at);
        CREATE INDEX sessions_by_last_seen ON sessions (last_seen_at);
        CREATE INDEX sessions_by_provider ON sessions (provider_session) WHERE provider_session <> '';
        CREATE TABLE sign_in_demand (
            id BIGINT PRIMARY KEY CHECK (id = 1),
            every BIGINT NOT NULL,
            since BIGINT NOT NULL
        );

        CREATE TABLE events (
            id BIGINT PRIMARY KEY,
            at BIGINT NOT NULL,
            kind TEXT COLLATE "C" NOT NULL,
            actor BIGINT,
            subject BIGINT,
            token BIGINT,
            address TEXT COLLATE "C" NOT NULL,
            detail TEXT COLLATE "C" NOT NULL
        );
        CREATE INDEX events_by_subject ON events (subject, id);
        """

    /// As SQLite's step of that name.
    private static let releases = """
        ALTER TABLE subjects ADD COLUMN external_id_at BIGINT;
        ALTER TABLE subjects ADD COLUMN released_at BIGINT;
        """

    /// As SQLite's step of that name.
    private static let exchangePlaces = """
        ALTER TABLE tokens ADD COLUMN traded_from TEXT COLLATE "C";
        """

    /// What is true for a few minutes, as in SQLite's step of that name.
    private static let marks = """
        CREATE TABLE used_marks (
            digest BYTEA PRIMARY KEY CHECK (length(digest) = 32),
            until BIGINT NOT NULL
        );
        CREATE TABLE attempts (
            digest BYTEA PRIMARY KEY CHECK (length(digest) = 32),
            count BIGINT NOT NULL,
            last_at BIGINT NOT NULL
        );
        """
}
