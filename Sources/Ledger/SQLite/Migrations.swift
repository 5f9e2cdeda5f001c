internal import SQLite

/// The steps from an empty file to the present schema; step n takes a file of `user_version` n to n + 1.
///
/// **Append only**: a step that was ever released has run somewhere and never changes.
enum Migrations {
    static let steps = [
        schema1, identities, exchanges, tokenAddresses, signInPolicy, provisioning, passwordUses,
        marks, FoldingAnew.step, exchangePlaces, releases, serverSocket, administrators,
    ]

    /// Takes the file to the present schema, each step a transaction of its own. A process that starts at
    /// the same time waits for the lock and then finds the work done.
    static func run(on database: Database, steps: [String] = steps) throws {
        try expectUTF8(database)
        var version: Int
        repeat {
            version = try database.transaction(.write) {
                let version = Int(try database.integer("PRAGMA user_version") ?? 0)
                guard version <= steps.count else {
                    throw LedgerError.tooNew(version: version, known: steps.count)
                }
                guard version < steps.count else { return version }
                if version == 0 { try refuseForeign(database) }
                try database.execute(steps[version])
                if steps[version] == FoldingAnew.step { try FoldingAnew.run(on: database) }
                try database.execute("PRAGMA user_version = \(version + 1)")
                return version + 1
            }
        } while version < steps.count
    }

    /// Refuses a file that somebody made in UTF-16, where texts sort otherwise than everywhere else.
    static func expectUTF8(_ database: Database) throws {
        guard let encoding = try database.text("PRAGMA encoding"), encoding != "UTF-8" else { return }
        throw LedgerError.failed(
            reason: "the file's encoding is \(encoding), and has to be UTF-8: put another in its place")
    }

    private static func refuseForeign(_ database: Database) throws {
        guard try database.integer("SELECT count(*) FROM sqlite_schema") == 0 else {
            throw LedgerError.failed(reason: "the file is a database of something else than Jeton")
        }
    }

    /// Moments are milliseconds since the epoch, days are whole days since it, `…_folded` is what
    /// ``/Swift/String/folded`` makes of a text. `holds_name` is 1 for the one token of its owner that
    /// bears a name: it is given up by revoking, by regenerating, and, once expired, to the next that asks.
    private static let schema1 = """
        CREATE TABLE subjects (
            id INTEGER PRIMARY KEY,
            login TEXT NOT NULL,
            login_folded TEXT NOT NULL UNIQUE,
            name TEXT NOT NULL,
            name_folded TEXT NOT NULL,
            email TEXT,
            email_folded TEXT,
            groups TEXT NOT NULL,
            is_administrator INTEGER NOT NULL,
            suspended_at INTEGER,
            created_at INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE passwords (
            subject INTEGER PRIMARY KEY REFERENCES subjects (id),
            hash TEXT NOT NULL
        ) STRICT;
        CREATE TABLE invitations (
            digest BLOB PRIMARY KEY CHECK (length(digest) = 32),
            subject INTEGER REFERENCES subjects (id),
            expires_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX invitations_by_subject ON invitations (subject);

        CREATE TABLE tokens (
            id INTEGER PRIMARY KEY,
            owner INTEGER NOT NULL REFERENCES subjects (id),
            digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
            name TEXT NOT NULL,
            name_folded TEXT NOT NULL,
            holds_name INTEGER NOT NULL,
            scopes TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            origin TEXT NOT NULL,
            origin_token INTEGER,
            expires_at INTEGER,
            revoked_at INTEGER,
            revoked_by INTEGER,
            revoked_reason TEXT,
            successor INTEGER
        ) STRICT;
        CREATE INDEX tokens_by_owner ON tokens (owner, id);
        CREATE UNIQUE INDEX token_names ON tokens (owner, name_folded) WHERE holds_name = 1;
        CREATE INDEX tokens_unrevoked ON tokens (owner, name_folded, expires_at) WHERE revoked_at IS NULL;

        CREATE TABLE uses (
            token INTEGER NOT NULL REFERENCES tokens (id),
            day INTEGER NOT NULL,
            service TEXT NOT NULL,
            address TEXT NOT NULL,
            client TEXT NOT NULL,
            count INTEGER NOT NULL,
            last_at INTEGER NOT NULL,
            PRIMARY KEY (token, day, service, address, client)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX uses_by_day ON uses (day);
        CREATE TABLE last_uses (
            token INTEGER PRIMARY KEY REFERENCES tokens (id),
            service TEXT NOT NULL,
            address TEXT NOT NULL,
            client TEXT NOT NULL,
            count INTEGER NOT NULL,
            last_at INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE sessions (
            id INTEGER PRIMARY KEY,
            digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
            subject INTEGER NOT NULL REFERENCES subjects (id),
            created_at INTEGER NOT NULL,
            last_seen_at INTEGER NOT NULL,
            address TEXT NOT NULL,
            client TEXT NOT NULL
        ) STRICT;
        CREATE INDEX sessions_by_subject ON sessions (subject, last_seen_at);
        CREATE INDEX sessions_by_last_seen ON sessions (last_seen_at);

        CREATE TABLE events (
            id INTEGER PRIMARY KEY,
            at INTEGER NOT NULL,
            kind TEXT NOT NULL,
            actor INTEGER,
            subject INTEGER,
            token INTEGER,
            address TEXT NOT NULL,
            detail TEXT NOT NULL
        ) STRICT;
        CREATE INDEX events_by_subject ON events (subject, id);
        """

