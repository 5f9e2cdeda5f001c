import Synchronization

/// A semaphore that admits a number of callers at a time, in order of arrival.
final class Turns: Sendable {
    private struct State {
        var free: Int
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>

    init(_ count: Int) {
        state = Mutex(State(free: count))
    }

    /// Runs `body` when admitted.
    func take<R>(_ body: () async throws -> R) async rethrows -> R {
        await withCheckedContinuation { continuation in
            state.withLock { state in
                guard state.free > 0 else { return state.waiting.append(continuation) }
                state.free -= 1
                continuation.resume()
            }
        }
        defer { give() }
        return try await body()
    }

    private func give() {
        state.withLock { state in
            if state.waiting.isEmpty { state.free += 1 } else { state.waiting.removeFirst().resume() }
        }
    }
}
