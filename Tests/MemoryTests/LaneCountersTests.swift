import Memory
import Testing

@Suite("Counters by lane")
struct LaneCountersTests {
    @Test("what all lanes count is one sum, those beyond the last and none at all as well")
    func sum() {
        let counters = LaneCounters(17, lanes: 3)
        for lane in [0, 1, 2, 3, 400, nil] { counters.add(2, at: 16, lane: lane) }
        #expect(counters.add(at: 0, lane: 1) == 1)
        #expect(counters.add(4, at: 16, lane: 2) == 6)
        #expect((counters[16], counters[0], counters[1]) == (16, 1, 0))
    }

    @Test("many threads that count in one lane lose nothing")
    func manyThreads() async {
        let counters = LaneCounters(2, lanes: 2)
        await withDiscardingTaskGroup { group in
            for task in 0..<8 {
                group.addTask {
                    for _ in 0..<10_000 { counters.add(at: 1, lane: task % 2) }
                }
            }
        }
        #expect((counters[0], counters[1]) == (0, 80_000))
    }
}
