extension SQLiteMigrations {
    /// Finding events, and how far they were sent. `events_ahead` has the few events whose identifiers are ahead of their
    /// time. `event_cursors` has a row for each export, with who sends it until when and the latest event that was sent,
    /// and one for the event up to which addresses are erased.
    static let eventSearch = """
        CREATE INDEX events_by_kind ON events (kind, id);
        CREATE INDEX events_by_actor ON events (actor, id) WHERE actor IS NOT NULL;
        CREATE INDEX events_by_address ON events (address, id) WHERE address <> '';
        CREATE INDEX events_ahead ON events ((id >> 21) - at) WHERE (id >> 21) - at > 1000;
        CREATE TABLE event_cursors (
            name TEXT PRIMARY KEY,
            reached INTEGER,
            holder INTEGER,
            held_until INTEGER
        ) STRICT, WITHOUT ROWID;
        """
}
