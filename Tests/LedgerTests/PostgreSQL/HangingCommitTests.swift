import PostgreSQL
import Synchronization
import TestHouse
import Testing
import Tokens

@testable import Ledger
@testable import SQLLedger

extension OnPostgreSQL {
    @Suite("A commit that hangs") struct HangingCommitTests {
        /// Makes each commit of a new token wait for the holder of advisory lock 1.
        private static let hang = """
            CREATE FUNCTION hang() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NULL; END $$;
            CREATE CONSTRAINT TRIGGER hanging AFTER INSERT ON tokens DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION hang()
            """
        private static let hanging = """
            SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND query = 'COMMIT' AND wait_event = 'advisory'
            """

        @Test("the node goes on following, and is notified of the change once, after the commit")
        func follows() async throws {
            try await PostgreSQLServer.withDatabase { address in
                let notified = Notifications()
                var settings = PostgreSQLSettings.few(address)
                settings.interval = TimeSpan(milliseconds: 20)
                let ledger = try PostgreSQLLedger(settings, observer: notified.append)
                let house = House(ledger: ledger, notified: notified, folder: "")
                let alice = try await house.person("alice")
                try await ledger.load(into: Loaded.Reading())
                let other = try PostgreSQLConnection(address)
                try other.execute(Self.hang)
                try other.execute("SELECT pg_advisory_lock(1)")
                let confirmed = Atomic(0)
                try await ledger.following(confirm: { _ in confirmed.add(1, ordering: .relaxed) }) {
                    async let made = house.token(of: alice)
                    try await eventually { (try? other.integer(Self.hanging)) == 1 }
                    let before = confirmed.load(ordering: .relaxed)
                    let isFollowing: Void? = try? await eventually {
                        confirmed.load(ordering: .relaxed) > before + 3
                    }
                    #expect(notified.records == [])
                    try other.execute("SELECT pg_advisory_unlock(1)")
                    let token = try await made
                    #expect(isFollowing != nil)
                    #expect(notified.records == [token.record])
                    try await house.person("bob")
                    #expect(notified.records == [token.record])
                }
                await ledger.close()
            }
        }
    }
}
