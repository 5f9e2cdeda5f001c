extension PostgreSQLMigrations {
    /// The tables of SQLite after all of its steps; its comments apply here, too. Texts sort and compare by
    /// bytes, as there. The row `change_head` counts the changes, and every writer locks it; `changes` lists
    /// the records that changed. Whoever counts uses locks the row `use_head`.
    static let schema1 = """
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

    /// As in SQLite.
    static let releases = """
        ALTER TABLE subjects ADD COLUMN external_id_at BIGINT;
        ALTER TABLE subjects ADD COLUMN released_at BIGINT;
        """

    /// As in SQLite.
    static let exchangePlaces = """
        ALTER TABLE tokens ADD COLUMN traded_from TEXT COLLATE "C";
        """

    /// As in SQLite.
    static let marks = """
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

    /// As in SQLite.
    static let administrators = """
        ALTER TABLE subjects ADD COLUMN was_administrator BIGINT NOT NULL DEFAULT 0;
        UPDATE subjects SET was_administrator = 1 WHERE id = (SELECT id FROM subjects
            WHERE ended_at IS NOT NULL OR details IS NOT NULL OR last_sign_in_at IS NOT NULL LIMIT 1);
        CREATE INDEX administrators ON subjects (id) WHERE is_administrator = 1 OR was_administrator = 1;
        CREATE INDEX subjects_by_email ON subjects (email_folded) WHERE email_folded IS NOT NULL;
        """

    /// As in SQLite. Nodes of the version before may serve at the same time: they replace a token by another, as if it
    /// got a new identifier, and do not know `replaced_at`. The trigger does the rest for them when they commit, since
    /// they add the new row last; this version sets `replaced_at` together with `successor`.
    static let secrets = """
        ALTER TABLE tokens ADD COLUMN token BIGINT;
        ALTER TABLE tokens ADD COLUMN replaced_at BIGINT;
        ALTER TABLE tokens ADD COLUMN ends_when_moved BIGINT NOT NULL DEFAULT 0;
        ALTER TABLE tokens ADD COLUMN issued_at BIGINT;
        ALTER TABLE tokens ADD COLUMN expiry_set_at BIGINT;
        ALTER TABLE tokens ADD COLUMN description TEXT COLLATE "C" NOT NULL DEFAULT '';
        ALTER TABLE tokens ADD COLUMN pauses TEXT COLLATE "C" NOT NULL DEFAULT '';
        ALTER TABLE tokens ADD COLUMN paused_until BIGINT;
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
            SELECT DISTINCT ON (tokens.token) tokens.token, service, address, client, last_at, count
            FROM tokens JOIN last_uses ON last_uses.token = tokens.id
            WHERE tokens.token IS NOT NULL ORDER BY tokens.token, last_at DESC
            ON CONFLICT (token) DO UPDATE SET service = excluded.service, address = excluded.address,
                client = excluded.client, last_at = excluded.last_at, count = excluded.count
            WHERE excluded.last_at > last_uses.last_at;
        CREATE FUNCTION jeton_secret_replaced() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE former BIGINT := coalesce(NEW.token, NEW.id);
        BEGIN
            UPDATE tokens SET issued_at = coalesce(NEW.issued_at, NEW.created_at), description = NEW.description,
                pauses = NEW.pauses, paused_until = NEW.paused_until
            WHERE id = NEW.successor;
            INSERT INTO last_uses (token, service, address, client, count, last_at)
                SELECT NEW.successor, service, address, client, count, last_at FROM last_uses
                WHERE token = former
                ON CONFLICT (token) DO NOTHING;
            UPDATE tokens SET token = NEW.successor,
                replaced_at = coalesce(replaced_at, (SELECT created_at FROM tokens WHERE id = NEW.successor))
            WHERE id = former OR token = former;
            RETURN NULL;
        END $$;
        CREATE CONSTRAINT TRIGGER secret_replaced AFTER UPDATE OF successor ON tokens
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
            WHEN (OLD.successor IS NULL AND NEW.successor IS NOT NULL AND NEW.replaced_at IS NULL
                AND NEW.origin <> 'trade')
            EXECUTE FUNCTION jeton_secret_replaced();
        """

    /// As in SQLite.
    static let refusals = """
        CREATE TABLE refusals (
            token BIGINT NOT NULL REFERENCES tokens (id),
            day BIGINT NOT NULL,
            reason TEXT COLLATE "C" NOT NULL,
            service TEXT COLLATE "C" NOT NULL,
            address TEXT COLLATE "C" NOT NULL,
            client TEXT COLLATE "C" NOT NULL,
            count BIGINT NOT NULL,
            last_at BIGINT NOT NULL,
            access BIGINT NOT NULL,
            PRIMARY KEY (token, day, reason, service, address, client)
        );
        CREATE INDEX refusals_by_day ON refusals (day);
        ALTER TABLE uses ADD COLUMN access BIGINT NOT NULL DEFAULT 0;
        ALTER TABLE password_uses ADD COLUMN access BIGINT NOT NULL DEFAULT 0;
        """

    /// The nodes that follow: each has applied the changes up to `followed`.
    static let nodes = """
        CREATE TABLE nodes (
            id BIGINT PRIMARY KEY,
            name TEXT COLLATE "C" NOT NULL,
            followed BIGINT NOT NULL,
            followed_at TIMESTAMPTZ NOT NULL,
            seen_at TIMESTAMPTZ NOT NULL
        );
        """

    /// As in SQLite.
    static let useDays = """
        CREATE TABLE use_days (
            token BIGINT NOT NULL REFERENCES tokens (id),
            day BIGINT NOT NULL,
            service TEXT COLLATE "C" NOT NULL,
            count BIGINT NOT NULL,
            hours BIGINT NOT NULL,
            PRIMARY KEY (token, day, service)
        );
        CREATE INDEX use_days_by_day ON use_days (day);
        INSERT INTO use_days (token, day, service, count, hours)
            SELECT token, day, service, sum(count),
                bit_or(CAST(1 AS BIGINT) << CAST(last_at / 3600000 % 24 AS INTEGER)) | (1 << 24)
            FROM uses GROUP BY token, day, service;
        """

    /// As in SQLite. Nodes of the version before take an account for a person who has no way to sign in.
    static let accounts = """
        ALTER TABLE subjects ADD COLUMN purpose TEXT COLLATE "C";
        ALTER TABLE subjects ADD COLUMN owner_groups TEXT COLLATE "C";
        ALTER TABLE subjects ADD COLUMN stewards TEXT COLLATE "C";
        ALTER TABLE subjects ADD COLUMN services TEXT COLLATE "C";
        ALTER TABLE subjects ADD COLUMN addresses TEXT COLLATE "C";
        ALTER TABLE subjects ADD COLUMN review_on BIGINT;
        ALTER TABLE subjects ADD COLUMN unattended_since BIGINT;
        ALTER TABLE subjects ADD COLUMN attended_by BIGINT;
        CREATE INDEX service_accounts ON subjects (id) WHERE purpose IS NOT NULL;
        """

    /// As in SQLite.
    static let tokenRules = """
        CREATE TABLE token_rules (
            section TEXT COLLATE "C" PRIMARY KEY,
            default_lifetime BIGINT,
            max_lifetime BIGINT,
            refuses_every_service BIGINT NOT NULL,
            needs_addresses BIGINT NOT NULL,
            needs_paths BIGINT NOT NULL,
            per_person BIGINT,
            who TEXT COLLATE "C" NOT NULL,
            approval TEXT COLLATE "C" NOT NULL,
            idle_warn BIGINT,
            idle_pause BIGINT,
            idle_revoke BIGINT,
            enforce_from BIGINT,
            grace BIGINT
        );
        ALTER TABLE tokens ADD COLUMN resumed_at BIGINT;
        """

    /// As in SQLite.
    static let requests = """
        CREATE TABLE token_requests (
            id BIGINT PRIMARY KEY,
            kind TEXT COLLATE "C" NOT NULL,
            requester BIGINT NOT NULL REFERENCES subjects (id),
            owner BIGINT NOT NULL REFERENCES subjects (id),
            stage TEXT COLLATE "C" NOT NULL,
            reason TEXT COLLATE "C" NOT NULL,
            content TEXT COLLATE "C" NOT NULL,
            about TEXT COLLATE "C" NOT NULL,
            created_at BIGINT NOT NULL,
            decisions TEXT COLLATE "C" NOT NULL DEFAULT '',
            approved_until BIGINT,
            settled_at BIGINT,
            token BIGINT
        );
        CREATE INDEX token_requests_by_stage ON token_requests (stage, id);
        CREATE INDEX token_requests_by_requester ON token_requests (requester, id);
        CREATE INDEX token_requests_by_owner ON token_requests (owner, id);
        """

    /// As in SQLite. Nodes of the version before take no former owner's login beside such a secret.
    static let handedOver = """
        ALTER TABLE tokens ADD COLUMN handed_over_from BIGINT;
        ALTER TABLE tokens ADD COLUMN handed_over_at BIGINT;
        CREATE INDEX tokens_handed_over ON tokens (handed_over_from) WHERE handed_over_from IS NOT NULL;
        """

    /// As in SQLite.
    static let usePlaces = """
        CREATE TABLE use_places (
            token BIGINT NOT NULL,
            service TEXT COLLATE "C" NOT NULL,
            address TEXT COLLATE "C" NOT NULL,
            client TEXT COLLATE "C" NOT NULL,
            network TEXT COLLATE "C" NOT NULL,
            first_day BIGINT NOT NULL,
            last_day BIGINT NOT NULL,
            PRIMARY KEY (token, service, address, client)
        );
        CREATE TABLE service_days (
            day BIGINT NOT NULL,
            service TEXT COLLATE "C" NOT NULL,
            count BIGINT NOT NULL,
            PRIMARY KEY (day, service)
        );
        INSERT INTO service_days (day, service, count) SELECT day, service, sum(count) FROM use_days GROUP BY day, service;
        """

    static let useCounts = """
        ALTER TABLE last_uses ADD COLUMN services BIGINT NOT NULL DEFAULT 0;
        ALTER TABLE last_uses ADD COLUMN networks BIGINT NOT NULL DEFAULT 0;
        ALTER TABLE last_uses ADD COLUMN clients BIGINT NOT NULL DEFAULT 0;
        CREATE INDEX last_uses_by_time ON last_uses (last_at, token);
        CREATE INDEX last_uses_shared ON last_uses (token) WHERE networks >= 8;
        """

    /// Both columns are filled while the table is written anew, once, which is far faster than an UPDATE.
    static let tokenLists = """
        CREATE FUNCTION pg_temp.reach(scopes TEXT) RETURNS BIGINT LANGUAGE sql IMMUTABLE AS $$
            SELECT CASE scopes WHEN '' THEN -1 ELSE (
                SELECT count(DISTINCT split_part(scope, ':', 1)) FROM unnest(string_to_array(scopes, ' ')) AS scope
                WHERE split_part(scope, ':', 1) <> 'jeton') END
        $$;
        ALTER TABLE tokens ADD COLUMN reach BIGINT;
        ALTER TABLE tokens ALTER COLUMN reach TYPE BIGINT USING pg_temp.reach(scopes),
            ADD COLUMN token_id BIGINT GENERATED ALWAYS AS (coalesce(token, id)) STORED;
        DROP FUNCTION pg_temp.reach(TEXT);
        CREATE INDEX tokens_by_token_id ON tokens (token_id) WHERE replaced_at IS NULL;
        CREATE INDEX tokens_by_name ON tokens (name_folded, id, owner) WHERE replaced_at IS NULL;
        CREATE INDEX tokens_by_expiry ON tokens (expires_at, id) WHERE replaced_at IS NULL AND expires_at IS NOT NULL;
        CREATE INDEX tokens_previous ON tokens (expires_at) WHERE replaced_at IS NOT NULL AND revoked_at IS NULL;
        """

    /// As in SQLite.
    static let actorTokens = "ALTER TABLE events ADD COLUMN actor_token BIGINT;"

    /// As in SQLite.
    static let incidents = """
        CREATE TABLE token_selections (
            id BIGINT PRIMARY KEY,
            subject BIGINT,
            at BIGINT NOT NULL,
            tokens TEXT COLLATE "C" NOT NULL,
            spared TEXT COLLATE "C" NOT NULL
        );
        CREATE TABLE incidents (
            number BIGINT PRIMARY KEY,
            title TEXT COLLATE "C" NOT NULL,
            opened_at BIGINT NOT NULL,
            opened_by BIGINT,
            closed_at BIGINT
        );
        CREATE TABLE incident_tokens (
            incident BIGINT NOT NULL REFERENCES incidents (number),
            token BIGINT NOT NULL REFERENCES tokens (id),
            paused_at BIGINT NOT NULL,
            paused_by BIGINT,
            PRIMARY KEY (incident, token)
        );
        CREATE INDEX incident_tokens_by_token ON incident_tokens (token);
        CREATE INDEX incident_tokens_by_time ON incident_tokens (paused_at);
        ALTER TABLE events ADD COLUMN incident BIGINT;
        CREATE INDEX events_by_incident ON events (incident, id) WHERE incident IS NOT NULL;
        """
}
