extension PostgreSQLMigrations {
    /// Columns in tables that are written all the time, and a table.
    static let next = [
        """
        ALTER TABLE tokens ADD COLUMN next TEXT;
        ALTER TABLE uses ADD COLUMN next BIGINT NOT NULL DEFAULT 1;
        CREATE TABLE next (id BIGINT);
        """
    ]
}
