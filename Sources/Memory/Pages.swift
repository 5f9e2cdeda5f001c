internal import Glibc

/// Pages of zeros from the system. Only those that something was written to take memory.
enum Pages {
    /// Pages for so many bytes. There is no going on without them, as with any other allocation.
    static func map(bytes: Int) -> UnsafeMutableRawPointer {
        let start = mmap(
            nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
        guard let start, start != MAP_FAILED else {
            fatalError("out of memory: \(bytes) bytes were asked for")
        }
        return start
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
