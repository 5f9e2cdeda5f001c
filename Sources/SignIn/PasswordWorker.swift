import Dispatch
import Sodium
import Synchronization

/// Makes and checks password hashes on a thread of its own, one at a time.
///
/// Each takes tens of milliseconds and 64 MiB; one thread keeps a flood of sign-ins from taking
/// the cores and the memory that the gate needs.
final class PasswordWorker: Sendable {
    private let queue = DispatchQueue(label: "jeton.passwords", qos: .utility)
    private let waiting = Mutex(0)

    /// The most that may wait; with one at a time that is some seconds.
    static let capacity = 64

    /// The hash of `password`; throws ``SignInFault/busy`` where too many wait or memory is short.
    func hash(_ password: String, cost: PasswordHash.Cost) async throws(SignInFault) -> PasswordHash {
        let made = try await run { PasswordHash(of: Array(password.utf8), cost: cost) }
        guard let made else { throw .busy }
        return made
    }

    /// Whether `password` is that of `hash`; throws ``SignInFault/busy`` where too many wait.
    func check(_ password: String, against hash: PasswordHash) async throws(SignInFault) -> Bool {
        try await run { hash.matches(Array(password.utf8)) }
    }

    private func run<Value: Sendable>(
        _ work: @escaping @Sendable () -> Value
    ) async throws(SignInFault) -> Value {
        let isFull = waiting.withLock { count in
            guard count < Self.capacity else { return true }
            count += 1
            return false
        }
        guard !isFull else { throw .busy }
        return await withCheckedContinuation { continuation in
            queue.async {
                let value = work()
                self.waiting.withLock { $0 -= 1 }
                continuation.resume(returning: value)
            }
        }
    }
}
