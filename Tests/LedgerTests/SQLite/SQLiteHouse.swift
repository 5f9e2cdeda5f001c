import Foundation
import SQL
import SQLite
import Testing
import Tokens

@testable import Ledger
@testable import SQLLedger

/// Runs `body` with an empty SQLite ledger, its file, and what it tells.
func withSQLiteLedger(
    busyTimeout: Int32 = 10_000, _ body: (House, SQLiteLedger, _ path: String) async throws -> Void
) async throws {
    try await withTemporaryFolder { folder in
        let told = Told()
        let path = folder + "/jeton.db"
        let ledger = try SQLiteLedger(path: path, busyTimeout: busyTimeout, observer: told.append)
        try await body(House(ledger: ledger, told: told, folder: folder), ledger, path)
        await ledger.close()
    }
}

/// Opens the ledger at `path` again, with nobody watching.
func reopen<R>(_ path: String, _ body: (House) async throws -> R) async throws -> R {
    let told = Told()
    let ledger = try SQLiteLedger(path: path, observer: told.append)
    let result = try await body(House(ledger: ledger, told: told, folder: ""))
    await ledger.close()
    return result
}

/// The permissions of a file, as `chmod` counts them.
func mode(of path: String) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
}

/// The reason that opening a ledger at `path` fails with; `nil` where it does not.
func failure(opening path: String) -> LedgerError? {
    do {
        _ = try SQLiteLedger(path: path, observer: { _ in })
        return nil
    } catch {
        return error
    }
}

extension LedgerError {
    /// The engine's own words.
    var reason: String? {
        switch self {
        case .failed(let reason), .backupFailed(let reason): reason
        default: nil
        }
    }
}

extension SQLDatabase {
    /// The number that a query of one value gives.
    func integer(_ sql: String) throws -> Int64? { try statement(sql).first { $0.integer(0) } }
    /// The text that a query of one value gives.
    func text(_ sql: String) throws -> String? { try statement(sql).first { $0.text(0) } }
}
