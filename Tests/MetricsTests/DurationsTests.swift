import Metrics
import Testing

@Suite("How long things took")
struct DurationsTests {
    private func text(_ durations: Durations, _ number: Int) -> String {
        Exposition.text.text([Metric("t", .histogram, "T", durations.samples(of: number, [.init("k", "v")]))])
    }

    @Test(
        "each is counted up to every bound that it is within",
        arguments: [
            (0, "1e-05"), (10_000, "1e-05"), (10_001, "2.5e-05"), (1_000_000, "0.001"),
            (999_999_999, "1.0"), (10_000_000_000, "10.0"), (10_000_000_001, "+Inf"), (-5, "1e-05"),
        ] as [(Int64, String)])
    func buckets(nanoseconds: Int64, first: String) {
        let durations = Durations(classes: 2, shards: 1)
        durations.add(nanoseconds, of: 1, shard: 0)
        let lines = text(durations, 1).split(separator: "\n").filter { $0.contains("_bucket") }
        let counted = lines.drop { $0.hasSuffix(" 0") }
        #expect(counted.first == "t_bucket{k=\"v\",le=\"\(first)\"} 1")
        #expect(counted.allSatisfy { $0.hasSuffix(" 1") })
        #expect(text(durations, 0).split(separator: "\n").dropFirst(2).allSatisfy { $0.hasSuffix(" 0") })
    }

    @Test("their sum is told in seconds, and how many they are")
    func sum() {
        let durations = Durations(classes: 1, shards: 2)
        for shard in [0, 1, nil] { durations.add(500_000_000, of: 0, shard: shard) }
        #expect(text(durations, 0).hasSuffix("t_sum{k=\"v\"} 1.5\nt_count{k=\"v\"} 3\n"))
    }
}
