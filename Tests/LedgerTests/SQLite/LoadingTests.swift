import Foundation
import Ledger
import SQLLedger
import Synchronization
import Testing
import Tokens

@Suite("SQLite: loading") struct LoadingTests {
    /// Takes in nothing, and notes the name of the thread on which it is called.
    private final class Reader: LedgerReader {
        private let noted = Mutex("")
        var thread: String { noted.withLock(\.self) }

        func begin(tokens: Int) {
            let name = try? String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8)
            noted.withLock { $0 = name ?? "" }
        }

        func read(_ subject: Subject) {}
        func read(_ policy: SignInPolicy?) {}
        func read(_ token: borrowing LoadedToken) {}
        func end() {}
    }

    /// libdispatch names a thread by the queue from which its work comes. Of those that serve Swift's
    /// concurrency, too, there are as many as processors; of the others as many as are wanted.
    @Test("the whole is read on a thread that nobody else's work waits for")
    func ownThread() async throws {
        try await withSQLiteLedger { _, ledger, _ in
            let reader = Reader()
            try await ledger.load(into: reader)
            #expect(reader.thread.contains("overcommi"))
        }
    }
}
