import Foundation
import Ledger
import SQLLedger
import Synchronization
import Testing
import TokenIndex
import Tokens

/// An engine for the conformance suite.
struct Engine: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// Runs `body` with an empty ledger, which may use a folder.
    let with:
        @Sendable (
            _ folder: String, _ namedGroups: [String], _ observer: @escaping @Sendable (Change) -> Void,
            _ body: (any Ledger) async throws -> Void
        ) async throws -> Void

    /// Whether this process tests the ledger on PostgreSQL. It does so alone, because those tests block
    /// threads, of which all tests of a process share a few.
    static let isPostgreSQLTested = ProcessInfo.processInfo.environment["JETON_TEST_LEDGER"] == "postgresql"

    static let all = [isPostgreSQLTested ? postgreSQL : sqlite]

    private static let sqlite = Engine(testDescription: "SQLite") {
        folder, namedGroups, observer, body in
        try await body(
            SQLiteLedger(path: folder + "/jeton.db", namedGroups: namedGroups, observer: observer))
    }

    /// Runs `body` with an empty ledger and closes it.
    func open(
        namedGroups: [String] = [], _ body: (House) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            let notified = Notifications()
            try await with(folder, namedGroups, notified.append) { ledger in
                do {
                    try await body(House(ledger: ledger, notified: notified, folder: folder))
                } catch {
                    await ledger.close()
                    throw error
                }
                await ledger.close()
            }
        }
    }
}

/// Records the changes of which a ledger notified its observer, in order.
final class Notifications: Sendable {
    private let list = Mutex<[Change]>([])
    private let followers = Mutex<[TokenIndex]>([])

    var changes: [Change] { list.withLock { $0 } }
    var records: [TokenRecord] { changes.compactMap(\.record) }
    var subjects: [Subject] { changes.compactMap(\.subject) }
    var demands: [SignInPolicy?] { changes.compactMap(\.policy) }

    var rules: [TokenPolicy] { changes.compactMap(\.rules) }

    func append(_ change: Change) {
        list.withLock { $0.append(change) }
        for index in followers.withLock(\.self) { index.apply(change) }
    }

    /// Also applies all changes from now on to an index.
    func tell(_ index: TokenIndex) {
        followers.withLock { $0.append(index) }
    }

    func forget() {
        list.withLock { $0 = [] }
    }
}

extension Change {
    var record: TokenRecord? { if case .secret(let record, _) = self { record } else { nil } }

    /// The change of a token that has one secret.
    static func token(_ token: Token, _ digest: TokenDigest) -> Change { .secret(token.record, digest) }

    var subject: Subject? { if case .subject(let subject) = self { subject } else { nil } }
    /// The policy of a change of the policy.
    var policy: SignInPolicy?? { if case .signInPolicy(let policy) = self { .some(policy) } else { nil } }
    /// The rules of a change of the rules.
    var rules: TokenPolicy? { if case .tokenPolicy(let policy) = self { policy } else { nil } }
    var digest: TokenDigest? { if case .secret(_, let digest) = self { digest } else { nil } }
}

func withTemporaryFolder<R>(_ body: (String) async throws -> R) async throws -> R {
    let folder = FileManager.default.temporaryDirectory.path + "/jeton-ledger-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await body(folder)
}