    /// Who subjects are to an identity provider, which sessions came of it, and who may use a password
    /// in spite of it.
    private static let identities = """
        CREATE TABLE identities (
            issuer TEXT NOT NULL,
            name TEXT NOT NULL,
            subject INTEGER NOT NULL REFERENCES subjects (id),
            PRIMARY KEY (issuer, name)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX identities_by_subject ON identities (subject);
        ALTER TABLE sessions ADD COLUMN provider_session TEXT;
        CREATE INDEX sessions_by_provider ON sessions (provider_session) WHERE provider_session <> '';
        ALTER TABLE subjects ADD COLUMN is_break_glass INTEGER NOT NULL DEFAULT 0;
        """

    /// Tokens that programs got for others: `origin` is `trade`, `origin_token` the one handed over.
    private static let exchanges = """
        ALTER TABLE tokens ADD COLUMN device TEXT;
        CREATE INDEX tokens_by_trade ON tokens (origin_token) WHERE origin = 'trade';
        """

    /// Where tokens may be used from: ranges in CIDR form, separated by spaces; none for anywhere.
    static let tokenAddresses = """
        ALTER TABLE tokens ADD COLUMN addresses TEXT NOT NULL DEFAULT '';
        """

    /// When people last came through the provider, and how often they have to. Who came before this step
    /// gets the latest sign-in that the events know.
    private static let signInPolicy = """
        ALTER TABLE subjects ADD COLUMN last_sign_in_at INTEGER;
        UPDATE subjects SET last_sign_in_at = coalesce(
            (SELECT max(at) FROM events WHERE events.subject = subjects.id AND kind = 'signed_in'), created_at)
            WHERE id IN (SELECT subject FROM identities);
        CREATE TABLE sign_in_demand (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            every INTEGER NOT NULL,
            since INTEGER NOT NULL
        ) STRICT;
        """

