internal import CSodium

/// A hashed password: Argon2id (RFC 9106) in the standard text form, `$argon2id$v=19$…`.
///
/// Hashing and checking take tens of milliseconds and tens of megabytes by design, so they must not run on a thread that
/// answers requests.
public struct PasswordHash: Hashable, Sendable {
    /// The cost of a hash.
    public struct Cost: Sendable {
        let passes: UInt64
        let memory: Int

        /// 3 passes over 64 MiB, the second recommendation of RFC 9106.
        public static let interactive = Cost(passes: 3, memory: 64 << 20)
        /// For tests.
        public static let least = Cost(passes: 1, memory: 8 << 10)
    }

    public let text: String

    /// A stored hash.
    public init(text: String) {
        self.text = text
    }

    /// Hashes `password` with a random salt; `nil` if there is not enough memory.
    public init?(of password: [UInt8], cost: Cost = .interactive) {
        _ = Sodium.ready
        var out = [CChar](repeating: 0, count: Int(crypto_pwhash_STRBYTES))
        // Not empty, because libsodium needs an address.
        let padded = password.map(CChar.init(bitPattern:)) + [0]
        let status = crypto_pwhash_str_alg(
            &out, padded, UInt64(password.count), cost.passes, cost.memory, crypto_pwhash_ALG_ARGON2ID13)
        guard status == 0 else { return nil }
        text = String(decoding: out.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    public func matches(_ password: [UInt8]) -> Bool {
        _ = Sodium.ready
        let padded = password.map(CChar.init(bitPattern:)) + [0]
        return crypto_pwhash_str_verify(text, padded, UInt64(password.count)) == 0
    }
}

/// A hash allows offline guessing.
extension PasswordHash: Redacted {}
