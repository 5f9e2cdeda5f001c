internal import CSodium

/// Primitives of libsodium (<https://doc.libsodium.org>).
///
/// This is the only target that uses `CSodium`; no pointer leaves it.
public enum Sodium {
    /// Calls `sodium_init` once, before the first use. It fails only without a source of randomness.
    static let ready: Void = {
        precondition(sodium_init() >= 0, "libsodium could not be initialised: no source of randomness")
    }()

    /// Bytes from the system's CSPRNG.
    public static func randomBytes(count: Int) -> [UInt8] {
        _ = ready
        var bytes = [UInt8](repeating: 0, count: count)
        randombytes_buf(&bytes, count)
        return bytes
    }

    /// A random number in `0..<upperBound`, without modulo bias.
    public static func random(below upperBound: UInt32) -> UInt32 {
        _ = ready
        return randombytes_uniform(upperBound)
    }

    /// Compares in constant time for a given length.
    public static func equal(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        _ = ready
        guard left.count == right.count else { return false }
        return sodium_memcmp(left, right, left.count) == 0
    }
}
