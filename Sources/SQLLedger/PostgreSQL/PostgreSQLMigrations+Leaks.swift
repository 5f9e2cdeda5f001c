extension PostgreSQLMigrations {
    /// Where secrets were found that must not be there.
    static let leaks = """
        CREATE TABLE leaks (
            id BIGINT PRIMARY KEY,
            secret BIGINT NOT NULL REFERENCES tokens (id),
            reporter TEXT COLLATE "C" NOT NULL,
            reported_by BIGINT,
            url TEXT COLLATE "C" NOT NULL,
            source TEXT COLLATE "C" NOT NULL,
            found_at BIGINT NOT NULL,
            last_at BIGINT NOT NULL,
            was_working BIGINT NOT NULL,
            act TEXT COLLATE "C"
        );
        CREATE INDEX leaks_by_secret ON leaks (secret, id);
        """

    /// Decoys, with how often each was tried, and the latest try. They have a table of their own, since a node of a version
    /// before them would accept a decoy in the table of tokens.
    static let decoys = """
        CREATE TABLE decoys (
            id BIGINT PRIMARY KEY,
            owner BIGINT NOT NULL REFERENCES subjects (id),
            digest BYTEA NOT NULL UNIQUE,
            name TEXT COLLATE "C" NOT NULL,
            created_at BIGINT NOT NULL,
            revoked_at BIGINT,
            tries BIGINT NOT NULL DEFAULT 0,
            tried_at BIGINT,
            tried_service TEXT COLLATE "C",
            tried_from TEXT COLLATE "C",
            tried_with TEXT COLLATE "C"
        );
        CREATE INDEX decoys_by_owner ON decoys (owner, id);
        """
}
