extension SQLiteMigrations {
    /// Where secrets were found that must not be there.
    static let leaks = """
        CREATE TABLE leaks (
            id INTEGER PRIMARY KEY,
            secret INTEGER NOT NULL REFERENCES tokens (id),
            reporter TEXT NOT NULL,
            reported_by INTEGER,
            url TEXT NOT NULL,
            source TEXT NOT NULL,
            found_at INTEGER NOT NULL,
            last_at INTEGER NOT NULL,
            was_working INTEGER NOT NULL,
            act TEXT
        ) STRICT;
        CREATE INDEX leaks_by_secret ON leaks (secret, id);
        """

    /// Decoys, with how often each was tried, and the latest try. They have a table of their own, since a node of a version
    /// before them would accept a decoy in the table of tokens.
    static let decoys = """
        CREATE TABLE decoys (
            id INTEGER PRIMARY KEY,
            owner INTEGER NOT NULL REFERENCES subjects (id),
            digest BLOB NOT NULL UNIQUE,
            name TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            revoked_at INTEGER,
            tries INTEGER NOT NULL DEFAULT 0,
            tried_at INTEGER,
            tried_service TEXT,
            tried_from TEXT,
            tried_with TEXT
        ) STRICT;
        CREATE INDEX decoys_by_owner ON decoys (owner, id);
        """
}
