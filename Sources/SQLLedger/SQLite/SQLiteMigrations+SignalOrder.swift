extension SQLiteMigrations {
    /// When the identity provider issued the latest signal about each person's account.
    static let signalOrder = "ALTER TABLE subjects ADD COLUMN account_signal_at INTEGER;"
}
