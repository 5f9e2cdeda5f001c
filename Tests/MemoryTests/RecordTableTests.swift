import Synchronization
import Testing

@testable import Memory

@Suite("A table of records")
struct RecordTableTests {
    /// Keys as good as random, but the same in each run.
    static func key(_ number: Int) -> Words {
        var state = UInt64(number) &* 0x9E37_79B9_7F4A_7C15 &+ 1
        func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
            return mixed ^ mixed >> 31
        }
        return Words(next(), next(), next(), next())
    }

    private final class Count: Sendable {
        let number = Atomic(0)
    }

    /// The values of a key in these tests.
    static func words(_ number: Int) -> Words { Words(UInt64(number), UInt64(number) << 32, .max, 0) }

    // The first table has 1024 slots for 704 records, and a piece of the array has 65,536 records.
    @Test(
        "inserted keys are found, and no others, across growth",
        arguments: [0, 1, 703, 704, 705, 1408, 1409, 65_535, 65_536, 65_537, 200_000])
    func growth(count: Int) {
        let table = RecordTable()
        for number in 0..<count {
            let inserted = table.insert(Self.key(number), Self.words(number))
            #expect(inserted.isNew && inserted.number == UInt32(number))
        }
        #expect(table.count == count)
        for number in 0..<count {
            let record = table.find(Self.key(number))
            #expect(record == RecordTable.Record(number: UInt32(number), words: Self.words(number)))
        }
        for number in count..<count + 1000 { #expect(table.find(Self.key(number)) == nil) }
    }

    @Test("inserting a key again changes nothing", arguments: [1, 1000])
    func duplicates(count: Int) {
        let table = RecordTable()
        for number in 0..<count { table.insert(Self.key(number), Self.words(number)) }
        for number in 0..<count {
            let again = table.insert(Self.key(number), Self.words(-1 & 0xFF))
            #expect(again.number == UInt32(number) && !again.isNew)
        }
        table.insert((0..<count + 1).map { (Self.key($0), Self.words(7)) })
        #expect(table.count == count + 1)
        for number in 0..<count { #expect(table.find(Self.key(number))?.words == Self.words(number)) }
        #expect(table.find(Self.key(count))?.words == Self.words(7))
    }

    @Test("a batch may contain a key twice: the first stays")
    func twiceInABatch() {
        let table = RecordTable()
        table.insert([
            (Self.key(1), Self.words(1)), (Self.key(2), Self.words(2)), (Self.key(1), Self.words(3)),
        ])
        #expect(table.count == 2)
        #expect(table.find(Self.key(1))?.words == Self.words(1))
    }

    @Test("keys that begin at one slot, and keys that share the bits in a slot, are distinguished")
    func collisions() {
        for vary in 0..<4 {
            let table = RecordTable()
            // Equal except for one word, or for a bit that neither the slot nor its position contains.
            func key(_ number: Int) -> Words {
                var key = Self.key(1)
                key[vary] = UInt64(number) << 40
                return key
            }
            for number in 0..<600 { table.insert(key(number), Self.words(number)) }
            for number in 0..<600 { #expect(table.find(key(number))?.words == Self.words(number)) }
            #expect(table.find(key(600)) == nil)
            #expect(table.count == 600)
        }
    }

    @Test("a search continues at the first slot after the last")
    func wraps() {
        let table = RecordTable()
        func key(_ number: Int) -> Words { Words(UInt64(number), 0, UInt64(number), 1023) }
        for number in 0..<100 { table.insert(key(number), Self.words(number)) }
        for number in 0..<100 { #expect(table.find(key(number))?.number == UInt32(number)) }
        #expect(table.find(key(100)) == nil)
    }

    @Test("a key of zeros is an ordinary key")
    func zeros() {
        let table = RecordTable()
        #expect(table.find(Words()) == nil)
        #expect(table.insert(Words(), Words()) == (0, true))
        #expect(table.find(Words()) == RecordTable.Record(number: 0, words: Words()))
    }

    @Test("a stored word is seen at once, and the others stay")
    func stored() {
        let table = RecordTable()
        for number in 0..<3 { table.insert(Self.key(number), Self.words(number)) }
        for place in 0..<4 {
            table.store(99, at: place, of: 1)
            #expect(table.find(Self.key(1))?.words[place] == 99)
        }
        #expect(table.find(Self.key(0))?.words == Self.words(0))
        #expect(table.find(Self.key(2))?.words == Self.words(2))
    }

    @Test(
        "reserved room does not change what is found",
        arguments: [0, 10, 704, 705, 100_000])
    func reserved(count: Int) {
        let table = RecordTable()
        for number in 0..<50 { table.insert(Self.key(number), Self.words(number)) }
        table.reserve(count)
        table.reserve(1)
        for number in 50..<2000 { table.insert(Self.key(number), Self.words(number)) }
        for number in 0..<2000 { #expect(table.find(Self.key(number))?.words == Self.words(number)) }
    }

    @Test(
        "slots keep their size, up to the largest table",
        arguments: [
            (0, 10), (704, 10), (705, 11), (720_896, 20), (720_897, 21), (10_000_000, 24),
            (2_952_790_016, 32),
        ] as [(Int, UInt64)])
    func sizes(count: Int, bits: UInt64) {
        // The largest are mapped but not written, and so take no memory.
        let slots = Slots(holding: count)
        #expect(slots.bits == bits && slots.limit >= count)
        let same = Slots(packed: slots.packed)
        #expect(same.bits == bits)
        // The last number of the table, for a key whose search begins at the last slot.
        let key = Words(1, 2, .max, .max)
        let last = same.free(for: key)
        #expect(last == 1 << bits - 1)
        same.set(last, to: UInt32(slots.limit - 1), key)
        #expect(same.free(for: key) == 0)
        slots.unmap()
    }

    @Test("readers find whatever was inserted before they asked, during inserts and growth")
    func readersDuringGrowth() async {
        let count = 60_000
        for _ in 0..<3 {
            let table = RecordTable()
            let done = Count()
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    for number in 0..<count {
                        table.insert(Self.key(number), Self.words(number))
                        done.number.store(number + 1, ordering: .releasing)
                        if number % 64 == 0 { await Task.yield() }
                    }
                }
                for reader in 0..<6 {
                    group.addTask {
                        var random = UInt64(reader) &+ 1
                        while true {
                            let known = done.number.load(ordering: .acquiring)
                            for _ in 0..<64 where known > 0 {
                                random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                                let number = Int(random >> 33) % known
                                guard table.find(Self.key(number))?.words == Self.words(number) else {
                                    Issue.record("\(number) of \(known) was not found")
                                    return
                                }
                            }
                            guard table.find(Self.key(count + reader)) == nil else {
                                Issue.record("what was never inserted was found")
                                return
                            }
                            if known == count { return }
                            await Task.yield()
                        }
                    }
                }
            }
        }
    }

    @Test("a word that only grows never seems to shrink")
    func storesDuringReads() async {
        let table = RecordTable()
        table.insert(Self.key(1), Words())
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for value in 1...20_000 {
                    table.store(UInt64(value), at: 0, of: 0)
                    table.store(UInt64(value), at: 2, of: 0)
                    if value % 64 == 0 { await Task.yield() }
                }
            }
            for _ in 0..<4 {
                group.addTask {
                    var last: UInt64 = 0
                    while last < 20_000 {
                        let words = table.find(Self.key(1))?.words ?? Words()
                        guard words[0] >= last else {
                            Issue.record("\(words[0]) after \(last)")
                            return
                        }
                        last = words[0]
                        await Task.yield()
                    }
                }
            }
        }
    }
}
