internal import Synchronization

/// Counters that many threads increment and that are seldom read. They are sharded: each thread has a shard
/// in its own cache lines, so that threads do not contend.
///
/// `@unchecked Sendable` because its pointer is to atomics and is set once.
public final class ShardedCounters: @unchecked Sendable {
    public let count: Int
    private let shards: Int
    /// The size of a shard in words, a multiple of two cache lines: processors prefetch lines in pairs of 64
    /// bytes.
    private let stride: Int
    private let words: UnsafeMutablePointer<Atomic<UInt64>>

    /// Creates `count` counters at zero for that many threads, with one more shard for threads without a
    /// number.
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

    /// Adds to a counter and returns its new value in that shard; `nil` means a thread without a number.
    /// Never blocks.
    @discardableResult
    public func add(_ amount: UInt64 = 1, at index: Int, shard: Int?) -> UInt64 {
        precondition(index >= 0 && index < count, "a counter that there is not")
        let shard = shard.map { $0 < shards ? $0 : shards - 1 } ?? shards - 1
        return words[shard * stride + index].wrappingAdd(amount, ordering: .relaxed).newValue
    }

    /// The sum over all shards.
    public subscript(index: Int) -> UInt64 {
        precondition(index >= 0 && index < count, "a counter that there is not")
        return (0..<shards).reduce(0) { $0 &+ words[$1 * stride + index].load(ordering: .relaxed) }
    }
}
