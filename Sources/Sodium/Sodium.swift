internal import CSodium

/// The primitives Jeton takes from libsodium, as Swift values.
///
/// This is the only target that sees `CSodium`; no pointer leaves it.
/// See <https://doc.libsodium.org>.
public enum Sodium {
    /// `sodium_init` is idempotent and thread-safe; it is run once, before the first use.
    /// It fails only where the system has no source of randomness, and nothing can be done then.
    static let ready: Void = {
        precondition(sodium_init() >= 0, "libsodium could not be initialised: no source of randomness")
    }()

    /// Fresh bytes from the system's CSPRNG.
    public static func randomBytes(count: Int) -> [UInt8] {
        _ = ready
        var bytes = [UInt8](repeating: 0, count: count)
        randombytes_buf(&bytes, count)
        return bytes
    }

    /// A fresh number in `0..<upperBound`, without modulo bias.
    public static func random(below upperBound: UInt32) -> UInt32 {
        _ = ready
        return randombytes_uniform(upperBound)
    }

    /// Whether both hold the same bytes, in a time that depends on their length alone.
    public static func equal(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        _ = ready
        guard left.count == right.count else { return false }
        return sodium_memcmp(left, right, left.count) == 0
    }
}

/// SHA-256 (FIPS 180-4) as four big-endian words: a value that fits in registers and hashes well.
public struct SHA256Digest: Hashable, Sendable {
    /// The digest's first to last eight bytes, each read big-endian.
    public let words: (UInt64, UInt64, UInt64, UInt64)

    /// The digest of `bytes`.
    public init(of bytes: Span<UInt8>) {
        _ = Sodium.ready
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        withUnsafeMutableBytes(of: &words) { out in
            guard let out = out.assumingMemoryBound(to: UInt8.self).baseAddress else { return }
            bytes.withUnsafeBufferPointer { input in
                _ = crypto_hash_sha256(out, input.baseAddress, UInt64(input.count))
            }
        }
        self.words = (words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian)
    }

    /// A digest read back from storage, or `nil` where it is not 32 bytes long.
    public init?(bytes: [UInt8]) {
        self.init(reading: bytes.span)
    }

    /// A digest read where storage has it, or `nil` where it is not 32 bytes long.
    public init?(reading bytes: Span<UInt8>) {
        guard bytes.count == 32 else { return nil }
        words = bytes.withUnsafeBytes { bytes in
            func word(_ index: Int) -> UInt64 {
                UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self))
            }
            return (word(0), word(1), word(2), word(3))
        }
    }

    /// The 32 bytes, first to last.
    public var bytes: [UInt8] {
        [words.0, words.1, words.2, words.3].flatMap { word in
            stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> UInt64($0)) }
        }
    }

    public static func == (left: Self, right: Self) -> Bool {
        left.words == right.words
    }

    /// The input is already uniform, so one word is hash enough.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
    }
}

/// A keyed hash (BLAKE2b, RFC 7693) for values that must be recognised again but not made by others.
public struct KeyedHash: Sendable {
    private let key: [UInt8]

    /// The length of a key, in bytes.
    public static let keyLength = 32

    /// Takes a key of ``keyLength`` bytes, or gives `nil`.
    public init?(key: [UInt8]) {
        guard key.count == Self.keyLength else { return nil }
        self.key = key
    }

    /// 32 bytes that only a holder of the key can compute for `message`.
    public func callAsFunction(_ message: [UInt8]) -> [UInt8] {
        _ = Sodium.ready
        var hash = [UInt8](repeating: 0, count: 32)
        _ = crypto_generichash(&hash, hash.count, message, UInt64(message.count), key, key.count)
        return hash
    }
}

extension KeyedHash: Redacted {}

extension Sodium {
    /// The bytes that `text` spells in base64 (RFC 4648, section 4), with or without padding;
    /// `nil` for any other character, and for a length that no encoder writes.
    public static func bytes(fromBase64 text: Span<UInt8>) -> [UInt8]? {
        _ = ready
        guard !text.isEmpty else { return [] }
        let isPadded = text[text.count - 1] == UInt8(ascii: "=")
        let variant = isPadded ? sodium_base64_VARIANT_ORIGINAL : sodium_base64_VARIANT_ORIGINAL_NO_PADDING
        let capacity = text.count / 4 * 3 + 3
        var bytes = [UInt8](repeating: 0, count: capacity)
        var length = 0
        let status = text.withUnsafeBytes { input -> Int32 in
            guard let start = input.assumingMemoryBound(to: CChar.self).baseAddress else { return -1 }
            return sodium_base642bin(&bytes, capacity, start, input.count, nil, &length, nil, Int32(variant))
        }
        return status == 0 ? Array(bytes.prefix(length)) : nil
    }

    /// `bytes` in base64 for URLs and cookies (RFC 4648, section 5), without padding.
    public static func base64URL(_ bytes: [UInt8]) -> String {
        encoded(bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING)
    }

    /// `bytes` in base64 as headers carry it (RFC 4648, section 4), with padding.
    public static func base64(_ bytes: [UInt8]) -> String {
        encoded(bytes, sodium_base64_VARIANT_ORIGINAL)
    }

    private static func encoded(_ bytes: [UInt8], _ variant: some BinaryInteger) -> String {
        _ = ready
        let capacity = sodium_base64_encoded_len(bytes.count, Int32(variant))
        var text = [CChar](repeating: 0, count: capacity)
        _ = sodium_bin2base64(&text, capacity, bytes, bytes.count, Int32(variant))
        return String(decoding: text.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
