import Foundation
import SQL
import SQLite
import Testing
import Tokens

@testable import Ledger
@testable import SQLLedger

/// Runs `body` with an empty SQLite ledger and its file.
func withSQLiteLedger(
    busyTimeout: Int32 = 10_000, _ body: (House, SQLiteLedger, _ path: String) async throws -> Void
) async throws {
    try await withTemporaryFolder { folder in
        let notified = Notifications()
        let path = folder + "/jeton.db"
        let ledger = try SQLiteLedger(path: path, busyTimeout: busyTimeout, observer: notified.append)
        try await body(House(ledger: ledger, notified: notified, folder: folder), ledger, path)
        await ledger.close()
    }
}

/// Opens the ledger at `path` again, without an observer.
func reopen<R>(_ path: String, _ body: (House) async throws -> R) async throws -> R {
    let notified = Notifications()
    let ledger = try SQLiteLedger(path: path, observer: notified.append)
    let result = try await body(House(ledger: ledger, notified: notified, folder: ""))
    await ledger.close()
    return result
}

/// The permissions of a file as for `chmod`.
func mode(of path: String) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
}

/// The error of opening a ledger at `path`; `nil` where it succeeds.
func failure(opening path: String) -> LedgerError? {
    do {
        _ = try SQLiteLedger(path: path, observer: { _ in })
        return nil
    } catch {
        return error
    }
}

extension LedgerError {
    /// The engine's own message.
    var reason: String? {
        switch self {
        case .failed(let reason), .backupFailed(let reason): reason
        default: nil
        }
    }
}

extension SQLDatabase {
    /// Runs a query of one number.
    func integer(_ sql: String) throws -> Int64? { try statement(sql).first { $0.integer(0) } }
    /// Runs a query of one text.
    func text(_ sql: String) throws -> String? { try statement(sql).first { $0.text(0) } }
}
