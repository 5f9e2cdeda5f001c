extension PostgreSQLMigrations {
    /// As in SQLite. Nodes of the version before do not know that a person has to sign in.
    static let signals = """
        ALTER TABLE subjects ADD COLUMN must_sign_in_since BIGINT;
        CREATE TABLE signal_streams (
            name TEXT COLLATE "C" PRIMARY KEY, stream_id TEXT COLLATE "C", endpoint TEXT COLLATE "C", status TEXT COLLATE "C", last_event TEXT COLLATE "C", last_at BIGINT,
            asked_state BYTEA, asked_at BIGINT, verified_at BIGINT, holder BIGINT, held_until BIGINT
        );
        """
}
