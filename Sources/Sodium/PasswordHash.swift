internal import CSodium

/// A password at rest: Argon2id (RFC 9106) in libsodium's self-describing text form.
///
/// Making and checking one takes tens of milliseconds and tens of megabytes on purpose:
/// never call these on a thread that answers requests.
public struct PasswordHash: Hashable, Sendable {
    /// How much work a guess costs.
    public struct Cost: Sendable {
        let passes: UInt64
        let memory: Int

        /// For people's passwords: 3 passes over 64 MiB, RFC 9106's second recommendation.
        public static let interactive = Cost(passes: 3, memory: 64 << 20)
        /// For tests, where the work itself is not what is tested.
        public static let least = Cost(passes: 1, memory: 8 << 10)
    }

    /// `$argon2id$v=19$…`, as it is stored.
    public let text: String

    /// A hash read back from storage.
    public init(text: String) {
        self.text = text
    }

    /// Hashes `password` with a fresh salt; `nil` where the machine has no memory for it.
    public init?(of password: [UInt8], cost: Cost = .interactive) {
        _ = Sodium.ready
        var out = [CChar](repeating: 0, count: Int(crypto_pwhash_STRBYTES))
        // Never empty, so that there is an address to hand over.
        let padded = password.map(CChar.init(bitPattern:)) + [0]
        let status = crypto_pwhash_str_alg(
            &out, padded, UInt64(password.count), cost.passes, cost.memory, crypto_pwhash_ALG_ARGON2ID13)
        guard status == 0 else { return nil }
        text = String(decoding: out.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Whether `password` is the one this was made of.
    public func matches(_ password: [UInt8]) -> Bool {
        _ = Sodium.ready
        let padded = password.map(CChar.init(bitPattern:)) + [0]
        return crypto_pwhash_str_verify(text, padded, UInt64(password.count)) == 0
    }
}

/// It is no password, but with it one can be searched for.
extension PasswordHash: Redacted {}