    /// What an identity provider provisions: `details` is its own document of a person, NULL where it never
    /// wrote one, and `revision` counts the changes. `groups` of a subject are those that it is in by any
    /// way, `claimed_groups` those that its sign-in or the desk told. Of an ended account `login_folded`
    /// holds what no login can be, so that the login is free.
    private static let provisioning = """
        ALTER TABLE subjects ADD COLUMN deactivated_at INTEGER;
        ALTER TABLE subjects ADD COLUMN ended_at INTEGER;
        ALTER TABLE subjects ADD COLUMN external_id TEXT;
        ALTER TABLE subjects ADD COLUMN details TEXT;
        ALTER TABLE subjects ADD COLUMN claimed_groups TEXT NOT NULL DEFAULT '';
        ALTER TABLE subjects ADD COLUMN modified_at INTEGER;
        ALTER TABLE subjects ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
        UPDATE subjects SET claimed_groups = groups;
        CREATE INDEX subjects_by_external_id ON subjects (external_id) WHERE external_id IS NOT NULL;
        CREATE TABLE provisioned_groups (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL,
            name_folded TEXT NOT NULL,
            external_id TEXT,
            created_at INTEGER NOT NULL,
            modified_at INTEGER NOT NULL,
            revision INTEGER NOT NULL DEFAULT 1
        ) STRICT;
        CREATE INDEX provisioned_groups_by_name ON provisioned_groups (name_folded);
        CREATE INDEX provisioned_groups_by_external_id ON provisioned_groups (external_id)
            WHERE external_id IS NOT NULL;
        CREATE TABLE memberships (
            "group" INTEGER NOT NULL REFERENCES provisioned_groups (id),
            subject INTEGER NOT NULL REFERENCES subjects (id),
            PRIMARY KEY ("group", subject)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX memberships_by_subject ON memberships (subject);
        """

    /// Who still uses a password where a token is to take its place: as ``schema1``'s `uses`, by subject.
    private static let passwordUses = """
        CREATE TABLE password_uses (
            subject INTEGER NOT NULL REFERENCES subjects (id),
            day INTEGER NOT NULL,
            service TEXT NOT NULL,
            address TEXT NOT NULL,
            client TEXT NOT NULL,
            count INTEGER NOT NULL,
            last_at INTEGER NOT NULL,
            PRIMARY KEY (subject, day, service, address, client)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX password_uses_by_day ON password_uses (day);
        """

    /// When the provider gave a person the present external name, NULL where that was before this step, and
    /// when the identities of a person were released for another to be joined.
    private static let releases = """
        ALTER TABLE subjects ADD COLUMN external_id_at INTEGER;
        ALTER TABLE subjects ADD COLUMN released_at INTEGER;
        """

    /// From where a program traded its token, by which it is known again; NULL of those from before.
    private static let exchangePlaces = """
        ALTER TABLE tokens ADD COLUMN traded_from TEXT;
        """

    /// What is true for a few minutes: what was used and may not be used again, and what failed. Of what
    /// they are about, only digests are kept.
    private static let marks = """
        CREATE TABLE used_marks (
            digest BLOB PRIMARY KEY CHECK (length(digest) = 32),
            until INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE attempts (
            digest BLOB PRIMARY KEY CHECK (length(digest) = 32),
            count INTEGER NOT NULL,
            last_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        """

    /// Who administered once and does not now, so that it is known whether anybody ever did. Of who has ended, or
    /// came through a provider, which may have taken the role again, that is not known, and counts as yes; one row
    /// suffices to say so. And by which e-mail address somebody may sign in.
    static let administrators = """
        ALTER TABLE subjects ADD COLUMN was_administrator INTEGER NOT NULL DEFAULT 0;
        UPDATE subjects SET was_administrator = 1 WHERE id = (SELECT id FROM subjects
            WHERE ended_at IS NOT NULL OR details IS NOT NULL OR last_sign_in_at IS NOT NULL LIMIT 1);
        CREATE INDEX administrators ON subjects (id) WHERE is_administrator = 1 OR was_administrator = 1;
        CREATE INDEX subjects_by_email ON subjects (email_folded) WHERE email_folded IS NOT NULL;
        """

    /// Where the server that holds the file answers the command line. It is true of this file in this place
    /// alone: no copy has it.
    private static let serverSocket = """
        CREATE TABLE server_socket (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            path TEXT NOT NULL
        ) STRICT;
        """
}
