internal import CMalloc
internal import Glibc

/// Zeroed pages from the system. A page takes memory only once something is written to it.
enum Pages {
    private static let hugeBytes = 1 << 21

    /// Maps pages for `bytes`. Traps when there is no memory, like any other allocation.
    ///
    /// - Parameter huge: asks for pages of 2 MB, of which `bytes` is a multiple. With random access,
    ///   translating the address of a small page costs as much as the memory access itself. A huge page takes
    ///   its memory as a whole, so this is for tables that will be full.
    static func map(bytes: Int, huge: Bool = false) -> UnsafeMutableRawPointer {
        let spare = huge ? hugeBytes : 0
        let start = mmap(
            nil, bytes + spare, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
        guard let start, start != MAP_FAILED else {
            fatalError("out of memory: \(bytes) bytes were asked for")
        }
        guard huge else { return start }
        // Huge pages begin at multiples of their size. The excess around them is unmapped.
        let aligned = start.alignedUp(toMultipleOf: hugeBytes)
        let before = aligned - start
        if before > 0 { munmap(start, before) }
        if before < spare { munmap(aligned + bytes, spare - before) }
        // The system may have none left; then the pages are small.
        madvise(aligned, bytes, MADV_HUGEPAGE)
        return aligned
    }

    /// Gives the memory back and keeps the addresses mapped: a late reader there sees zeros (madvise(2),
    /// `MADV_DONTNEED`).
    static func empty(_ start: UnsafeMutableRawPointer, bytes: Int) {
        madvise(start, bytes, MADV_DONTNEED)
    }

    /// Gives the addresses back, too. Nobody may read there any more.
    static func unmap(_ start: UnsafeMutableRawPointer, bytes: Int) {
        munmap(start, bytes)
    }
}

/// Freed memory that the allocator keeps for reuse.
public enum FreedMemory {
    /// Returns freed memory to the system (malloc_trim(3)). It takes some milliseconds where there is much.
    public static func giveBack() {
        malloc_trim(0)
    }
}
