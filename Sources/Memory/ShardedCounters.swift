internal import Synchronization

/// Counters that many threads add to and hardly anybody reads. Each thread has a lane of its own, in other
/// lines of the processor's cache than the rest, so that none waits for another.
///
/// `@unchecked Sendable` because its pointer is to atomics, and is set once.
public final class ShardedCounters: @unchecked Sendable {
    /// How many counters there are.
    public let count: Int
    private let shards: Int
    /// How many words a lane takes; processors fetch their lines in pairs of 64 bytes.
    private let stride: Int
    private let words: UnsafeMutablePointer<Atomic<UInt64>>

    /// So many counters, all at zero, for that many threads; one more lane is for all who have none.
    public init(_ count: Int, shards: Int) {
        self.count = count
        self.shards = max(1, shards) + 1
        stride = (count + 15) / 16 * 16
        words = Pages.map(bytes: max(1, stride * self.shards) * 8).assumingMemoryBound(
            to: Atomic<UInt64>.self)
    }

    deinit {
        Pages.unmap(words, bytes: max(1, stride * shards) * 8)
    }

    /// Adds to one of the counters, and returns what it is now in that lane. Waits for nobody, whichever lane
    /// it is; `nil` stands for none.
    @discardableResult
    public func add(_ amount: UInt64 = 1, at index: Int, shard: Int?) -> UInt64 {
        precondition(index >= 0 && index < count, "a counter that there is not")
        let shard = shard.map { $0 < shards ? $0 : shards - 1 } ?? shards - 1
        return words[shard * stride + index].wrappingAdd(amount, ordering: .relaxed).newValue
    }

    /// What all lanes have counted together.
    public subscript(index: Int) -> UInt64 {
        precondition(index >= 0 && index < count, "a counter that there is not")
        return (0..<shards).reduce(0) { $0 &+ words[$1 * stride + index].load(ordering: .relaxed) }
    }
}
