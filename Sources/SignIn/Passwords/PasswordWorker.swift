import Dispatch
import Sodium
import Synchronization

/// Whose password is looked at. Each has its turn after the other, however many wait of one.
enum PasswordTurn: CaseIterable {
    /// Somebody who is known already: by a browser that signed in before, by a session, or by a link.
    case known
    /// Somebody at a service that still takes passwords.
    case service
    /// Anybody who signs in.
    case anybody
}

/// Makes and checks password hashes on a thread of its own, one at a time.
///
/// Each takes tens of milliseconds and 64 MiB; one thread keeps a flood of sign-ins from taking
/// the cores and the memory that the gate needs.
final class PasswordWorker: Sendable {
    private typealias Job = @Sendable () -> Void

    private struct State {
        var waiting: [PasswordTurn: [Job]] = [:]
        /// Who is next, where somebody waits there.
        var turns = PasswordTurn.allCases
    }

    private let queue = DispatchQueue(label: "jeton.passwords", qos: .utility)
    private let state = Mutex(State())

    /// The most that may wait for each turn; with one at a time that is some seconds.
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

    /// Runs `work` when it is its turn; throws ``SignInFault/busy`` where too many wait for the same.
    func run<Value: Sendable>(
        _ turn: PasswordTurn, _ work: @escaping @Sendable () -> Value
    ) async throws(SignInFault) -> Value {
        let value: Value? = await withCheckedContinuation { continuation in
            let job: Job = { continuation.resume(returning: work()) }
            let isTaken = state.withLock { state in
                guard state.waiting[turn, default: []].count < Self.capacity else { return false }
                state.waiting[turn, default: []].append(job)
                return true
            }
            guard isTaken else { return continuation.resume(returning: nil) }
            // As often as there is something that waits, though not each for the job that came with it.
            queue.async { self.next()?() }
        }
        guard let value else { throw .busy }
        return value
    }

    /// How many wait.
    var countWaiting: Int { state.withLock { $0.waiting.values.reduce(0) { $0 + $1.count } } }

    private func next() -> Job? {
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
