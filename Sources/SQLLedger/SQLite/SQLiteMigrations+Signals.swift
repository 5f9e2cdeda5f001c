extension SQLiteMigrations {
    /// Since when each person has to sign in because their identity provider asked for it, and what is known of the streams
    /// of such signals.
    static let signals = """
        ALTER TABLE subjects ADD COLUMN must_sign_in_since INTEGER;
        CREATE TABLE signal_streams (
            name TEXT PRIMARY KEY, stream_id TEXT, endpoint TEXT, status TEXT, last_event TEXT, last_at INTEGER,
            asked_state BLOB, asked_at INTEGER, verified_at INTEGER, holder INTEGER, held_until INTEGER
        ) STRICT, WITHOUT ROWID;
        """
}
