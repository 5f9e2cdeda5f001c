import Foundation
import SQL
import SQLite
import Synchronization
import TestHouse
import Testing
import Tokens

@testable import Ledger
@testable import SQLLedger

@Suite("SQLite: backup") struct BackupTests {
    @Test("a backup made during writing is complete and contains everything acknowledged before it")
    func whileWriting() async throws {
        try await withSQLiteLedger { house, _, path in
            let people = [try await house.person("a"), try await house.person("b")]
            for index in 0..<300 { try await house.token("before \(index)", of: people[index % 2]) }
            let progress = Progress(house.notified.records)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<4 {
                    group.addTask {
                        var index = 0
                        while !progress.isDone {
                            index += 1
                            let token = try await house.token("\(writer) \(index)", of: people[writer % 2])
                            let revoked = try await house.revoke(token, at: .noon)
                            progress.acknowledge(revoked)
                        }
                    }
                }
                for round in 0..<5 {
                    let before = progress.acknowledged
                    let copy = "\(house.folder)/backup \(round)"
                    try await house.ledger.backup(to: copy)
                    try await check(copy, holds: before)
                }
                progress.finish()
                try await group.waitForAll()
            }
            #expect(progress.acknowledged.count > 300)
            #expect(try Database(path: path).text("PRAGMA integrity_check") == "ok")
        }
    }

    private func check(_ copy: String, holds records: [TokenRecord]) async throws {
        #expect(try mode(of: copy) == 0o600)
        for rest in [".partial", ".partial-journal", "-wal", "-shm", "-journal"] {
            #expect(!FileManager.default.fileExists(atPath: copy + rest))
        }
        #expect(try Database(path: copy).text("PRAGMA integrity_check") == "ok")
        let kept = try await reopen(copy) { Set(try await $0.loaded().records) }
        #expect(kept.isSuperset(of: records))
    }

    @Test("a backup never overwrites a file")
    func refusals() async throws {
        try await withSQLiteLedger { house, _, path in
            try await house.person("alice")
            let taken = house.folder + "/taken"
            try Data("mine".utf8).write(to: URL(fileURLWithPath: taken))
            for target in [taken, path] {
                await #expect(
                    throws: LedgerError.backupFailed(reason: "\(target): the file already exists")
                ) {
                    try await house.ledger.backup(to: target)
                }
            }
            #expect(try String(contentsOfFile: taken, encoding: .utf8) == "mine")
            let nowhere = house.folder + "/missing/backup"
            await #expect(
                throws: LedgerError.backupFailed(reason: "\(nowhere).partial: No such file or directory")
            ) { try await house.ledger.backup(to: nowhere) }
        }
    }

    @Test("the remains of an interrupted backup do not matter")
    func leftovers() async throws {
        try await withSQLiteLedger { house, _, _ in
            let alice = try await house.person("alice")
            let copy = house.folder + "/backup"
            try Data("half".utf8).write(to: URL(fileURLWithPath: copy + ".partial"))
            try await house.ledger.backup(to: copy)
            #expect(try await reopen(copy) { try await $0.ledger.subject(alice.id) } == alice)
            #expect(!FileManager.default.fileExists(atPath: copy + ".partial"))
        }
    }
}

/// What was acknowledged to writers, and whether they may stop.
private final class Progress: Sendable {
    private let state: Mutex<(acknowledged: [TokenRecord], isDone: Bool)>

    init(_ tokens: [TokenRecord]) {
        state = Mutex((tokens, false))
    }

    var acknowledged: [TokenRecord] { state.withLock { $0.acknowledged } }
    var isDone: Bool { state.withLock { $0.isDone } }

    func acknowledge(_ token: Token) {
        state.withLock { $0.acknowledged.append(token.record) }
    }

    func finish() {
        state.withLock { $0.isDone = true }
    }
}
