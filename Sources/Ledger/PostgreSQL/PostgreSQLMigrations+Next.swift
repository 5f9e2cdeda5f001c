extension PostgreSQLMigrations {
    /// The steps of the version after this one, which are none here. For the test of an upgrade,
    /// `scripts/build-next` builds with a file in place of this one that has some.
    static let next: [String] = []
}
