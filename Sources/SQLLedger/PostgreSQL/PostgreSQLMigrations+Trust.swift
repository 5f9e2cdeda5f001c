extension PostgreSQLMigrations {
    /// As in SQLite. Nodes of the version before trade no identities.
    static let trustRules = """
        CREATE TABLE trust_rules (
            id BIGINT PRIMARY KEY,
            owner BIGINT NOT NULL REFERENCES subjects (id),
            name TEXT COLLATE "C" NOT NULL,
            name_folded TEXT COLLATE "C" NOT NULL,
            issuer TEXT COLLATE "C" NOT NULL,
            claims TEXT COLLATE "C" NOT NULL,
            scopes TEXT COLLATE "C" NOT NULL,
            lifetime BIGINT NOT NULL,
            created_at BIGINT NOT NULL,
            created_by BIGINT,
            expires_at BIGINT,
            removed_at BIGINT
        );
        CREATE UNIQUE INDEX trust_rule_names ON trust_rules (owner, name_folded) WHERE removed_at IS NULL;
        CREATE INDEX trust_rules_by_issuer ON trust_rules (issuer, id) WHERE removed_at IS NULL;
        CREATE INDEX tokens_of_jobs ON tokens (trust_rule, expires_at) WHERE trust_rule IS NOT NULL AND revoked_at IS NULL;
        CREATE INDEX tokens_of_jobs_by_owner ON tokens (owner, id) WHERE trust_rule IS NOT NULL;
        CREATE INDEX tokens_of_jobs_by_end ON tokens (expires_at) WHERE trust_rule IS NOT NULL;
        """
}
