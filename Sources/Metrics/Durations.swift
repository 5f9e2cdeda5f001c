internal import Memory

/// Histograms of durations, one for each class, that many threads add to without blocking.
public final class Durations: Sendable {
    /// The bounds in nanoseconds, from responses from memory to those that wait for another server.
    static let bounds: [Int64] = [
        10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000,
        25_000_000, 50_000_000, 100_000_000, 250_000_000, 500_000_000, 1_000_000_000, 2_500_000_000,
        10_000_000_000,
    ]
    /// One counter for each bound, one above the last, and one for the sum.
    private static let width = bounds.count + 2

    private let counters: ShardedCounters

    public init(classes: Int, shards: Int) {
        counters = ShardedCounters(classes * Self.width, shards: shards)
    }

    /// Adds a duration to the histogram of class `number`.
    public func add(_ nanoseconds: Int64, of number: Int, shard: Int?) {
        // Most durations are within the first bounds, so a linear search is fastest.
        var place = 0
        while place < Self.bounds.count, nanoseconds > Self.bounds[place] { place += 1 }
        counters.add(at: number * Self.width + place, shard: shard)
        counters.add(
            UInt64(max(0, nanoseconds)), at: number * Self.width + Self.bounds.count + 1, shard: shard)
    }

    /// The histogram of class `number`, in seconds.
    public func samples(of number: Int, _ labels: [Metric.Label]) -> [Metric.Sample] {
        let start = number * Self.width
        var samples: [Metric.Sample] = []
        var count: UInt64 = 0
        for (place, bound) in Self.bounds.enumerated() {
            count += counters[start + place]
            let label = Metric.Label("le", "\(Double(bound) / 1_000_000_000)")
            samples.append(.init(Double(count), labels + [label], suffix: "_bucket"))
        }
        count += counters[start + Self.bounds.count]
        samples.append(.init(Double(count), labels + [.init("le", "+Inf")], suffix: "_bucket"))
        let sum = Double(counters[start + Self.bounds.count + 1]) / 1_000_000_000
        return samples + [.init(sum, labels, suffix: "_sum"), .init(Double(count), labels, suffix: "_count")]
    }
}
