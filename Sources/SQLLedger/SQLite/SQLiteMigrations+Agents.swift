extension SQLiteMigrations {
    /// The agent that acts with a token on behalf of its owner, those that it acts for as a list of numbers, and the
    /// other agent's token that it was got for.
    static let delegations = """
        ALTER TABLE tokens ADD COLUMN actor INTEGER REFERENCES subjects (id);
        ALTER TABLE tokens ADD COLUMN actors_before TEXT;
        ALTER TABLE tokens ADD COLUMN delegated_from INTEGER;
        CREATE INDEX tokens_by_actor ON tokens (actor, expires_at) WHERE actor IS NOT NULL;
        CREATE INDEX tokens_by_delegation ON tokens (delegated_from) WHERE delegated_from IS NOT NULL;
        """
}
