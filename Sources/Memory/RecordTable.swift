internal import Synchronization

/// Four words.
public typealias Words = SIMD4<UInt64>

/// Records in memory that are found by a key, which should be as good as random: of four words each, and
/// four more of the caller's own.
///
/// Readers wait for nobody: they read words that are each written at once. Records are numbered from 0,
/// stay where they are, and are never removed. Writers wait for one another.
///
/// `Sendable` because what is shared is atomic, and writing is behind a lock.
public final class RecordTable: Sendable {
    /// A record as it was found.
    public struct Record: Hashable, Sendable {
        /// Its number, the same for good.
        public let number: UInt32
        /// The words that were kept with its key. Each is as it was at some moment since the search began.
        public let words: Words
    }

    private let records = WordArray()
    /// ``Slots/packed``. Changes when the table grows.
    private let current: Atomic<UInt64>
    private let kept = Atomic(0)
    private let writing: Mutex<Writing>

    private struct Writing {
        var count = 0
        /// The slots of before, whose memory was given back. Somebody may still be reading there.
        var former: [UInt64] = []
    }

    /// An empty table.
    public init() {
        current = Atomic(Slots(holding: 0).packed)
        writing = Mutex(Writing())
    }

    deinit {
        let former = writing.withLock(\.former)
        for packed in former + [current.load(ordering: .relaxed)] { Slots(packed: packed).unmap() }
    }

    /// How many records it holds.
    public var count: Int { kept.load(ordering: .acquiring) }

    /// How many bytes of memory it takes: its records, and the slots by which they are found.
    public var byteCount: Int {
        count * 64 + Slots(packed: current.load(ordering: .relaxed)).byteCount
    }

    /// The record of that key; `nil` where none was inserted before the search began.
    public func find(_ key: Words) -> Record? {
        var packed = current.load(ordering: .acquiring)
        while true {
            if case .record(let number) = Slots(packed: packed).search(key, in: records) {
                return Record(number: number, words: records.words(number))
            }
            // Where the table has grown meanwhile, the key may be in the new slots alone. The old ones may
            // have been emptied under our hands; what is found there is right all the same.
            let now = current.load(ordering: .acquiring)
            if now == packed { return nil }
            packed = now
        }
    }

    /// The words of the record of that number.
    public func words(of number: UInt32) -> Words { records.words(number) }

    /// Replaces one word of a record, at once for all who read it.
    public func store(_ word: UInt64, at place: Int, of number: UInt32) {
        precondition(place >= 0 && place < 4, "a record has four words")
        records.store(word, at: Int(number) << 3 + 4 + place)
    }

    /// Adds a record where there is none of that key. Returns its number, and whether it was added.
    @discardableResult
    public func insert(_ key: Words, _ words: Words) -> (number: UInt32, isNew: Bool) {
        writing.withLock { insert(key, words, &$0) }
    }

    /// Adds those of which there is none of that key yet, faster than one by one.
    public func insert(_ batch: [(key: Words, words: Words)]) {
        writing.withLock { writing in
            // The first looks wait for memory; they do so all at the same time.
            let slots = Slots(packed: current.load(ordering: .relaxed))
            var seen: UInt32 = 0
            for record in batch { seen |= slots.touch(record.key) }
            withExtendedLifetime(seen) {}
            for record in batch { insert(record.key, record.words, &writing) }
        }
    }

    /// Makes room for so many records, so that adding them need not make it time and again.
    public func reserve(_ count: Int) {
        writing.withLock { writing in
            if count > Slots(packed: current.load(ordering: .relaxed)).limit { grow(toHold: count, &writing) }
        }
    }

    @discardableResult
    private func insert(_ key: Words, _ words: Words, _ writing: inout Writing) -> (UInt32, Bool) {
        var slots = Slots(packed: current.load(ordering: .relaxed))
        switch slots.search(key, in: records) {
        case .record(let number): return (number, false)
        case .free(var index):
            if writing.count == slots.limit {
                slots = grow(toHold: writing.count + 1, &writing)
                index = slots.free(for: key)
            }
            let number = UInt32(writing.count)
            records.grow(toHold: (writing.count + 1) << 3)
            records.write(key, words, number)
            slots.set(index, to: number, key)
            writing.count += 1
            kept.store(writing.count, ordering: .releasing)
            return (number, true)
        }
    }

    @discardableResult
    private func grow(toHold count: Int, _ writing: inout Writing) -> Slots {
        let old = Slots(packed: current.load(ordering: .relaxed))
        let new = Slots(holding: count)
        for number in 0..<UInt32(writing.count) {
            let key = records.key(number)
            new.set(new.free(for: key), to: number, key)
        }
        current.store(new.packed, ordering: .releasing)
        writing.former.append(old.packed)
        old.empty()
        return new
    }
}

/// A record is eight words that stand together, in one line of the processor's cache.
extension WordArray {
    fileprivate func words(_ number: UInt32) -> Words { four(Int(number) << 3 + 4) }

    func key(_ number: UInt32) -> Words { four(Int(number) << 3) }

    @inline(__always)
    private func four(_ index: Int) -> Words {
        let word = word(index)
        return Words(
            word[0].load(ordering: .acquiring), word[1].load(ordering: .acquiring),
            word[2].load(ordering: .acquiring), word[3].load(ordering: .acquiring))
    }

    fileprivate func write(_ key: Words, _ words: Words, _ number: UInt32) {
        let word = word(Int(number) << 3)
        for place in 0..<4 {
            word[place].store(key[place], ordering: .relaxed)
            word[place + 4].store(words[place], ordering: .relaxed)
        }
    }
}
