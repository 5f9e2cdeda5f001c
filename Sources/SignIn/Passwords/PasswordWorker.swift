import Dispatch
import Sodium
import Synchronization

/// The queues for password hashing. They are served in turn, however many jobs wait in one.
enum PasswordTurn: CaseIterable {
    /// People who are known by a browser that signed in before, by a session, or by a link.
    case known
    /// People at a service that still accepts passwords.
    case service
    /// Everybody else who signs in.
    case anybody
}

/// Computes and checks password hashes on a thread of its own, one at a time.
///
/// Each takes tens of milliseconds and 64 MiB. One thread keeps a flood of sign-ins from taking the cores and
/// the memory that the gate needs.
final class PasswordWorker: Sendable {
    private typealias HashJob = @Sendable () -> Void

    private struct Queues {
        var waiting: [PasswordTurn: [HashJob]] = [:]
        /// The queues, the one that is served next first.
        var turns = PasswordTurn.allCases
    }

    private let queue = DispatchQueue(label: "jeton.passwords", qos: .utility)
    private let state = Mutex(Queues())

    /// The most jobs that may wait in each queue, which is some seconds of work.
    static let capacity = 64

    /// The hash of `password`; throws ``SignInFault/busy`` where too many wait or memory is short.
    func hash(
        _ password: String, cost: PasswordHash.Cost, turn: PasswordTurn
    ) async throws(SignInFault) -> PasswordHash {
        let made = try await run(turn) { PasswordHash(of: Array(password.utf8), cost: cost) }
        guard let made else { throw .busy }
        return made
    }

    /// Whether `password` is that of `hash`; throws ``SignInFault/busy`` where too many wait.
    func check(
        _ password: String, against hash: PasswordHash, turn: PasswordTurn
    ) async throws(SignInFault) -> Bool {
        try await run(turn) { hash.matches(Array(password.utf8)) }
    }

    /// Runs `work` in its turn; throws ``SignInFault/busy`` where too many wait in the same queue.
    func run<Value: Sendable>(
        _ turn: PasswordTurn, _ work: @escaping @Sendable () -> Value
    ) async throws(SignInFault) -> Value {
        let value: Value? = await withCheckedContinuation { continuation in
            let job: HashJob = { continuation.resume(returning: work()) }
            let isTaken = state.withLock { state in
                guard state.waiting[turn, default: []].count < Self.capacity else { return false }
                state.waiting[turn, default: []].append(job)
                return true
            }
            guard isTaken else { return continuation.resume(returning: nil) }
            // Runs one job for each that was queued, though not necessarily this one.
            queue.async { self.next()?() }
        }
        guard let value else { throw .busy }
        return value
    }

    /// The number of waiting jobs.
    var countWaiting: Int { state.withLock { $0.waiting.values.reduce(0) { $0 + $1.count } } }

    private func next() -> HashJob? {
        state.withLock { state in
            guard let index = state.turns.firstIndex(where: { !state.waiting[$0, default: []].isEmpty })
            else {
                return nil
            }
            let turn = state.turns.remove(at: index)
            state.turns.append(turn)
            return state.waiting[turn]?.removeFirst()
        }
    }
}
