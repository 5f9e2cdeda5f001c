import Foundation
import PostgreSQL
import SQL
import Synchronization
import Testing

@testable import Ledger
@testable import SQLLedger

/// How a transaction gets the number of its change.
enum Numbering: String, CaseIterable, Sendable {
    /// As ``WritingLine`` does: from a row that it holds until its end.
    case row
    /// As one would at first: from a sequence, which gives to each at once and takes nothing back.
    case sequence

    var begin: String {
        switch self {
        case .row: "BEGIN; SELECT number + 1 FROM change_head FOR UPDATE"
        case .sequence: "BEGIN; SELECT nextval('numbers')"
        }
    }

    var finish: String {
        switch self {
        case .row: "UPDATE change_head SET number = number + 1"
        case .sequence: "SELECT 1"
        }
    }
}

extension OnPostgreSQL {
    @Suite("Numbers of changes") struct ChangeNumberTests {
        /// Makes a change in a transaction that takes its time, and is undone now and then.
        private static func change(
            on connection: PostgreSQLConnection, _ numbering: Numbering, isUndone: Bool
        ) throws -> Int64? {
            let number = try connection.integer(numbering.begin)
            let wait = Double.random(in: 0...0.004)
            try connection.execute("SELECT pg_sleep(\(wait))")
            try connection.statement("INSERT INTO changes (number, kind, id) VALUES (?, 'token', 1)").run(
                number)
            try connection.execute(numbering.finish)
            try connection.execute(isUndone ? "ROLLBACK" : "COMMIT")
            return isUndone ? nil : number
        }

        /// A reader that remembers the last number it saw, and asks for those beyond.
        private static func follow(_ address: PostgreSQLAddress, until isDone: () -> Bool) throws -> Set<
            Int64
        > {
            let connection = try PostgreSQLConnection(address)
            let next = try connection.statement("SELECT number FROM changes WHERE number > ? ORDER BY number")
            var (seen, last) = (Set<Int64>(), Int64(0))
            while true {
                let wasDone = isDone()
                for number in try next.all([last], read: { $0.integer(0) }) {
                    seen.insert(number)
                    last = number
                }
                if wasDone { return seen }
            }
        }

        @Test(
            "who asks for what is beyond the last number misses nothing, and would with a sequence",
            arguments: Numbering.allCases)
        func misses(numbering: Numbering) async throws {
            try await PostgreSQLServer.withDatabase { address in
                try PostgreSQLConnection(address).execute("CREATE SEQUENCE numbers")
                let made = Made()
                async let seen = onThread {
                    try Self.follow(address) { made.isDone.load(ordering: .sequentiallyConsistent) }
                }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<6 {
                        group.addTask {
                            try await onThread {
                                let connection = try PostgreSQLConnection(address)
                                for index in 0..<40 {
                                    let number = try Self.change(
                                        on: connection, numbering, isUndone: index % 10 == 9)
                                    if let number { made.add(number) }
                                }
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                made.isDone.store(true, ordering: .sequentiallyConsistent)
                let missed = made.all.subtracting(try await seen)
                #expect(missed.isEmpty == (numbering == .row))
                // Where nothing is missed there is no gap either: what is undone gives its number back.
                if numbering == .row { #expect(made.all == Set(1...6 * 36)) }
            }
        }
    }
}

/// The numbers of changes that last.
private final class Made: Sendable {
    private let numbers = Mutex(Set<Int64>())
    let isDone = Atomic(false)

    var all: Set<Int64> { numbers.withLock { $0 } }

    func add(_ number: Int64) {
        numbers.withLock { _ = $0.insert(number) }
    }
}

/// Runs what blocks on a thread of its own.
func onThread<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result(catching: body)) }
    }
}
