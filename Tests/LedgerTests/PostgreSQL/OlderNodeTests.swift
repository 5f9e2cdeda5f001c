import PostgreSQL
import SQL
import TestHouse
import Testing
import Tokens

@testable import Ledger
@testable import SQLLedger

extension OnPostgreSQL {
    @Suite("A node of the version before, in which a token had one secret") struct OlderNodeTests {
        /// What that version does to regenerate a token, in its order: the new row comes last.
        private static func regenerate(_ old: Int64, as new: Int64, at now: Timestamp) -> String {
            """
            BEGIN;
            UPDATE tokens SET successor = \(new), holds_name = 0 WHERE id = \(old);
            UPDATE tokens SET expires_at = \(now.milliseconds + 3_600_000) WHERE id = \(old);
            INSERT INTO tokens (id, owner, digest, name, name_folded, holds_name, scopes, created_at, origin)
                SELECT \(new), owner, sha256('\(new)'), name, name_folded, 1, scopes, \(now.milliseconds), 'desk'
                FROM tokens WHERE id = \(old);
            COMMIT;
            """
        }

        @Test("what it regenerates stays one token with its creation, description, pauses and last use")
        func regenerated() async throws {
            try await PostgreSQLServer.withDatabase { address in
                let ledger = try PostgreSQLLedger(.few(address), observer: { _ in })
                let house = House(ledger: ledger, notified: Notifications(), folder: "")
                let alice = try await house.person("alice")
                let first = try await house.token(of: alice)
                let pause = Pause(source: .owner, at: .noon, until: .noon + .days(1), by: alice.id)
                try await ledger.change(first.id, at: .noon) { token throws(LedgerError) in
                    token.description = "nightly"
                    token.pauses = [pause]
                    return [.note(.tokenChanged)]
                }
                let use = Use(
                    secret: first.secret, service: "git", address: "", client: "", lastAt: .noon, count: 1)
                try await ledger.record([use])
                let connection = try PostgreSQLConnection(address)
                var ids = [first.id]
                for hour in 1...3 {
                    let (old, moment) = (ids[hour - 1].number, Timestamp.noon + .hours(Int64(hour)))
                    ids.append(.next(at: moment))
                    try connection.execute(Self.regenerate(old, as: ids[hour].number, at: moment))
                    let token = try #require(try await ledger.token(first.id))
                    #expect(token.id == ids[hour] && token.secret == ids[hour].firstSecret)
                    #expect(token.createdAt == .noon && token.rotatedAt == moment)
                    #expect(token.description == "nightly" && token.pauses == [pause])
                    #expect(try await ledger.lastUse(of: token)?.lastAt == .noon)
                    for id in ids { #expect(try await ledger.token(id) == token) }
                    // The secrets before still work, since that version regenerates during an overlap, too.
                    let previous = try await ledger.previousSecrets(of: token.id, at: moment)
                    #expect(previous.first?.id == ids[hour - 1].firstSecret)
                    #expect(previous.first?.replacedAt == moment)
                }
                let now = Timestamp.noon + .hours(3)
                let query = TokenQuery(owner: alice.id, now: now)
                #expect(try await ledger.tokens(query).map(\.token.id) == [ids[3]])
                await ledger.close()
            }
        }
    }
}
