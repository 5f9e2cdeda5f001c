import PostgreSQL
import SQL
import Synchronization
import TestHouse
import Testing
import Tokens

@testable import Ledger
@testable import SQLLedger

extension OnPostgreSQL {
    @Suite("The order of events") struct EventOrderTests {
        @Test("who follows events misses none that several nodes add under different clocks", .timeLimit(.minutes(2)))
        func follow() async throws {
            try await PostgreSQLServer.withDatabase { address in
                let nodes = try (0..<4).map { _ in try PostgreSQLLedger(.few(address), observer: { _ in }) }
                let isDone = Atomic(false)
                async let seen = Self.follow(nodes[3], until: isDone)
                let added = try await withThrowingTaskGroup(of: [String].self) { group in
                    for (index, node) in nodes.prefix(3).enumerated() {
                        for writer in 0..<4 {
                            group.addTask {
                                var details: [String] = []
                                for count in 0..<40 {
                                    // The clock of each node is minutes off.
                                    let moment = Timestamp.noon + .minutes(Int64(index * 5)) + .seconds(Int64(count))
                                    details.append("\(index)-\(writer)-\(count)")
                                    try await node.add(
                                        Event(.signedIn, at: moment, actor: nil, detail: details[count]))
                                }
                                return details
                            }
                        }
                    }
                    return try await group.reduce(into: []) { $0 += $1 }
                }
                isDone.store(true, ordering: .sequentiallyConsistent)
                let found = try await seen
                #expect(found.count == added.count && Set(found) == Set(added))
                for node in nodes { await node.close() }
            }
        }

        /// The details of all events, as a program follows them.
        private static func follow(
            _ ledger: PostgreSQLLedger, until isDone: borrowing Atomic<Bool>
        ) async throws -> [String] {
            var (seen, cursor) = ([String](), EventID?.none)
            while true {
                let wasDone = isDone.load(ordering: .sequentiallyConsistent)
                let page = try await ledger.events(EventQuery(order: .oldestFirst(after: cursor), limit: 20))
                seen += page.events.map(\.detail)
                cursor = page.cursor
                if wasDone, page.isAtEnd { return seen }
            }
        }

        @Test("an event that a node of the version before adds gets a later identifier")
        func olderNode() async throws {
            try await PostgreSQLServer.withDatabase { address in
                let ledger = try PostgreSQLLedger(.few(address), observer: { _ in })
                let event = Event(.signedIn, at: .noon, actor: nil)
                try await ledger.add(event)
                try PostgreSQLConnection(address).execute(
                    """
                    INSERT INTO events (id, at, kind, address, detail)
                    VALUES (\(event.id.number - 50), 1, 'signed_out', '', 'older')
                    """)
                let page = try await ledger.events(EventQuery(order: .oldestFirst(after: event.id)))
                #expect(page.events.map(\.detail) == ["older"])
                await ledger.close()
            }
        }
    }
}
