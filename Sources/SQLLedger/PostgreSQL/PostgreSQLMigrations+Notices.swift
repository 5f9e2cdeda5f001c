extension PostgreSQLMigrations {
    /// As in SQLite.
    static let notices = """
        CREATE TABLE notices (
            id BIGINT PRIMARY KEY,
            at BIGINT NOT NULL,
            kind TEXT COLLATE "C" NOT NULL,
            recipient BIGINT,
            subject BIGINT,
            token BIGINT,
            event BIGINT,
            title TEXT NOT NULL,
            paragraphs TEXT NOT NULL,
            facts TEXT NOT NULL,
            traces TEXT NOT NULL,
            link_words TEXT,
            link_path TEXT,
            read_at BIGINT
        );
        CREATE INDEX notices_by_recipient ON notices (recipient, id);
        CREATE INDEX notices_new ON notices (recipient) WHERE read_at IS NULL;
        CREATE INDEX notices_by_subject ON notices (subject) WHERE subject IS NOT NULL;
        CREATE INDEX notices_by_event ON notices (event) WHERE event IS NOT NULL;
        CREATE INDEX notices_by_time ON notices (at);
        CREATE TABLE deliveries (
            notice BIGINT NOT NULL REFERENCES notices (id),
            channel TEXT COLLATE "C" NOT NULL,
            state TEXT COLLATE "C" NOT NULL,
            digest_on BIGINT,
            attempts BIGINT NOT NULL,
            next_at BIGINT NOT NULL,
            last_error TEXT NOT NULL,
            sent_at BIGINT,
            PRIMARY KEY (notice, channel)
        );
        CREATE INDEX deliveries_waiting ON deliveries (next_at) WHERE state = 'waiting';
        CREATE INDEX deliveries_by_state ON deliveries (state, notice);
        CREATE TABLE notice_choices (
            subject BIGINT NOT NULL,
            kind TEXT COLLATE "C" NOT NULL,
            choice TEXT COLLATE "C" NOT NULL,
            PRIMARY KEY (subject, kind)
        );
        CREATE TABLE disabled_endpoints (
            name TEXT COLLATE "C" PRIMARY KEY,
            at BIGINT NOT NULL,
            reason TEXT NOT NULL
        );
        CREATE TABLE account_webhooks (
            subject BIGINT PRIMARY KEY,
            url TEXT NOT NULL,
            sealed_secret TEXT NOT NULL,
            changed_at BIGINT NOT NULL,
            changed_by BIGINT
        );
        CREATE TABLE told_expiries (
            token BIGINT PRIMARY KEY,
            expires_at BIGINT NOT NULL,
            days BIGINT NOT NULL
        );
        INSERT INTO event_cursors (name, reached) SELECT 'notices', latest
            FROM (SELECT max(id) AS latest FROM events) AS newest WHERE latest IS NOT NULL;
        """
}
