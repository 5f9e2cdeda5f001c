import Foundation
import PostgreSQL
import Synchronization
import TestHouse
import Testing
import Tokens

@testable import Ledger
@testable import SQLLedger

/// The one PostgreSQL server of this process, which ends with it.
final class PostgreSQLServer: Sendable {
    static let shared: PostgreSQLServer = {
        do {
            return try PostgreSQLServer()
        } catch {
            fatalError("PostgreSQL does not start (scripts/install-test-deps installs it): \(error)")
        }
    }()

    /// Where its socket is.
    let folder: String
    /// The server ends when this does.
    private let lifeline: FileHandle
    private let names = Atomic(0)
    // Few at a time: each test opens some connections, with a thread for each that waits for it.
    private let turns = Turns(4)
    private static let template = "template_of_jeton"

    private init() throws {
        // Short, since a socket's path may only have 107 bytes.
        folder = "/tmp/jeton-pg-\(ProcessInfo.processInfo.processIdentifier)"
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let script = try Program.start([tests.appending(path: "Support/postgresql-server").path, folder])
        lifeline = script.input
        var said = Data()
        while !said.contains(UInt8(ascii: "\n")) {
            // Empty only where the script has ended; why it tells on the standard error output.
            let more = script.output.availableData
            if more.isEmpty {
                throw StartFailure(
                    status: try script.exitCode(), said: String(decoding: said, as: UTF8.self))
            }
            said += more
        }
        try admin("CREATE DATABASE \(Self.template)")
        try PostgreSQLMigrations.run(on: PostgreSQLConnection(address(of: Self.template)))
    }

    /// Runs `body` with a database of its own, which has a ledger's empty tables or, on demand, none.
    static func withDatabase<R>(
        hasTables: Bool = true, _ body: (PostgreSQLAddress) async throws -> R
    ) async throws -> R {
        try await shared.turns.take {
            let name = "t\(shared.names.add(1, ordering: .relaxed).newValue)"
            try shared.admin("CREATE DATABASE \(name) TEMPLATE \(hasTables ? template : "template0")")
            defer { try? shared.admin("DROP DATABASE \(name) WITH (FORCE)") }
            return try await body(shared.address(of: name))
        }
    }

    /// The address of a database over the server's socket.
    func address(of database: String, user: String = "jeton") throws -> PostgreSQLAddress {
        try #require(PostgreSQLAddress("postgres://\(user)@/\(database)?host=\(folder)"))
    }

    /// The same database through PgBouncer, which hands out connections by the transaction.
    func pooled(_ address: PostgreSQLAddress) throws -> PostgreSQLAddress {
        try #require(
            PostgreSQLAddress("postgres://jeton@/\(name(of: address))?host=\(folder)&port=6432"))
    }

    /// Ends every connection to a database, as a server does that is restarted.
    func cutConnections(to address: PostgreSQLAddress) throws {
        try admin(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '\(name(of: address))'")
    }

    private func name(of address: PostgreSQLAddress) -> Substring {
        address.description.split(separator: "/").last ?? ""
    }

    /// Does something that concerns the whole server.
    func admin(_ sql: String) throws {
        try PostgreSQLConnection(address(of: "postgres")).execute(sql)
    }
}

/// How the script ended that was to start the server.
private struct StartFailure: Error {
    let status: Int32
    let said: String
}

extension Engine {
    static let postgreSQL = Engine(testDescription: "PostgreSQL") { _, namedGroups, observer, body in
        try await PostgreSQLServer.withDatabase { address in
            let ledger = try PostgreSQLLedger(
                .few(address), namedGroups: namedGroups, observer: observer)
            // As a node does. What it made itself must not be told again when it follows.
            try await ledger.load(into: Loaded.Reading())
            try await ledger.following { try await body(ledger) }
        }
    }
}

extension PostgreSQLLedger {
    /// Runs `body` while this follows what is changed.
    func following<R>(
        confirm: @escaping @Sendable (ContinuousClock.Instant) -> Void = { _ in },
        report: @escaping @Sendable (LedgerError?) -> Void = { _ in }, _ body: () async throws -> R
    ) async throws -> R {
        let following = Task { await follow(confirm: confirm, report: report) }
        do {
            let result = try await body()
            following.cancel()
            await following.value
            return result
        } catch {
            following.cancel()
            await following.value
            throw error
        }
    }
}

extension PostgreSQLSettings {
    /// The way to a database with few connections, since many tests share the server.
    static func few(_ address: PostgreSQLAddress) -> PostgreSQLSettings {
        var settings = PostgreSQLSettings(address)
        settings.connections = 4
        // The machine may be busy with other tests.
        (settings.patience, settings.timeout) = (.minutes(2), .minutes(2))
        return settings
    }
}
