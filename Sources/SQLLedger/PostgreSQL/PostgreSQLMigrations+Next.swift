extension PostgreSQLMigrations {
    /// The steps of the next version: none. For tests of an upgrade, `scripts/build-next` replaces this file.
    static let next: [String] = []
}
