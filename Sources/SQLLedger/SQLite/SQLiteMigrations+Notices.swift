extension SQLiteMigrations {
    /// What people are told of events, how it is sent, and what they chose. `told_expiries` has the fewest days before an
    /// expiry that its token's owner was told of. Nobody is told of what happened before this step.
    static let notices = """
        CREATE TABLE notices (
            id INTEGER PRIMARY KEY,
            at INTEGER NOT NULL,
            kind TEXT NOT NULL,
            recipient INTEGER,
            subject INTEGER,
            token INTEGER,
            event INTEGER,
            title TEXT NOT NULL,
            paragraphs TEXT NOT NULL,
            facts TEXT NOT NULL,
            traces TEXT NOT NULL,
            link_words TEXT,
            link_path TEXT,
            read_at INTEGER
        ) STRICT;
        CREATE INDEX notices_by_recipient ON notices (recipient, id);
        CREATE INDEX notices_new ON notices (recipient) WHERE read_at IS NULL;
        CREATE INDEX notices_by_subject ON notices (subject) WHERE subject IS NOT NULL;
        CREATE INDEX notices_by_event ON notices (event) WHERE event IS NOT NULL;
        CREATE INDEX notices_by_time ON notices (at);
        CREATE TABLE deliveries (
            notice INTEGER NOT NULL REFERENCES notices (id),
            channel TEXT NOT NULL,
            state TEXT NOT NULL,
            digest_on INTEGER,
            attempts INTEGER NOT NULL,
            next_at INTEGER NOT NULL,
            last_error TEXT NOT NULL,
            sent_at INTEGER,
            PRIMARY KEY (notice, channel)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX deliveries_waiting ON deliveries (next_at) WHERE state = 'waiting';
        CREATE INDEX deliveries_by_state ON deliveries (state, notice);
        CREATE TABLE notice_choices (
            subject INTEGER NOT NULL,
            kind TEXT NOT NULL,
            choice TEXT NOT NULL,
            PRIMARY KEY (subject, kind)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE disabled_endpoints (
            name TEXT PRIMARY KEY,
            at INTEGER NOT NULL,
            reason TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE account_webhooks (
            subject INTEGER PRIMARY KEY,
            url TEXT NOT NULL,
            sealed_secret TEXT NOT NULL,
            changed_at INTEGER NOT NULL,
            changed_by INTEGER
        ) STRICT;
        CREATE TABLE told_expiries (
            token INTEGER PRIMARY KEY,
            expires_at INTEGER NOT NULL,
            days INTEGER NOT NULL
        ) STRICT;
        INSERT INTO event_cursors (name, reached) SELECT 'notices', latest
            FROM (SELECT max(id) AS latest FROM events) AS newest WHERE latest IS NOT NULL;
        """
}
