import Foundation
import Ledger
import SQLLedger
import Synchronization
import Testing
import Tokens

@Suite("SQLite: loading") struct LoadingTests {
    /// Notes the name of the thread on which it is called.
    private final class Reader: LedgerReader {
        private let noted = Mutex("")
        var thread: String { noted.withLock(\.self) }

        func begin(tokens: Int) {
            let name = try? String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8)
            noted.withLock { $0 = name ?? "" }
        }

        func read(_ subject: Subject) {}
        func read(_ policy: SignInPolicy?) {}
        func read(_ policy: TokenPolicy) {}
        func read(_ token: borrowing LoadedToken) {}
        func read(_ decoy: DecoyRecord) {}
        func end() {}
    }

    /// libdispatch names a thread after the queue whose work it runs. Queues that also serve Swift
    /// concurrency have as many threads as there are processors; others have as many as needed.
    @Test("loading runs on a thread of its own")
    func ownThread() async throws {
        try await withSQLiteLedger { _, ledger, _ in
            let reader = Reader()
            try await ledger.load(into: reader)
            #expect(reader.thread.contains("overcommi"))
        }
    }
}
