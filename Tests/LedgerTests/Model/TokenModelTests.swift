import Testing
import TokenIndex

@testable import Ledger
@testable import SQLLedger

/// No ended secret is ever granted, and no live one refused. `make check-index` checks that for a minute.
@Suite("Tokens against a model")
struct TokenModelTests {
    @Test("on one node, all the while", .enabled(if: !Engine.isPostgreSQLTested))
    func sqlite() async throws {
        try await withTemporaryFolder { folder in
            let index = TokenIndex()
            let ledger = try SQLiteLedger(path: folder + "/jeton.db") { index.apply($0) }
            try await TokenModelCheck.run("SQLite", on: [ModelNode(ledger: ledger, index: index) { .max }])
            await ledger.close()
        }
    }
}

extension OnPostgreSQL {
    @Suite("Tokens against a model on many nodes") struct TokenModelTests {
        @Test("on three nodes that follow, all the while")
        func threeNodes() async throws {
            try await PostgreSQLServer.withDatabase { address in
                try await follow(3, .few(address), []) { nodes in
                    try await TokenModelCheck.run("PostgreSQL", on: nodes)
                }
            }
        }

        /// Runs `body` with that many nodes more.
        private func follow(
            _ count: Int, _ settings: PostgreSQLSettings, _ nodes: [ModelNode],
            _ body: ([ModelNode]) async throws -> Void
        ) async throws {
            guard count > 0 else { return try await body(nodes) }
            let index = TokenIndex(whole: false)
            let ledger = try PostgreSQLLedger(settings) { index.apply($0) }
            try await ledger.load(into: index)
            try await ledger.following {
                let node = ModelNode(ledger: ledger, index: index) { ledger.followed ?? 0 }
                try await follow(count - 1, settings, nodes + [node], body)
            }
            await ledger.close()
        }
    }
}
