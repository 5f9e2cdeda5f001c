import Foundation
import Ledger
import SQLLedger
import Synchronization
import Testing
import TokenIndex
import Tokens

/// A kind of ledger that is held to the conformance suite.
struct Engine: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// Runs `body` with an empty ledger, for which there is a folder.
    let with:
        @Sendable (
            _ folder: String, _ namedGroups: [String], _ observer: @escaping @Sendable (Change) -> Void,
            _ body: (any Ledger) async throws -> Void
        ) async throws -> Void

    /// Whether this process tests the ledger on PostgreSQL: alone, since those tests wait for a server on the
    /// few threads that all tests of a process share.
    static let isPostgreSQLTested = ProcessInfo.processInfo.environment["JETON_TEST_LEDGER"] == "postgresql"

    static let all = [isPostgreSQLTested ? postgreSQL : sqlite]

    private static let sqlite = Engine(testDescription: "SQLite") {
        folder, namedGroups, observer, body in
        try await body(
            SQLiteLedger(path: folder + "/jeton.db", namedGroups: namedGroups, observer: observer))
    }

    /// Runs `body` with an empty ledger that ends with it.
    func open(
        namedGroups: [String] = [], _ body: (House) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            let told = Told()
            try await with(folder, namedGroups, told.append) { ledger in
                do {
                    try await body(House(ledger: ledger, told: told, folder: folder))
                } catch {
                    await ledger.close()
                    throw error
                }
                await ledger.close()
            }
        }
    }
}

/// What a ledger has told its observer, in order.
final class Told: Sendable {
    private let list = Mutex<[Change]>([])
    private let followers = Mutex<[TokenIndex]>([])

    var changes: [Change] { list.withLock { $0 } }
    var tokens: [Token] { changes.compactMap(\.token) }
    var subjects: [Subject] { changes.compactMap(\.subject) }
    var demands: [SignInPolicy?] { changes.compactMap(\.policy) }

    func append(_ change: Change) {
        list.withLock { $0.append(change) }
        for index in followers.withLock(\.self) { index.apply(change) }
    }

    /// Has an index learn of all changes from now on.
    func tell(_ index: TokenIndex) {
        followers.withLock { $0.append(index) }
    }

    func forget() {
        list.withLock { $0 = [] }
    }
}

extension Change {
    var token: Token? { if case .token(let token, _) = self { token } else { nil } }
    var subject: Subject? { if case .subject(let subject) = self { subject } else { nil } }
    /// What it says is demanded, where that is what it is about.
    var policy: SignInPolicy?? { if case .signInPolicy(let policy) = self { .some(policy) } else { nil } }
    var digest: TokenDigest? { if case .token(_, let digest) = self { digest } else { nil } }
}

func withTemporaryFolder<R>(_ body: (String) async throws -> R) async throws -> R {
    let folder = FileManager.default.temporaryDirectory.path + "/jeton-ledger-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await body(folder)
}
