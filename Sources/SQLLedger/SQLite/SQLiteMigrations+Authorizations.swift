extension SQLiteMigrations {
    /// What programs asked people for, and which program or job each token was given to.
    static let authorizations = """
        ALTER TABLE tokens ADD COLUMN oauth_client TEXT;
        ALTER TABLE tokens ADD COLUMN oauth_client_title TEXT;
        ALTER TABLE tokens ADD COLUMN oauth_client_address TEXT;
        ALTER TABLE tokens ADD COLUMN trust_rule INTEGER;
        ALTER TABLE tokens ADD COLUMN job TEXT;
        CREATE TABLE authorizations (
            id INTEGER PRIMARY KEY,
            digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
            kind TEXT NOT NULL,
            user_code BLOB,
            client TEXT NOT NULL,
            client_title TEXT NOT NULL,
            scopes TEXT NOT NULL,
            resource TEXT,
            address TEXT NOT NULL,
            network TEXT NOT NULL,
            agent TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            expires_at INTEGER NOT NULL,
            polled_at INTEGER,
            poll_interval INTEGER NOT NULL,
            redirect_uri TEXT NOT NULL,
            challenge TEXT NOT NULL,
            stage TEXT NOT NULL,
            subject INTEGER REFERENCES subjects (id),
            decision TEXT,
            decided_from TEXT NOT NULL,
            token INTEGER,
            settled_at INTEGER
        ) STRICT;
        CREATE INDEX authorizations_pending ON authorizations (expires_at) WHERE stage = 'pending';
        CREATE INDEX authorizations_by_end ON authorizations (expires_at);
        """
}
