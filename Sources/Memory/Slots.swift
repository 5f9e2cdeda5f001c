internal import Synchronization

/// A table by open addressing that says where records are: in each slot the number of one, and as many
/// bits of its key as there is room for beside the number, so that hardly ever a record is looked at that
/// is not the one.
///
/// It is a view of memory that ``RecordTable`` holds.
struct Slots {
    /// How many slots there are, as a power of two. A number takes as many bits of a slot.
    let bits: UInt64
    private let start: UnsafeMutablePointer<Atomic<UInt32>>

    /// What a number is among the bits of a slot.
    private var numberMask: UInt32 { UInt32(truncatingIfNeeded: UInt64(1) << bits - 1) }
    private var indexMask: Int { 1 << Int(bits) - 1 }

    /// The fewest bits that a table has; these slots are one page.
    static let fewestBits: UInt64 = 10

    /// From how many bits on slots are in huge pages: 8 MB of them.
    private static let hugeBits: UInt64 = 21

    /// How many keys it takes before it is too full to be quick: 11 of 16.
    var limit: Int { Self.limit(bits: bits) }

    private static func limit(bits: UInt64) -> Int { (1 << Int(bits)) / 16 * 11 }

    /// Empty slots, enough for so many keys.
    init(holding count: Int) {
        var bits = Self.fewestBits
        while Self.limit(bits: bits) < count { bits += 1 }
        precondition(bits <= 32, "more records than have a number: \(count)")
        self.bits = bits
        // At least a third of the slots of any table are taken, all over it.
        let isLarge = bits >= Self.hugeBits
        start = Pages.map(bytes: 4 << Int(bits), huge: isLarge).assumingMemoryBound(to: Atomic<UInt32>.self)
    }

    /// Address and size in one word. Pages begin at whole thousands of bytes, so that there is room.
    var packed: UInt64 { UInt64(UInt(bitPattern: start)) | bits }

    init(packed: UInt64) {
        bits = packed & 63
        guard let start = UnsafeMutableRawPointer(bitPattern: UInt(packed & ~63)) else {
            preconditionFailure("there are always slots")
        }
        self.start = start.assumingMemoryBound(to: Atomic<UInt32>.self)
    }

    /// How many bytes they take.
    var byteCount: Int { 4 << Int(bits) }

    func empty() { Pages.empty(start, bytes: byteCount) }

    func unmap() { Pages.unmap(start, bytes: byteCount) }

    /// Where a search for a key ends.
    enum End {
        /// At the record of that number.
        case record(UInt32)
        /// At this slot, which is free.
        case free(Int)
    }

    /// Searches for `key` among the records.
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

    /// The first free slot for `key`, which is none of those in the table.
    func free(for key: Words) -> Int {
        var index = home(key)
        while start[index].load(ordering: .relaxed) != 0 { index = (index + 1) & indexMask }
        return index
    }

    /// Publishes the record of that number, and all that was written of it before.
    func set(_ index: Int, to number: UInt32, _ key: Words) {
        start[index].store(mark(key) | (number &+ 1), ordering: .releasing)
    }

    /// Has the processor fetch where a search for `key` begins.
    func touch(_ key: Words) -> UInt32 { start[home(key)].load(ordering: .relaxed) }

    private func home(_ key: Words) -> Int { Int(truncatingIfNeeded: key.w) & indexMask }

    /// The bits of the key that stand beside a number.
    private func mark(_ key: Words) -> UInt32 { UInt32(truncatingIfNeeded: key.z << bits) }
}
