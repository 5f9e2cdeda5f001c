import Memory
import Testing

/// Tests at the ends of pieces, which are 2^19 words long.
@Suite("An array of words")
struct WordArrayTests {
    @Test(
        "words are zero until written, and never move", arguments: [0, 1, 1 << 19, 1 << 20])
    func edges(start: Int) {
        let words = WordArray()
        words.grow(toHold: start + 2)
        for index in [start, start + 1] where index > 0 { #expect(words.load(at: index) == 0) }
        words.store(7, at: start)
        words.store(.max, at: start + 1)
        if start > 0 { words.store(5, at: start - 1) }
        words.grow(toHold: start + 3 << 19)
        words.grow(toHold: 1)
        #expect(words.load(at: start) == 7)
        #expect(words.load(at: start + 1) == .max)
        if start > 0 { #expect(words.load(at: start - 1) == 5) }
        #expect(words.load(at: start + 2) == 0)
    }

    @Test("two threads that count at once lose nothing")
    func increments() async {
        let words = WordArray()
        words.grow(toHold: 1)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask { for _ in 0..<10_000 { words.increment(at: 0) } }
            }
        }
        #expect(words.load(at: 0) == 80_000)
    }
}

@Suite("An array of objects")
struct ObjectArrayTests {
    private final class Thing: Sendable {
        let number: Int

        init(_ number: Int) {
            self.number = number
        }
    }

    @Test("each is found at its index")
    func appended() async {
        let things = ObjectArray<Thing>()
        await withTaskGroup(of: Void.self) { group in
            for worker in 0..<4 {
                group.addTask {
                    for step in 0..<1000 {
                        let number = worker * 1000 + step
                        let index = things.append(Thing(number))
                        #expect(things[index].number == number)
                    }
                }
            }
        }
        #expect(Set((0..<4000).map { things[$0].number }) == Set(0..<4000))
    }

    @Test("it releases its objects at its end")
    func released() {
        weak var kept: Thing?
        do {
            let things = ObjectArray<Thing>()
            let thing = Thing(1)
            kept = thing
            _ = things.append(thing)
            #expect(kept != nil)
        }
        #expect(kept == nil)
    }
}
