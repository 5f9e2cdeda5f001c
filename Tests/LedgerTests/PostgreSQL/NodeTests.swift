import PostgreSQL
import SQL
import Synchronization
import Testing

@testable import Ledger
@testable import SQLLedger

extension OnPostgreSQL {
    @Suite("Nodes that follow") struct NodeTests {
        @Test(
            "a node that starts is known to the others before it is current, although it does not follow yet")
        func knownAtTheStart() async throws {
            try await PostgreSQLServer.withDatabase { address in
                let ledger = try PostgreSQLLedger(.few(address), node: "a:8080") { _ in }
                try await ledger.load(into: Loaded.Reading())
                #expect(try await ledger.confirmations(of: 0).isEmpty)
                _ = try await ledger.catchUp()
                #expect(try await ledger.confirmations(of: 0).map(\.node) == ["a:8080"])
                await ledger.close()
            }
        }

        @Test("a node is known to the others before it is current, and so before it grants anything")
        func knownFirst() async throws {
            try await PostgreSQLServer.withDatabase { address in
                let ledger = try PostgreSQLLedger(.few(address), node: "a:8080") { _ in }
                try await ledger.load(into: Loaded.Reading())
                let counts = Mutex<[Int64]>([])
                try await ledger.following(confirm: { _ in
                    let count = try? PostgreSQLConnection(address).integer("SELECT count(*) FROM nodes")
                    counts.withLock { $0.append(count ?? -1) }
                }) {
                    while counts.withLock({ $0.isEmpty }) { try await Task.sleep(for: .milliseconds(5)) }
                }
                #expect(counts.withLock { $0.first } == 1)
                #expect(try await ledger.confirmations(of: 0).map(\.node) == ["a:8080"])
                await ledger.close()
                #expect(try PostgreSQLConnection(address).integer("SELECT count(*) FROM nodes") == 0)
            }
        }
    }
}
