extension PostgreSQLMigrations {
    /// As in SQLite. Nodes of the version before do not keep it.
    static let lastSignIns = """
        ALTER TABLE subjects ADD COLUMN signed_in_at BIGINT;
        ALTER TABLE subjects ADD COLUMN signed_in_from TEXT COLLATE "C";
        UPDATE subjects SET signed_in_at = latest.at, signed_in_from = latest.address FROM events AS latest
            WHERE latest.id = (SELECT max(id) FROM events WHERE events.subject = subjects.id AND events.kind = 'signed_in');
        CREATE INDEX subjects_by_name ON subjects (name_folded, id);
        CREATE INDEX subjects_by_sign_in ON subjects (signed_in_at, id);
        """
}
