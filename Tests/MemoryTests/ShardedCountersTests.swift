import Memory
import Testing

@Suite("Counters by lane")
struct ShardedCountersTests {
    @Test("what all lanes count is one sum, those beyond the last and none at all as well")
    func sum() {
        let counters = ShardedCounters(17, shards: 3)
        for shard in [0, 1, 2, 3, 400, nil] { counters.add(2, at: 16, shard: shard) }
        #expect(counters.add(at: 0, shard: 1) == 1)
        #expect(counters.add(4, at: 16, shard: 2) == 6)
        #expect((counters[16], counters[0], counters[1]) == (16, 1, 0))
    }

    @Test("many threads that count in one lane lose nothing")
    func manyThreads() async {
        let counters = ShardedCounters(2, shards: 2)
        await withDiscardingTaskGroup { group in
            for task in 0..<8 {
                group.addTask {
                    for _ in 0..<10_000 { counters.add(at: 1, shard: task % 2) }
                }
            }
        }
        #expect((counters[0], counters[1]) == (0, 80_000))
    }
}
