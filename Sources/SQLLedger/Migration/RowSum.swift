internal import Sodium

/// How many rows there are, and the sum of their SHA-256 digests, each taken for a number, modulo 2²⁵⁶.
///
/// It is the same in whichever order they come, can be kept, and gone on with.
public struct RowSum: Hashable, Sendable {
    /// How many they are.
    public private(set) var count: Int64 = 0
    // The highest eight bytes first.
    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    /// That of no rows.
    init() {}

    /// One that was kept; `nil` where `bytes` are not 32.
    init?(count: Int64, bytes: [UInt8]) {
        guard let digest = SHA256Digest(bytes: bytes) else { return nil }
        (self.count, words) = (count, digest.words)
    }

    /// Takes in a row.
    mutating func add(_ row: RowBytes) {
        let digest = SHA256Digest(of: row.bytes.span).words
        count += 1
        var carry: UInt64 = 0
        func sum(_ left: UInt64, _ right: UInt64) -> UInt64 {
            let (half, first) = left.addingReportingOverflow(right)
            let (whole, second) = half.addingReportingOverflow(carry)
            carry = first || second ? 1 : 0
            return whole
        }
        words.3 = sum(words.3, digest.3)
        words.2 = sum(words.2, digest.2)
        words.1 = sum(words.1, digest.1)
        words.0 = sum(words.0, digest.0)
    }

    /// The sum's 32 bytes, first to last.
    var bytes: [UInt8] {
        [words.0, words.1, words.2, words.3].flatMap { word in
            stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> UInt64($0)) }
        }
    }

    /// The sum in hexadecimal digits.
    public var hex: String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    public static func == (left: Self, right: Self) -> Bool {
        left.count == right.count && left.words == right.words
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(count)
        hasher.combine(words.3)
    }
}
