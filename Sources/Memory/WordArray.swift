internal import CMalloc
internal import Synchronization

/// An array of 64-bit words that only grows. Any thread may read and write a word, atomically.
///
/// Words never move, so growing does not disturb readers. They are zero until written, and unwritten ones
/// take no memory.
///
/// `@unchecked Sendable` because its pointers are to atomics and are set once before they are published.
public final class WordArray: @unchecked Sendable {
    typealias Word = Atomic<UInt64>

    /// The size of a piece as a power of two: 4 MB of words.
    static let pieceBits = 19
    private static let pieceBytes = 8 << pieceBits
    private static let mostPieces = 1 << 16

    /// The addresses of the pieces; zero where a piece does not exist yet.
    private let pieces: UnsafeMutablePointer<Atomic<UInt>>
    private let made = Mutex(0)

    /// The most words in one array.
    public static let limit = mostPieces << pieceBits

    public init() {
        pieces = Pages.map(bytes: Self.mostPieces * 8).assumingMemoryBound(to: Atomic<UInt>.self)
    }

    deinit {
        made.withLock { made in
            for index in 0..<made { Pages.unmap(piece(index), bytes: Self.pieceBytes) }
        }
        Pages.unmap(pieces, bytes: Self.mostPieces * 8)
    }

    /// Grows to hold at least `count` words.
    public func grow(toHold count: Int) {
        precondition(count <= Self.limit, "more words than an array holds: \(count)")
        let needed = (count + 1 << Self.pieceBits - 1) >> Self.pieceBits
        made.withLock { made in
            while made < needed {
                // An array that needs a second piece is likely to fill it.
                let start = Pages.map(bytes: Self.pieceBytes, huge: made > 0)
                pieces[made].store(UInt(bitPattern: start), ordering: .releasing)
                made += 1
            }
        }
    }

    /// The word at `index`. An acquiring load: whatever its writer wrote before is visible, too.
    public func load(at index: Int) -> UInt64 {
        word(index).pointee.load(ordering: .acquiring)
    }

    /// Has the processor fetch the word at `index`.
    func prefetch(at index: Int) { jeton_prefetch(word(index)) }

    public func store(_ value: UInt64, at index: Int) {
        word(index).pointee.store(value, ordering: .releasing)
    }

    public func increment(at index: Int) {
        word(index).pointee.wrappingAdd(1, ordering: .acquiringAndReleasing)
    }

    /// The address of a word, which never changes. The words up to the end of its piece follow it.
    func word(_ index: Int) -> UnsafeMutablePointer<Word> {
        piece(index >> Self.pieceBits).assumingMemoryBound(to: Word.self) + index & (1 << Self.pieceBits - 1)
    }

    private func piece(_ index: Int) -> UnsafeMutableRawPointer {
        precondition(index >= 0 && index < Self.mostPieces, "a word that no array holds")
        let address = pieces[index].load(ordering: .acquiring)
        guard let start = UnsafeMutableRawPointer(bitPattern: address) else {
            preconditionFailure("a word for which no room was made")
        }
        return start
    }
}
