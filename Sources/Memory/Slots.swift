internal import CMalloc
internal import Synchronization

/// An open-addressing hash table of 32-bit slots. A slot holds the number of a record, and in its remaining
/// bits a part of the record's key, so that a wrong record is hardly ever looked at.
///
/// It is a view of memory that ``RecordTable`` owns.
struct Slots {
    /// The number of slots as a power of two. A record's number takes as many bits of a slot.
    let bits: UInt64
    private let start: UnsafeMutablePointer<Atomic<UInt32>>

    /// The bits of a slot that hold the record's number, plus one; zero is a free slot.
    private var numberMask: UInt32 { UInt32(truncatingIfNeeded: UInt64(1) << bits - 1) }
    private var indexMask: Int { 1 << Int(bits) - 1 }

    /// The smallest table: its slots are one page.
    static let fewestBits: UInt64 = 10

    /// From this size on (8 MB), slots are in huge pages.
    private static let hugeBits: UInt64 = 21

    /// The most keys before the table is too full to be fast: 11 of 16 slots.
    var limit: Int { Self.limit(bits: bits) }

    private static func limit(bits: UInt64) -> Int { (1 << Int(bits)) / 16 * 11 }

    /// Maps free slots, enough for `count` keys.
    init(holding count: Int) {
        var bits = Self.fewestBits
        while Self.limit(bits: bits) < count { bits += 1 }
        precondition(bits <= 32, "more records than have a number: \(count)")
        self.bits = bits
        // Random keys fill at least a third of the slots, spread over the whole table.
        let isLarge = bits >= Self.hugeBits
        start = Pages.map(bytes: 4 << Int(bits), huge: isLarge).assumingMemoryBound(to: Atomic<UInt32>.self)
    }

    /// Address and size in one word. Pages are aligned to at least 4096 bytes, so the low bits of the address
    /// are free.
    var packed: UInt64 { UInt64(UInt(bitPattern: start)) | bits }

    init(packed: UInt64) {
        bits = packed & 63
        guard let start = UnsafeMutableRawPointer(bitPattern: UInt(packed & ~63)) else {
            preconditionFailure("there are always slots")
        }
        self.start = start.assumingMemoryBound(to: Atomic<UInt32>.self)
    }

    var byteCount: Int { 4 << Int(bits) }

    func empty() { Pages.empty(start, bytes: byteCount) }

    func unmap() { Pages.unmap(start, bytes: byteCount) }

    /// The end of a search.
    enum End {
        /// The record of the key, by its number.
        case record(UInt32)
        /// A free slot: the key is not in the table.
        case free(Int)
    }

    @inline(__always)
    func search(_ key: Words, in records: WordArray) -> End {
        let mark = mark(key)
        var index = home(key)
        while true {
            let slot = start[index].load(ordering: .acquiring)
            if slot == 0 { return .free(index) }
            if slot & ~numberMask == mark {
                let number = (slot & numberMask) &- 1
                if records.key(number) == key { return .record(number) }
            }
            index = (index + 1) & indexMask
        }
    }

    /// The first free slot for a key that is not in the table.
    func free(for key: Words) -> Int {
        var index = home(key)
        while start[index].load(ordering: .relaxed) != 0 { index = (index + 1) & indexMask }
        return index
    }

    /// Publishes a record, and with it everything written to the record before.
    func set(_ index: Int, to number: UInt32, _ key: Words) {
        start[index].store(mark(key) | (number &+ 1), ordering: .releasing)
    }

    /// The record whose slot has the mark of `key`, and which probably has its key; `nil` where there is none.
    @inline(__always)
    func likely(_ key: Words) -> UInt32? {
        let mark = mark(key)
        var index = home(key)
        while true {
            let slot = start[index].load(ordering: .acquiring)
            if slot == 0 { return nil }
            if slot & ~numberMask == mark { return (slot & numberMask) &- 1 }
            index = (index + 1) & indexMask
        }
    }

    /// Has the processor fetch the slot where a search for `key` begins.
    func prefetch(_ key: Words) { jeton_prefetch(start + home(key)) }

    /// Fetches the slot where a search for `key` begins into the cache.
    func touch(_ key: Words) -> UInt32 { start[home(key)].load(ordering: .relaxed) }

    private func home(_ key: Words) -> Int { Int(truncatingIfNeeded: key.w) & indexMask }

    /// The bits of the key that are kept beside a record's number.
    private func mark(_ key: Words) -> UInt32 { UInt32(truncatingIfNeeded: key.z << bits) }
}
