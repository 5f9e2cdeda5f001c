extension PostgreSQLMigrations {
    /// As in SQLite.
    static let delegations = """
        ALTER TABLE tokens ADD COLUMN actor BIGINT REFERENCES subjects (id), ADD COLUMN actors_before TEXT COLLATE "C",
            ADD COLUMN delegated_from BIGINT;
        CREATE INDEX tokens_by_actor ON tokens (actor, expires_at) WHERE actor IS NOT NULL;
        CREATE INDEX tokens_by_delegation ON tokens (delegated_from) WHERE delegated_from IS NOT NULL;
        """
}
