internal import CMalloc
internal import Glibc

/// Pages of zeros from the system. Only those that something was written to take memory.
enum Pages {
    private static let hugeBytes = 1 << 21

    /// Pages for so many bytes. There is no going on without them, as with any other allocation.
    ///
    /// - Parameter huge: asks for pages of 2 MB, of which `bytes` is a multiple. Where one is read here and one
    ///   there, finding the address of a small page takes the processor as long as the memory itself does.
    ///   A page of 2 MB takes memory as a whole, so this is for what is going to be full.
    static func map(bytes: Int, huge: Bool = false) -> UnsafeMutableRawPointer {
        let spare = huge ? hugeBytes : 0
        let start = mmap(
            nil, bytes + spare, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
        guard let start, start != MAP_FAILED else {
            fatalError("out of memory: \(bytes) bytes were asked for")
        }
        guard huge else { return start }
        // Huge pages begin at multiples of their size. What is mapped around them is given back.
        let aligned = start.alignedUp(toMultipleOf: hugeBytes)
        let before = aligned - start
        if before > 0 { munmap(start, before) }
        if before < spare { munmap(aligned + bytes, spare - before) }
        // The system may have none to give; then they are small.
        madvise(aligned, bytes, MADV_HUGEPAGE)
        return aligned
    }

    /// Gives back the memory and keeps the addresses: whoever still reads there finds zeros
    /// (madvise(2), `MADV_DONTNEED`).
    static func empty(_ start: UnsafeMutableRawPointer, bytes: Int) {
        madvise(start, bytes, MADV_DONTNEED)
    }

    /// Gives back the addresses, too. Nobody may read there any more.
    static func unmap(_ start: UnsafeMutableRawPointer, bytes: Int) {
        munmap(start, bytes)
    }
}

/// Memory that was freed, and that the allocator keeps for the next who asks.
public enum FreedMemory {
    /// Gives what is freed back to the system (malloc_trim(3)). It takes some milliseconds where much is.
    public static func giveBack() {
        malloc_trim(0)
    }
}
