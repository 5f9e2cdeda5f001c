import Glibc
import Synchronization

/// Counts a server's threads, so that each can be told by a small number.
final class Shards: Sendable {
    private let known = Mutex<[pthread_t: Int]>([:])

    /// The number of the thread that asks: the first has 0.
    var current: Int {
        let thread = pthread_self()
        return known.withLock { known in
            if let shard = known[thread] { return shard }
            known[thread] = known.count
            return known.count - 1
        }
    }
}
