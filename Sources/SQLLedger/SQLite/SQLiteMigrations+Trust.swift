extension SQLiteMigrations {
    /// Trust rules. Those that were removed stay, for the names of the tokens that they gave.
    static let trustRules = """
        CREATE TABLE trust_rules (
            id INTEGER PRIMARY KEY,
            owner INTEGER NOT NULL REFERENCES subjects (id),
            name TEXT NOT NULL,
            name_folded TEXT NOT NULL,
            issuer TEXT NOT NULL,
            claims TEXT NOT NULL,
            scopes TEXT NOT NULL,
            lifetime INTEGER NOT NULL,
            created_at INTEGER NOT NULL,
            created_by INTEGER,
            expires_at INTEGER,
            removed_at INTEGER
        ) STRICT;
        CREATE UNIQUE INDEX trust_rule_names ON trust_rules (owner, name_folded) WHERE removed_at IS NULL;
        CREATE INDEX trust_rules_by_issuer ON trust_rules (issuer, id) WHERE removed_at IS NULL;
        CREATE INDEX tokens_of_jobs ON tokens (trust_rule, expires_at) WHERE trust_rule IS NOT NULL AND revoked_at IS NULL;
        CREATE INDEX tokens_of_jobs_by_owner ON tokens (owner, id) WHERE trust_rule IS NOT NULL;
        CREATE INDEX tokens_of_jobs_by_end ON tokens (expires_at) WHERE trust_rule IS NOT NULL;
        """
}
