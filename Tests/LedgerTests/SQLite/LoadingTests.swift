import Foundation
import Ledger
import Synchronization
import Testing
import Tokens

@Suite("SQLite: loading") struct LoadingTests {
    /// Takes in nothing, and keeps the processor busy until it is told to stop, or for too long.
    private final class Busy: LedgerReader {
        private let isWanted = Atomic(true)
        /// Whether it was told to stop in time.
        let wasStopped = Atomic(false)

        func stop() { isWanted.store(false, ordering: .relaxed) }

        func begin(tokens: Int) {
            let end = ContinuousClock.now + .seconds(20)
            while isWanted.load(ordering: .relaxed), ContinuousClock.now < end {}
            wasStopped.store(!isWanted.load(ordering: .relaxed), ordering: .relaxed)
        }

        func read(_ subject: Subject) {}
        func read(_ demand: SignInDemand?) {}
        func read(_ token: borrowing TokenRow) {}
        func end() {}
    }

    @Test("while as many read the whole as there are processors, all else goes on")
    func goesOn() async throws {
        try await withSQLiteLedger { house, ledger, _ in
            let readers = (0..<ProcessInfo.processInfo.activeProcessorCount).map { _ in Busy() }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for reader in readers { group.addTask { try await ledger.load(into: reader) } }
                // By then all of them are at it, and this goes on nevertheless.
                try await Task.sleep(for: .milliseconds(300))
                for reader in readers { reader.stop() }
                try await group.waitForAll()
            }
            #expect(readers.allSatisfy { $0.wasStopped.load(ordering: .relaxed) })
        }
    }
}
