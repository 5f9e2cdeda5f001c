extension PostgreSQLMigrations {
    /// As in SQLite. To nodes of the version before, a program's token was created at the desk.
    static let authorizations = """
        ALTER TABLE tokens ADD COLUMN oauth_client TEXT COLLATE "C";
        ALTER TABLE tokens ADD COLUMN oauth_client_title TEXT COLLATE "C";
        ALTER TABLE tokens ADD COLUMN oauth_client_address TEXT COLLATE "C";
        ALTER TABLE tokens ADD COLUMN trust_rule BIGINT;
        ALTER TABLE tokens ADD COLUMN job TEXT COLLATE "C";
        CREATE TABLE authorizations (
            id BIGINT PRIMARY KEY,
            digest BYTEA NOT NULL UNIQUE CHECK (length(digest) = 32),
            kind TEXT COLLATE "C" NOT NULL,
            user_code BYTEA,
            client TEXT COLLATE "C" NOT NULL,
            client_title TEXT COLLATE "C" NOT NULL,
            scopes TEXT COLLATE "C" NOT NULL,
            resource TEXT COLLATE "C",
            address TEXT COLLATE "C" NOT NULL,
            network TEXT COLLATE "C" NOT NULL,
            agent TEXT COLLATE "C" NOT NULL,
            created_at BIGINT NOT NULL,
            expires_at BIGINT NOT NULL,
            polled_at BIGINT,
            poll_interval BIGINT NOT NULL,
            redirect_uri TEXT COLLATE "C" NOT NULL,
            challenge TEXT COLLATE "C" NOT NULL,
            stage TEXT COLLATE "C" NOT NULL,
            subject BIGINT REFERENCES subjects (id),
            decision TEXT COLLATE "C",
            decided_from TEXT COLLATE "C" NOT NULL,
            token BIGINT,
            settled_at BIGINT
        );
        CREATE INDEX authorizations_pending ON authorizations (expires_at) WHERE stage = 'pending';
        CREATE INDEX authorizations_by_end ON authorizations (expires_at);
        """
}
