import Dispatch
import Synchronization
import Testing

@testable import SignIn

@Suite("Hashing passwords", .timeLimit(.minutes(2)))
struct PasswordWorkerTests {
    /// A worker that is blocked until it is released, and the turns served since.
    private final class Busy: Sendable {
        let worker = PasswordWorker()
        let isLetGo = DispatchSemaphore(value: 0)
        let isAtWork = Atomic(false)
        let turns = Mutex<[PasswordTurn]>([])

        func start() async -> Task<Void, any Error> {
            let first = Task {
                try await worker.run(.anybody) {
                    self.isAtWork.store(true, ordering: .relaxed)
                    self.isLetGo.wait()
                }
            }
            while !isAtWork.load(ordering: .relaxed) { await Task.yield() }
            return first
        }

        func ask(_ turn: PasswordTurn) -> Task<Void, any Error> {
            Task { try await worker.run(turn) { self.turns.withLock { $0.append(turn) } } }
        }

        func wait(for count: Int) async {
            while worker.countWaiting < count { await Task.yield() }
        }
    }

    @Test("a crowd of strangers fills its own queue only")
    func crowd() async throws {
        let busy = Busy()
        var tasks = [await busy.start()]
        for _ in 0..<PasswordWorker.capacity { tasks.append(busy.ask(.anybody)) }
        await busy.wait(for: PasswordWorker.capacity)
        await #expect(throws: SignInFault.busy) { try await busy.ask(.anybody).value }

        for _ in 0..<3 { tasks.append(busy.ask(.known)) }
        for _ in 0..<3 { tasks.append(busy.ask(.service)) }
        await busy.wait(for: PasswordWorker.capacity + 6)
        busy.isLetGo.signal()
        for task in tasks { try await task.value }
        // Which queue comes first depends on the last one.
        let turns = busy.turns.withLock(\.self)
        #expect(turns.count == PasswordWorker.capacity + 6)
        #expect(turns.prefix(9).count { $0 == .known } == 3)
        #expect(turns.prefix(9).count { $0 == .service } == 3)
    }

    @Test("known people do not take all turns either")
    func known() async throws {
        let busy = Busy()
        var tasks = [await busy.start()]
        for _ in 0..<20 { tasks.append(busy.ask(.known)) }
        await busy.wait(for: 20)
        tasks.append(busy.ask(.anybody))
        await busy.wait(for: 21)
        busy.isLetGo.signal()
        for task in tasks { try await task.value }
        #expect(busy.turns.withLock(\.self).prefix(2).contains(.anybody))
    }
}
