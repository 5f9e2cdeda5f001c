import Testing

/// Tests with a real server, in a process of their own: `make unit` runs both.
@Suite(
    "PostgreSQL",
    .enabled(if: Engine.isPostgreSQLTested, "JETON_TEST_LEDGER=postgresql tests this ledger, alone"))
enum OnPostgreSQL {}
