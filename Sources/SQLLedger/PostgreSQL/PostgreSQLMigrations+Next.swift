extension PostgreSQLMigrations {
    /// The steps of the next version: none. For the test of an upgrade, `scripts/build-next` builds with another
    /// file in place of this one.
    static let next: [String] = []
}
