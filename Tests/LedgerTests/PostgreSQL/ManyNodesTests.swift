import PostgreSQL
import SQL
import Sodium
import Synchronization
import TestHouse
import Testing
import Tokens

@testable import Ledger
@testable import SQLLedger

extension OnPostgreSQL {
    @Suite("Many nodes") struct ManyNodesTests {
        /// Runs `body` with several nodes on one database, each of which follows.
        private func withNodes(_ count: Int, _ body: ([House]) async throws -> Void) async throws {
            try await PostgreSQLServer.withDatabase { address in
                try await add(count, to: [], .few(address), body)
            }
        }

        private func add(
            _ count: Int, to houses: [House], _ settings: PostgreSQLSettings,
            _ body: ([House]) async throws -> Void
        ) async throws {
            guard count > 0 else { return try await body(houses) }
            let notified = Notifications()
            let ledger = try PostgreSQLLedger(settings, observer: notified.append)
            try await ledger.load(into: Loaded.Reading())
            try await ledger.following {
                try await add(
                    count - 1, to: houses + [House(ledger: ledger, notified: notified, folder: "")], settings,
                    body)
            }
            await ledger.close()
        }

        @Test("all nodes are notified of each change, and a revocation is final")
        func everything() async throws {
            try await withNodes(3) { nodes in
                let alice = try await nodes[0].person("alice")
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for (index, node) in nodes.enumerated() {
                        for writer in 0..<3 {
                            group.addTask {
                                let owner = try await node.person("p\(index)\(writer)")
                                for round in 0..<8 {
                                    // Revoked on another node than the one that created it.
                                    let token = try await node.token("t\(round)", of: owner)
                                    let revoked = try await nodes[(index + round) % 3].revoke(
                                        token, at: .noon)
                                    #expect(revoked.revocation != nil)
                                }
                                try await node.ledger.suspend(
                                    alice.id, since: writer == 0 ? nil : .noon,
                                    event: .note(.subjectSuspended))
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                let now = try await nodes[0].loaded()
                for node in nodes {
                    try await eventually { Replay(node.notified.changes) == Replay(now) }
                    // After a node knew a revocation, no later notification contradicted it.
                    var revoked = Set<TokenID>()
                    for token in node.notified.records {
                        if token.isRevoked { revoked.insert(token.id) }
                        #expect(token.isRevoked || !revoked.contains(token.id))
                    }
                    #expect(revoked.count == 72)
                }
            }
        }

        @Test("all nodes learn the rules about tokens, after a change of a kind that they do not know")
        func rules() async throws {
            try await PostgreSQLServer.withDatabase { address in
                try await add(2, to: [], .few(address)) { nodes in
                    // As a node of a later version makes it.
                    try PostgreSQLConnection(address).execute(
                        """
                        BEGIN;
                        UPDATE change_head SET number = number + 1;
                        INSERT INTO changes (number, kind, id) SELECT number, 'of later', 1 FROM change_head;
                        COMMIT;
                        """)
                    try await nodes[0].ledger.setTokenPolicy(.strict, event: .note(.tokenPolicyChanged))
                    try await eventually { nodes[1].notified.rules == [.strict] }
                    #expect(try await nodes[1].ledger.tokenPolicy() == .strict)
                    try await nodes[1].ledger.setTokenPolicy(
                        TokenPolicy(), event: .note(.tokenPolicyChanged))
                    try await eventually { nodes[0].notified.rules == [.strict, TokenPolicy()] }
                }
            }
        }

        @Test("of many tokens created with one name at once, on three nodes, exactly one gets it")
        func oneName() async throws {
            try await withNodes(3) { nodes in
                let alice = try await nodes[0].person("alice")
                let made = await withTaskGroup(of: Token?.self) { group in
                    for index in 0..<30 {
                        group.addTask { try? await nodes[index % 3].token("CI", of: alice) }
                    }
                    return await group.reduce(into: []) { $0.append($1) }.compactMap { $0 }
                }
                #expect(made.count == 1)
                let listed = try await nodes[1].ledger.tokens(TokenQuery(now: .noon))
                #expect(listed.map(\.token) == made)
            }
        }

        @Test("every node confirms what one of them changed, and one that is closed is none any more")
        func confirmations() async throws {
            try await withNodes(3) { nodes in
                let alice = try await nodes[0].person("alice")
                for round in 0..<5 {
                    let token = try await nodes[round % 3].token("t\(round)", of: alice)
                    try await nodes[round % 3].revoke(token, at: .noon)
                    let change = nodes[round % 3].ledger.latestChange
                    try await eventually {
                        let all = try await nodes[0].ledger.confirmations(of: change)
                        return all.count == 3 && all.allSatisfy(\.isConfirmed)
                    }
                    for node in nodes {
                        #expect(node.notified.records.last?.isRevoked == true)
                    }
                    let later = try await nodes[1].ledger.confirmations(of: change + 1)
                    #expect(later.allSatisfy { !$0.isConfirmed && $0.delay == nil })
                }
                await (nodes[2].ledger as? PostgreSQLLedger)?.leave()
            }
        }

        @Test("uses of all nodes add up, within the limit, and the last use is the latest of all")
        func uses() async throws {
            try await withNodes(3) { nodes in
                let token = try await nodes[0].token(of: try await nodes[0].person("alice"))
                func use(_ client: Int, at second: Int) -> Use {
                    Use(
                        secret: token.secret, service: "git", address: "192.0.2.1",
                        client: "client \(client)",
                        lastAt: .noon + .seconds(Int64(second)), count: 1)
                }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for (index, node) in nodes.enumerated() {
                        group.addTask {
                            for round in 0..<20 {
                                try await node.ledger.record(
                                    (0..<25).map { use(index * 60 + round * 5 + $0, at: round * 10 + index) })
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                let kept = try await nodes[0].ledger.uses(of: token.id, since: .noon)
                let sum = kept.map(\.count).reduce(0, +)
                #expect(sum == 3 * 20 * 25)
                #expect(kept.count == LedgerLimits.usesPerTokenAndDay)
                let last = try await nodes[1].ledger.tokens(TokenQuery(now: .noon)).first?.lastUse
                #expect(last?.lastAt == .noon + .seconds(192))
            }
        }

        @Test("a node whose connections are cut catches up by itself")
        func cut() async throws {
            try await PostgreSQLServer.withDatabase { address in
                try await add(2, to: [], PostgreSQLSettings(address)) { nodes in
                    let alice = try await nodes[0].person("alice")
                    for round in 0..<5 {
                        let token = try await nodes[0].token("t\(round)", of: alice)
                        try await eventually { nodes[1].notified.records.contains(token.record) }
                        try PostgreSQLServer.shared.cutConnections(to: address)
                        // Reading and writing reconnect by themselves.
                        #expect(try await nodes[0].ledger.token(token.id) == token)
                        let revoked = try await nodes[0].revoke(token, at: .noon)
                        try await eventually { nodes[1].notified.records.contains(revoked.record) }
                    }
                }
            }
        }

        @Test("behind PgBouncer, which assigns connections by transaction, changes are polled")
        func pooler() async throws {
            try await PostgreSQLServer.withDatabase { address in
                let pooled = try PostgreSQLServer.shared.pooled(address)
                var settings = PostgreSQLSettings.few(pooled)
                settings.interval = TimeSpan(milliseconds: 50)
                settings.prepares = false
                try await add(2, to: [], settings) { nodes in
                    let alice = try await nodes[0].person("alice")
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for index in 0..<20 {
                            group.addTask {
                                let token = try await nodes[index % 2].token("t\(index)", of: alice)
                                let revoked = try await nodes[0].revoke(token, at: .noon)
                                try await nodes[1].ledger.record([
                                    Use(
                                        secret: token.secret, service: "git", address: "", client: "",
                                        lastAt: .noon,
                                        count: 1)
                                ])
                                #expect(try await nodes[1].ledger.token(token.id) == revoked)
                            }
                        }
                        try await group.waitForAll()
                    }
                    let now = try await nodes[0].loaded()
                    for node in nodes {
                        try await eventually { Replay(node.notified.changes) == Replay(now) }
                    }
                }
            }
        }

        @Test("a node that was disconnected for longer than changes are kept reloads everything")
        func swept() async throws {
            try await PostgreSQLServer.withDatabase { address in
                let settings = PostgreSQLSettings(address)
                let (one, notified) = (try PostgreSQLLedger(settings, observer: { _ in }), Notifications())
                let two = try PostgreSQLLedger(settings, observer: notified.append)
                let house = House(ledger: one, notified: Notifications(), folder: "")
                let alice = try await house.person("alice")
                try await two.load(into: Loaded.Reading())
                let token = try await house.token(of: alice)
                try PostgreSQLConnection(address).execute("DELETE FROM changes")
                try await two.following { try await eventually { notified.records.contains(token.record) } }
                let later = try await house.token("later", of: alice)
                try await two.following { try await eventually { notified.records.contains(later.record) } }
                #expect(notified.records == [token, later].map(\.record))
                await one.close()
                await two.close()
            }
        }

        @Test("a database that was restored to an earlier time is reported and not followed")
        func wentBack() async throws {
            try await PostgreSQLServer.withDatabase { address in
                let ledger = try PostgreSQLLedger(PostgreSQLSettings(address), observer: { _ in })
                try await House(ledger: ledger, notified: Notifications(), folder: "").person("alice")
                try await ledger.load(into: Loaded.Reading())
                try PostgreSQLConnection(address).execute("UPDATE change_head SET number = 0")
                let confirmed = Atomic(0)
                let said = Mutex<[String]>([])
                try await ledger.following(
                    confirm: { _ in confirmed.add(1, ordering: .relaxed) },
                    report: { error in said.withLock { $0.append(error?.description ?? "well") } }
                ) {
                    try await eventually { said.withLock { !$0.isEmpty } }
                }
                #expect(said.withLock { $0.first }?.contains("restart Jeton") == true)
                #expect(confirmed.load(ordering: .relaxed) == 0)
                await ledger.close()
            }
        }

        /// The ledger's tables without the changes after that number.
        private static func restore(_ address: PostgreSQLAddress, to number: Int64) throws {
            try PostgreSQLConnection(address).execute(
                """
                DELETE FROM changes WHERE number > \(number); UPDATE change_head SET number = \(number)
                """)
        }

        @Test("a restored database is not followed even when its numbers have grown past the node's")
        func wentBackAndOn() async throws {
            try await PostgreSQLServer.withDatabase { address in
                let settings = PostgreSQLSettings(address)
                let one = try PostgreSQLLedger(settings, observer: { _ in })
                let house = House(ledger: one, notified: Notifications(), folder: "")
                let alice = try await house.person("alice")
                let token = try await house.token(of: alice)
                try await house.token("lost", of: alice)
                try await one.load(into: Loaded.Reading())
                _ = try await one.catchUp()
                try Self.restore(address, to: 2)
                // The number of the lost change is assigned again, and `one` would never learn of it.
                let two = try PostgreSQLLedger(settings, observer: { _ in })
                let others = House(ledger: two, notified: Notifications(), folder: "")
                try await others.revoke(token, at: .noon)
                try await others.token("more", of: alice)
                let failure = await #expect(throws: LedgerError.self) { _ = try await one.catchUp() }
                #expect(failure?.reason?.contains("restart Jeton") == true)
                // Neither a change of its own nor time resolves that.
                await #expect(throws: LedgerError.self) { try await house.person("bob") }
                try PostgreSQLConnection(address).execute("DELETE FROM changes WHERE number < 4")
                await #expect(throws: LedgerError.self) { _ = try await one.catchUp() }
                // A node that restarts loads everything as it is.
                let three = try PostgreSQLLedger(settings, observer: { _ in })
                let now = Loaded.Reading()
                try await three.load(into: now)
                _ = try await three.catchUp()
                #expect(now.loaded.records.first { $0.id == token.id }?.isRevoked == true)
                for ledger in [one, two, three] { await ledger.close() }
            }
        }

        @Test("sweeping removes changes older than a day, except the latest")
        func sweep() async throws {
            try await PostgreSQLServer.withDatabase { address in
                let ledger = try PostgreSQLLedger(PostgreSQLSettings(address), observer: { _ in })
                for login in ["alice", "bob"] {
                    try await House(ledger: ledger, notified: Notifications(), folder: "").person(login)
                }
                let connection = try PostgreSQLConnection(address)
                try connection.execute("UPDATE changes SET at = at - INTERVAL '2 days'")
                try await ledger.sweep(at: .noon)
                #expect(try connection.integer("SELECT sum(number)::bigint FROM changes") == 2)
                await ledger.close()
            }
        }

        @Test("a node whose own change was lost with its database follows no other database")
        func lostItsOwn() async throws {
            try await PostgreSQLServer.withDatabase { address in
                let settings = PostgreSQLSettings(address)
                let one = try PostgreSQLLedger(settings, observer: { _ in })
                let two = try PostgreSQLLedger(settings, observer: { _ in })
                let (house, others) = (
                    House(ledger: one, notified: Notifications(), folder: ""),
                    House(ledger: two, notified: Notifications(), folder: "")
                )
                let alice = try await house.person("alice")
                try await one.load(into: Loaded.Reading())
                _ = try await one.catchUp()
                // Answered, but not followed yet when its database was lost.
                try await house.token(of: alice)
                try Self.restore(address, to: 1)
                try await others.token("another", of: alice)
                await #expect(throws: LedgerError.self) { _ = try await one.catchUp() }
                for ledger in [one, two] { await ledger.close() }
            }
        }
    }
}

/// Waits until `isSo`, as long as a busy machine may take.
func eventually(sourceLocation: SourceLocation = #_sourceLocation, _ isSo: () async throws -> Bool)
    async throws
{
    let end = ContinuousClock.now + .seconds(60)
    while try await !isSo() {
        try #require(ContinuousClock.now < end, "this never came", sourceLocation: sourceLocation)
        try await Task.sleep(for: .milliseconds(2))
    }
}
