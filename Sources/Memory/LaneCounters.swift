internal import Synchronization

/// Counters that many threads increment and that are seldom read. They are sharded: each thread has a shard
/// in its own cache lines, so that threads do not contend.
///
/// `@unchecked Sendable` because its pointer is to atomics and is set once.
public final class LaneCounters: @unchecked Sendable {
    public let count: Int
    private let lanes: Int
    /// The size of a shard in words, a multiple of two cache lines: processors prefetch lines in pairs of 64
    /// bytes.
    private let stride: Int
    private let words: UnsafeMutablePointer<Atomic<UInt64>>

    /// Creates `count` counters at zero for that many threads, with one more shard for threads without a
    /// number.
    public init(_ count: Int, lanes: Int) {
        self.count = count
        self.lanes = max(1, lanes) + 1
        stride = (count + 15) / 16 * 16
        words = Pages.map(bytes: max(1, stride * self.lanes) * 8).assumingMemoryBound(to: Atomic<UInt64>.self)
    }

    deinit {
        Pages.unmap(words, bytes: max(1, stride * lanes) * 8)
    }

    /// Adds to a counter and returns its new value in that shard; `nil` means a thread without a number.
    /// Never blocks.
    @discardableResult
    public func add(_ amount: UInt64 = 1, at index: Int, lane: Int?) -> UInt64 {
        precondition(index >= 0 && index < count, "a counter that there is not")
        let lane = lane.map { $0 < lanes ? $0 : lanes - 1 } ?? lanes - 1
        return words[lane * stride + index].wrappingAdd(amount, ordering: .relaxed).newValue
    }

    /// The sum over all shards.
    public subscript(index: Int) -> UInt64 {
        precondition(index >= 0 && index < count, "a counter that there is not")
        return (0..<lanes).reduce(0) { $0 &+ words[$1 * stride + index].load(ordering: .relaxed) }
    }
}
