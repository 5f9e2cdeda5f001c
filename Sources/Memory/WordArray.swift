internal import Synchronization

/// An array of 64-bit words that only grows, each of which any thread reads and writes by itself.
///
/// Words never move, so nobody waits for it to grow. They are zero until somebody writes them, and those
/// that nobody wrote take no memory.
///
/// `@unchecked Sendable` because its pointers are to atomics, and are set once before they are published.
public final class WordArray: @unchecked Sendable {
    typealias Word = Atomic<UInt64>

    /// How many words, as a power of two, stand in one piece: 4 MB of them.
    static let pieceBits = 19
    private static let pieceBytes = 8 << pieceBits
    private static let mostPieces = 1 << 16

    /// The addresses of the pieces; zero where there is none yet.
    private let pieces: UnsafeMutablePointer<Atomic<UInt>>
    private let made = Mutex(0)

    /// The most words that one holds.
    public static let limit = mostPieces << pieceBits

    /// An array that has room for no word.
    public init() {
        pieces = Pages.map(bytes: Self.mostPieces * 8).assumingMemoryBound(to: Atomic<UInt>.self)
    }

    deinit {
        made.withLock { made in
            for index in 0..<made { Pages.unmap(piece(index), bytes: Self.pieceBytes) }
        }
        Pages.unmap(pieces, bytes: Self.mostPieces * 8)
    }

    /// Makes room for so many words, where there is less.
    public func grow(toHold count: Int) {
        precondition(count <= Self.limit, "more words than an array holds: \(count)")
        let needed = (count + 1 << Self.pieceBits - 1) >> Self.pieceBits
        made.withLock { made in
            while made < needed {
                // Whoever has begun a second piece is likely to fill it.
                let start = Pages.map(bytes: Self.pieceBytes, huge: made > 0)
                pieces[made].store(UInt(bitPattern: start), ordering: .releasing)
                made += 1
            }
        }
    }

    /// The word at `index`, and with it all that its writer wrote before.
    public func load(at index: Int) -> UInt64 {
        word(index).pointee.load(ordering: .acquiring)
    }

    /// Writes the word at `index`, at once for all who read it.
    public func store(_ value: UInt64, at index: Int) {
        word(index).pointee.store(value, ordering: .releasing)
    }

    /// Adds 1 to the word at `index`.
    public func increment(at index: Int) {
        word(index).pointee.wrappingAdd(1, ordering: .acquiringAndReleasing)
    }

    /// Where the word stands for good, with those behind it up to the end of its piece.
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
