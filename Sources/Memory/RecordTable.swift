internal import Synchronization

/// Half a record: its key, or its values.
public typealias Words = SIMD4<UInt64>

/// A hash table of records in memory. A record is eight words: a key of four, which should be as good as
/// random, and four words of values.
///
/// Readers take no lock, since every word is read and written atomically. Records are numbered from 0, never
/// move, and are never removed. Writers exclude one another.
///
///     let (number, _) = table.insert(digest.words, values)
///     table.store(expiry, at: 2, of: number)
///     table.find(digest.words)?.words
///
/// `Sendable` because shared state is atomic, and writing is behind a lock.
public final class RecordTable: Sendable {
    public struct Record: Hashable, Sendable {
        /// The record's number, which never changes.
        public let number: UInt32
        /// The four values. Each is as it was at some moment since the search began.
        public let words: Words
    }

    private let records = WordArray()
    /// ``Slots/packed``, replaced when the table grows.
    private let current: Atomic<UInt64>
    private let kept = Atomic(0)
    private let writing: Mutex<Writing>

    private struct Writing {
        var count = 0
        /// Former slots, whose memory was given back. A reader may still be there.
        var former: [UInt64] = []
    }

    public init() {
        current = Atomic(Slots(holding: 0).packed)
        writing = Mutex(Writing())
    }

    deinit {
        let former = writing.withLock(\.former)
        for packed in former + [current.load(ordering: .relaxed)] { Slots(packed: packed).unmap() }
    }

    public var count: Int { kept.load(ordering: .acquiring) }

    /// The memory of the records and of the slots that find them.
    public var byteCount: Int {
        count * 64 + Slots(packed: current.load(ordering: .relaxed)).byteCount
    }

    /// Finds the record of a key; `nil` where none was inserted before the search began.
    public func find(_ key: Words) -> Record? {
        var packed = current.load(ordering: .acquiring)
        while true {
            if case .record(let number) = Slots(packed: packed).search(key, in: records) {
                return Record(number: number, words: records.words(number))
            }
            // Where the table has grown meanwhile, the key may be in the new slots only. The old slots may
            // have been emptied during the search, but a record found there is still the right one.
            let now = current.load(ordering: .acquiring)
            if now == packed { return nil }
            packed = now
        }
    }

    /// Has the processor fetch what a search for `key` reads first. Returns at once.
    public func prefetch(_ key: Words) { Slots(packed: current.load(ordering: .acquiring)).prefetch(key) }

    /// The number of the record that ``find(_:)`` will probably find, which the processor fetches meanwhile; `nil` where
    /// it will probably find none.
    public func likelyNumber(of key: Words) -> UInt32? {
        guard let number = Slots(packed: current.load(ordering: .acquiring)).likely(key) else { return nil }
        records.prefetch(at: Int(number) << 3)
        return number
    }

    /// The values of a record.
    public func words(of number: UInt32) -> Words { records.words(number) }

    /// Replaces one value of a record, atomically.
    public func store(_ word: UInt64, at place: Int, of number: UInt32) {
        precondition(place >= 0 && place < 4, "a record has four words")
        records.store(word, at: Int(number) << 3 + 4 + place)
    }

    /// Inserts a record unless its key exists. Returns the number of the record, and whether it was inserted.
    @discardableResult
    public func insert(_ key: Words, _ words: Words) -> (number: UInt32, isNew: Bool) {
        writing.withLock { insert(key, words, &$0) }
    }

    /// Inserts the records whose keys do not exist, faster than one by one.
    public func insert(_ batch: [(key: Words, words: Words)]) {
        writing.withLock { writing in
            // Touching all slots first lets their cache misses overlap.
            let slots = Slots(packed: current.load(ordering: .relaxed))
            var seen: UInt32 = 0
            for record in batch { seen |= slots.touch(record.key) }
            withExtendedLifetime(seen) {}
            for record in batch { insert(record.key, record.words, &writing) }
        }
    }

    /// Reserves room for `count` records, so that inserting them does not grow the table again and again.
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

/// A record is eight consecutive words: one cache line.
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
