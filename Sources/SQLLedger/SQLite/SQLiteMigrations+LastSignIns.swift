extension SQLiteMigrations {
    /// When and from where each person last signed in, in any way; NULL where they never did. Also indexes for lists of
    /// people in other orders.
    static let lastSignIns = """
        ALTER TABLE subjects ADD COLUMN signed_in_at INTEGER;
        ALTER TABLE subjects ADD COLUMN signed_in_from TEXT;
        UPDATE subjects SET signed_in_at = latest.at, signed_in_from = latest.address FROM events AS latest
            WHERE latest.id = (SELECT max(id) FROM events WHERE events.subject = subjects.id AND events.kind = 'signed_in');
        CREATE INDEX subjects_by_name ON subjects (name_folded, id);
        CREATE INDEX subjects_by_sign_in ON subjects (signed_in_at, id);
        """
}
