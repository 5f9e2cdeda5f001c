internal import CGnuTLS
internal import CSodium

/// A SHA-256 digest (FIPS 180-4), stored as four words.
///
/// GnuTLS computes it, by the processor's own instructions where it has them, which libsodium 1.0.18 does not use: a
/// third of the time.
public struct SHA256Digest: Hashable, Sendable {
    /// The bytes in order, as big-endian words.
    public let words: (UInt64, UInt64, UInt64, UInt64)

    /// Hashes `bytes`.
    public init(of bytes: Span<UInt8>) {
        _ = Sodium.ready
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        withUnsafeMutableBytes(of: &words) { out in
            guard let out = out.assumingMemoryBound(to: UInt8.self).baseAddress else { return }
            bytes.withUnsafeBufferPointer { input in
                // It refuses only where a FIPS mode of the system is in error.
                if gnutls_hash_fast(GNUTLS_DIG_SHA256, input.baseAddress, input.count, out) < 0 {
                    _ = crypto_hash_sha256(out, input.baseAddress, UInt64(input.count))
                }
            }
        }
        self.words = (words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian)
    }

    /// Hashes a text in UTF-8.
    public init(of text: String) {
        self.init(of: Array(text.utf8).span)
    }

    /// A stored digest; `nil` unless it has 32 bytes.
    public init?(bytes: [UInt8]) {
        self.init(reading: bytes.span)
    }

    /// As ``init(bytes:)``, without a copy.
    public init?(reading bytes: Span<UInt8>) {
        guard bytes.count == 32 else { return nil }
        words = bytes.withUnsafeBytes { bytes in
            func word(_ index: Int) -> UInt64 {
                UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self))
            }
            return (word(0), word(1), word(2), word(3))
        }
    }

    public var bytes: [UInt8] {
        [words.0, words.1, words.2, words.3].flatMap { word in
            stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> UInt64($0)) }
        }
    }

    public static func == (left: Self, right: Self) -> Bool {
        left.words == right.words
    }

    /// A digest is uniform, so one word suffices.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
    }
}
