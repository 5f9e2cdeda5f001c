internal import CMalloc

/// Memory for a fixed number of cells: each a head and bytes behind it, in cache lines of its own.
///
/// A cell is zero until it is written to, and takes memory from then on.
///
///     var cells = Cells<Grant>(4096, bytesEach: 512)
///     cells.prefetch(7)                            // returns at once
///     cells[7] = Grant(…)
///     cells.bytes(of: 7)                           // what is behind it
public struct Cells<Head: BitwiseCopyable>: ~Copyable {
    public let count: Int
    /// The number of bytes behind each head.
    public let room: Int
    @usableFromInline let size: Int
    private let bytes: Int
    @usableFromInline let start: UnsafeMutableRawPointer

    private static var lineSize: Int { 64 }

    /// `size` is what a cell takes with its head: a multiple of 64.
    public init(_ count: Int, bytesEach size: Int) {
        precondition(
            size % Self.lineSize == 0 && size >= MemoryLayout<Head>.stride, "a cell has whole cache lines")
        self.count = count
        self.size = size
        room = size - MemoryLayout<Head>.stride
        // A page at least, also where there is no cell.
        bytes = max(count * size, size)
        start = Pages.map(bytes: bytes, huge: bytes % (1 << 21) == 0)
    }

    deinit {
        Pages.unmap(start, bytes: bytes)
    }

    @inlinable
    func cell(_ index: Int) -> UnsafeMutableRawPointer {
        precondition(index >= 0 && index < count, "a cell that there is not")
        return start + index * size
    }

    public subscript(index: Int) -> Head {
        @inlinable
        unsafeAddress { UnsafePointer(cell(index).assumingMemoryBound(to: Head.self)) }
        @inlinable
        unsafeMutableAddress { cell(index).assumingMemoryBound(to: Head.self) }
    }

    /// The bytes behind a head.
    @inlinable
    @_lifetime(borrow self)
    public func bytes(of index: Int) -> Span<UInt8> {
        let bytes = UnsafeRawBufferPointer(start: cell(index) + MemoryLayout<Head>.stride, count: room)
        return _overrideLifetime(bytes.bindMemory(to: UInt8.self).span, borrowing: self)
    }

    /// Writes bytes behind a head; they must fit.
    public mutating func write(_ bytes: Span<UInt8>, of index: Int, at offset: Int) {
        precondition(offset >= 0 && offset + bytes.count <= room, "more bytes than a cell has room for")
        let target = cell(index) + MemoryLayout<Head>.stride + offset
        bytes.withUnsafeBytes {
            if let source = $0.baseAddress { target.copyMemory(from: source, byteCount: $0.count) }
        }
    }

    /// Has the processor fetch a cell while it goes on.
    public func prefetch(_ index: Int) {
        let start = cell(index)
        for line in stride(from: 0, to: size, by: Self.lineSize) { jeton_prefetch(start + line) }
    }
}
