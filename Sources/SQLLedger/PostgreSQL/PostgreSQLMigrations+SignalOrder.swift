extension PostgreSQLMigrations {
    /// As in SQLite. Nodes of the version before carry out signals in the order in which they come.
    static let signalOrder = "ALTER TABLE subjects ADD COLUMN account_signal_at BIGINT;"
}
