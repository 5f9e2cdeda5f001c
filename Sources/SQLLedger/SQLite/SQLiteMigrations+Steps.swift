extension SQLiteMigrations {
    /// Times are milliseconds, and days whole days, since the epoch; `…_folded` is ``/Swift/String/folded``
    /// of a text. `holds_name` is 1 for the one token of its owner that holds its name: it loses the name
    /// when it is revoked or regenerated, and after it expired, to the next token of that name.
    static let schema1 = """
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

    /// The identities of subjects, the provider sessions of sessions, and break-glass accounts.
    static let identities = """
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

    /// Tokens that programs got for others: `origin` is `trade`, and `origin_token` the one that they
    /// presented.
    static let exchanges = """
        ALTER TABLE tokens ADD COLUMN device TEXT;
        CREATE INDEX tokens_by_trade ON tokens (origin_token) WHERE origin = 'trade';
        """

    /// The allowed addresses of tokens: ranges in CIDR form, separated by spaces; empty for all.
    static let tokenAddresses = """
        ALTER TABLE tokens ADD COLUMN addresses TEXT NOT NULL DEFAULT '';
        """

    /// When people last signed in through the provider, and how often they must. For sign-ins before this
    /// step the latest event counts.
    static let signInPolicy = """
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

    /// What an identity provider provisions. `details` is its own document of a person, NULL where it never
    /// wrote one; `revision` counts the changes. `groups` are all groups of a subject, `claimed_groups` those
    /// from a sign-in or the desk. The `login_folded` of an ended account contains what no login can, so that
    /// the login is free.
    static let provisioning = """
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

    /// Uses of passwords: like `uses` in ``schema1``, by subject.
    static let passwordUses = """
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

    /// When the provider set the current `externalId` of a person, NULL before this step, and when a person's
    /// identities were released.
    static let releases = """
        ALTER TABLE subjects ADD COLUMN external_id_at INTEGER;
        ALTER TABLE subjects ADD COLUMN released_at INTEGER;
        """

    /// The place from which a program exchanged its token, to recognise it again; NULL before this step.
    static let exchangePlaces = """
        ALTER TABLE tokens ADD COLUMN traded_from TEXT;
        """

    /// One-time marks and failed attempts, kept for minutes; only digests of what they concern.
    static let marks = """
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

    /// Who was an administrator, to know whether there ever was one. That is unknown for ended accounts and
    /// for people from a provider, which may have withdrawn the role, and counts as yes; one row suffices.
    /// Also an index for sign-in by e-mail address.
    static let administrators = """
        ALTER TABLE subjects ADD COLUMN was_administrator INTEGER NOT NULL DEFAULT 0;
        UPDATE subjects SET was_administrator = 1 WHERE id = (SELECT id FROM subjects
            WHERE ended_at IS NOT NULL OR details IS NOT NULL OR last_sign_in_at IS NOT NULL LIMIT 1);
        CREATE INDEX administrators ON subjects (id) WHERE is_administrator = 1 OR was_administrator = 1;
        CREATE INDEX subjects_by_email ON subjects (email_folded) WHERE email_folded IS NOT NULL;
        """

    /// The socket on which the server with this file answers the command line. It is true for this file in
    /// this place only, so copies do not contain it.
    static let serverSocket = """
        CREATE TABLE server_socket (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            path TEXT NOT NULL
        ) STRICT;
        """

    /// One token, many secrets: a row is a secret. `token` is the identifier of its token where that is not the
    /// row's own, which is so for all rows of a chain of successors but the last; `replaced_at` is set in all but
    /// the last. `issued_at` is when a token with earlier secrets was created, and `expiry_set_at` when its
    /// expiry was set where that is not when the secret was made. `paused_until` is the latest end of `pauses`.
    static let secrets = """
        ALTER TABLE tokens ADD COLUMN token INTEGER;
        ALTER TABLE tokens ADD COLUMN replaced_at INTEGER;
        ALTER TABLE tokens ADD COLUMN ends_when_moved INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE tokens ADD COLUMN issued_at INTEGER;
        ALTER TABLE tokens ADD COLUMN expiry_set_at INTEGER;
        ALTER TABLE tokens ADD COLUMN description TEXT NOT NULL DEFAULT '';
        ALTER TABLE tokens ADD COLUMN pauses TEXT NOT NULL DEFAULT '';
        ALTER TABLE tokens ADD COLUMN paused_until INTEGER;
        CREATE INDEX tokens_by_token ON tokens (token) WHERE token IS NOT NULL;
        CREATE INDEX tokens_moving ON tokens (expires_at) WHERE ends_when_moved = 1 AND revoked_at IS NULL;
        CREATE INDEX tokens_paused ON tokens (paused_until) WHERE paused_until IS NOT NULL;
        CREATE INDEX events_by_token ON events (token, id) WHERE token IS NOT NULL;
        CREATE INDEX tokens_by_successor ON tokens (successor) WHERE successor IS NOT NULL;
        UPDATE tokens SET token = chain.head, replaced_at = chain.replaced_at FROM (
            WITH RECURSIVE chains (id, head, replaced_at) AS (
                SELECT old.id, head.id, head.created_at FROM tokens AS old
                    JOIN tokens AS head ON head.id = old.successor
                    WHERE old.origin <> 'trade' AND head.successor IS NULL
                UNION ALL
                SELECT old.id, chains.head, newer.created_at FROM chains
                    JOIN tokens AS newer ON newer.id = chains.id
                    JOIN tokens AS old ON old.successor = newer.id
                    WHERE old.origin <> 'trade'
            ) SELECT id, head, replaced_at FROM chains
        ) AS chain WHERE tokens.id = chain.id;
        DROP INDEX tokens_by_successor;
        UPDATE tokens SET issued_at = first.created_at FROM (
            SELECT token, min(created_at) AS created_at FROM tokens WHERE token IS NOT NULL GROUP BY token
        ) AS first WHERE tokens.id = first.token;
        INSERT INTO last_uses (token, service, address, client, last_at, count)
            SELECT tokens.token, service, address, client, max(last_at), count
            FROM tokens JOIN last_uses ON last_uses.token = tokens.id
            WHERE tokens.token IS NOT NULL GROUP BY tokens.token
            ON CONFLICT (token) DO UPDATE SET service = excluded.service, address = excluded.address,
                client = excluded.client, last_at = excluded.last_at, count = excluded.count
            WHERE excluded.last_at > last_uses.last_at;
        """

    /// Refusals of secrets: like `uses` in ``schema1``, with the reason. `access` is 1 for reading, 2 for writing, 3
    /// for both, and 0 where that is not known.
    static let refusals = """
        CREATE TABLE refusals (
            token INTEGER NOT NULL REFERENCES tokens (id),
            day INTEGER NOT NULL,
            reason TEXT NOT NULL,
            service TEXT NOT NULL,
            address TEXT NOT NULL,
            client TEXT NOT NULL,
            count INTEGER NOT NULL,
            last_at INTEGER NOT NULL,
            access INTEGER NOT NULL,
            PRIMARY KEY (token, day, reason, service, address, client)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX refusals_by_day ON refusals (day);
        ALTER TABLE uses ADD COLUMN access INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE password_uses ADD COLUMN access INTEGER NOT NULL DEFAULT 0;
        """

    /// The history of uses by day and service. Bit n of `hours` is the hour (UTC) from n:00. Bit 24 marks the days
    /// before this step, of which only the hours of the latest uses are known.
    static let useDays = """
        CREATE TABLE use_days (
            token INTEGER NOT NULL REFERENCES tokens (id),
            day INTEGER NOT NULL,
            service TEXT NOT NULL,
            count INTEGER NOT NULL,
            hours INTEGER NOT NULL,
            PRIMARY KEY (token, day, service)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX use_days_by_day ON use_days (day);
        INSERT INTO use_days (token, day, service, count, hours)
            SELECT token, day, service, sum(count),
                sum(DISTINCT 1 << (last_at / 3600000 % 24)) | (1 << 24)
            FROM uses GROUP BY token, day, service;
        """

    /// Service accounts: `purpose` is NULL for a person, as are the columns after it. `owner_groups`, `stewards`
    /// (their identifiers) and `services` are lists of texts. `attended_by` is one of the active stewards, and
    /// `unattended_since` is when the last one left.
    static let accounts = """
        ALTER TABLE subjects ADD COLUMN purpose TEXT;
        ALTER TABLE subjects ADD COLUMN owner_groups TEXT;
        ALTER TABLE subjects ADD COLUMN stewards TEXT;
        ALTER TABLE subjects ADD COLUMN services TEXT;
        ALTER TABLE subjects ADD COLUMN addresses TEXT;
        ALTER TABLE subjects ADD COLUMN review_on INTEGER;
        ALTER TABLE subjects ADD COLUMN unattended_since INTEGER;
        ALTER TABLE subjects ADD COLUMN attended_by INTEGER;
        CREATE INDEX service_accounts ON subjects (id) WHERE purpose IS NOT NULL;
        """

    /// The operator's rules about tokens: a row for each section, with an empty name for all services, which also has
    /// the grace. `resumed_at` is when a token was last resumed, from which the time without a use counts anew.
    static let tokenRules = """
        CREATE TABLE token_rules (
            section TEXT PRIMARY KEY,
            default_lifetime INTEGER,
            max_lifetime INTEGER,
            refuses_every_service INTEGER NOT NULL,
            needs_addresses INTEGER NOT NULL,
            needs_paths INTEGER NOT NULL,
            per_person INTEGER,
            who TEXT NOT NULL,
            approval TEXT NOT NULL,
            idle_warn INTEGER,
            idle_pause INTEGER,
            idle_revoke INTEGER,
            enforce_from INTEGER,
            grace INTEGER
        ) STRICT, WITHOUT ROWID;
        ALTER TABLE tokens ADD COLUMN resumed_at INTEGER;
        """

    /// Requests for approval. `content` says what is asked for, in a form by `kind`; `about` is what an owner can ask for
    /// only once at a time, such as the folded name of a token. `stage` is the state apart from the time.
    static let requests = """
        CREATE TABLE token_requests (
            id INTEGER PRIMARY KEY,
            kind TEXT NOT NULL,
            requester INTEGER NOT NULL REFERENCES subjects (id),
            owner INTEGER NOT NULL REFERENCES subjects (id),
            stage TEXT NOT NULL,
            reason TEXT NOT NULL,
            content TEXT NOT NULL,
            about TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            decisions TEXT NOT NULL DEFAULT '',
            approved_until INTEGER,
            settled_at INTEGER,
            token INTEGER
        ) STRICT;
        CREATE INDEX token_requests_by_stage ON token_requests (stage, id);
        CREATE INDEX token_requests_by_requester ON token_requests (requester, id);
        CREATE INDEX token_requests_by_owner ON token_requests (owner, id);
        """

    /// Tokens that were handed over to a service account: who knows the secret of the row from before, and when that was.
    static let handedOver = """
        ALTER TABLE tokens ADD COLUMN handed_over_from INTEGER;
        ALTER TABLE tokens ADD COLUMN handed_over_at INTEGER;
        CREATE INDEX tokens_handed_over ON tokens (handed_over_from) WHERE handed_over_from IS NOT NULL;
        """

    /// Where tokens were used, by their identifiers and not their secrets', with the first and last day; what all of them did on a
    /// day at a service; and indexes for lists in other orders. `network` is the /24 or /48 of the address. `reach` is the
    /// number of services that the scopes name, -1 for every service; `token_id` is the identifier of the row's token. ``UsePlaces`` fills them.
    static let usePlaces = """
        CREATE TABLE use_places (
            token INTEGER NOT NULL REFERENCES tokens (id),
            service TEXT NOT NULL,
            address TEXT NOT NULL,
            client TEXT NOT NULL,
            network TEXT NOT NULL,
            first_day INTEGER NOT NULL,
            last_day INTEGER NOT NULL,
            PRIMARY KEY (token, service, address, client)
        ) STRICT, WITHOUT ROWID;
        ALTER TABLE last_uses ADD COLUMN services INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE last_uses ADD COLUMN networks INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE last_uses ADD COLUMN clients INTEGER NOT NULL DEFAULT 0;
        CREATE INDEX last_uses_by_time ON last_uses (last_at, token);
        CREATE INDEX last_uses_shared ON last_uses (token) WHERE networks >= 8;
        ALTER TABLE tokens ADD COLUMN reach INTEGER;
        ALTER TABLE tokens ADD COLUMN token_id INTEGER GENERATED ALWAYS AS (coalesce(token, id)) VIRTUAL;
        CREATE INDEX tokens_by_token_id ON tokens (token_id) WHERE replaced_at IS NULL;
        CREATE INDEX tokens_by_name ON tokens (name_folded, id, owner) WHERE replaced_at IS NULL;
        CREATE INDEX tokens_by_expiry ON tokens (expires_at, id) WHERE replaced_at IS NULL AND expires_at IS NOT NULL;
        CREATE INDEX tokens_previous ON tokens (expires_at) WHERE replaced_at IS NOT NULL AND revoked_at IS NULL;
        CREATE TABLE service_days (
            day INTEGER NOT NULL,
            service TEXT NOT NULL,
            count INTEGER NOT NULL,
            PRIMARY KEY (day, service)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO service_days (day, service, count) SELECT day, service, count FROM use_days WHERE TRUE
            ON CONFLICT (day, service) DO UPDATE SET count = count + excluded.count;
        CREATE TEMPORARY TABLE reaches (scopes TEXT PRIMARY KEY, reach INTEGER NOT NULL);
        """

    /// The token by which somebody did what an event records.
    static let actorTokens = "ALTER TABLE events ADD COLUMN actor_token INTEGER;"

    /// Tokens that somebody is about to change, as lists of numbers, and incidents with their events and the tokens that
    /// they paused.
    static let incidents = """
        CREATE TABLE token_selections (
            id INTEGER PRIMARY KEY,
            subject INTEGER,
            at INTEGER NOT NULL,
            tokens TEXT NOT NULL,
            spared TEXT NOT NULL
        ) STRICT;
        CREATE TABLE incidents (
            number INTEGER PRIMARY KEY,
            title TEXT NOT NULL,
            opened_at INTEGER NOT NULL,
            opened_by INTEGER,
            closed_at INTEGER
        ) STRICT;
        CREATE TABLE incident_tokens (
            incident INTEGER NOT NULL REFERENCES incidents (number),
            token INTEGER NOT NULL REFERENCES tokens (id),
            paused_at INTEGER NOT NULL,
            paused_by INTEGER,
            PRIMARY KEY (incident, token)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX incident_tokens_by_token ON incident_tokens (token);
        CREATE INDEX incident_tokens_by_time ON incident_tokens (paused_at);
        ALTER TABLE events ADD COLUMN incident INTEGER;
        CREATE INDEX events_by_incident ON events (incident, id) WHERE incident IS NOT NULL;
        """
}
