import Dispatch
import Synchronization
import Testing
import Tokens

@testable import Ledger
@testable import SQLLedger

@Suite("What waits for the ledger")
struct UrgentFirstTests {
    @Test("goes in the order of its coming, what is urgent first")
    func order() {
        var waiting = UrgentFirst<Int>()
        for number in 1...3 { waiting.append(number, urgent: false) }
        #expect(waiting.popFirst() == 1)
        waiting.append(10, urgent: true)
        waiting.append(11, urgent: true)
        #expect(waiting.count == 4)
        #expect(waiting.popFirst(3) == [10, 11, 2])
        waiting.append(12, urgent: true)
        #expect(waiting.popFirst(9) == [12, 3])
        #expect(waiting.isEmpty)
        #expect(waiting.popFirst() == nil)
        waiting.append(4, urgent: false)
        #expect(waiting.popFirst() == 4)
    }

    /// Holds the first commit, that of `blocker`, until it is let go.
    private final class Holder: Sendable {
        let told = Told()
        let isLetGo = DispatchSemaphore(value: 0)
        private let isFirst = Atomic(true)

        func take(_ change: Change) {
            told.append(change)
            if isFirst.exchange(false, ordering: .relaxed) { isLetGo.wait() }
        }
    }

    @Test("an urgent change goes into the next commit, whatever waits", .timeLimit(.minutes(2)))
    func urgentChange() async throws {
        try await withTemporaryFolder { folder in
            let holder = Holder()
            let ledger = try SQLiteLedger(path: folder + "/jeton.db", observer: holder.take)
            func person(_ login: String) throws -> (Subject, Event) {
                let subject = Subject(id: .next(at: .noon), login: try Login(login), createdAt: .noon)
                return (subject, .note(.subjectAdded, about: subject))
            }
            func added(_ login: String) throws -> Task<Void, any Error> {
                let (subject, event) = try person(login)
                return Task { try await ledger.add(subject, event: event) }
            }
            var tasks = [try added("blocker")]
            // It is told while the queue of the ledger is held, so that all others wait.
            while holder.told.subjects.isEmpty { await Task.yield() }
            for number in 0..<200 { tasks.append(try added("stranger\(number)")) }
            while ledger.writer.countWaiting < 200 { await Task.yield() }
            let (subject, event) = try person("urgent")
            tasks.append(
                Task {
                    try await LedgerPriority.$isUrgent.withValue(true) {
                        try await ledger.add(subject, event: event)
                    }
                })
            while ledger.writer.countWaiting < 201 { await Task.yield() }
            holder.isLetGo.signal()
            for task in tasks { try await task.value }
            #expect(holder.told.subjects.count == 202)
            #expect(holder.told.subjects[1] == subject)
            await ledger.close()
        }
    }
}
