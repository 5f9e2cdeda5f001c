extension PostgreSQLMigrations {
    /// As SQLite's step of that name.
    static let administrators = """
        ALTER TABLE subjects ADD COLUMN was_administrator BIGINT NOT NULL DEFAULT 0;
        UPDATE subjects SET was_administrator = 1 WHERE id = (SELECT id FROM subjects
            WHERE ended_at IS NOT NULL OR details IS NOT NULL OR last_sign_in_at IS NOT NULL LIMIT 1);
        CREATE INDEX administrators ON subjects (id) WHERE is_administrator = 1 OR was_administrator = 1;
        CREATE INDEX subjects_by_email ON subjects (email_folded) WHERE email_folded IS NOT NULL;
        """
}
