extension PostgreSQLMigrations {
    // Changes wait while an index is made, so each is a step.

    static let eventsByKind = "CREATE INDEX events_by_kind ON events (kind, id);"
    static let eventsByActor = "CREATE INDEX events_by_actor ON events (actor, id) WHERE actor IS NOT NULL;"
    static let eventsByAddress = "CREATE INDEX events_by_address ON events (address, id) WHERE address <> '';"

    /// As in SQLite. Nodes of the version before do not give events later identifiers than those before: the trigger
    /// does it for them. Like all writers they hold the lock on `change_head`.
    static let eventSearch = """
        CREATE INDEX events_ahead ON events (((id >> 21) - at)) WHERE (id >> 21) - at > 1000;
        CREATE TABLE event_cursors (
            name TEXT COLLATE "C" PRIMARY KEY,
            reached BIGINT,
            holder BIGINT,
            held_until BIGINT
        );
        CREATE FUNCTION jeton_event_order() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE latest BIGINT := (SELECT max(id) FROM events);
        BEGIN
            IF NEW.id <= latest THEN NEW.id := latest + 1; END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER event_order BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION jeton_event_order();
        """
}
