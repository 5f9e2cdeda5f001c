public import Sodium

/// The code that a person types to say which program they mean (RFC 8628, section 6.1): eight consonants, of which no
/// words can be made, with 34 bits.
public struct UserCode: Hashable, Sendable {
    /// The eight letters.
    private let letters: String

    private static let alphabet = Array("BCDFGHJKLMNPQRSTVWXZ")
    private static let length = 8

    /// A new code.
    public static func make() -> UserCode {
        let letters = (0..<length).map { _ in
            alphabet[Int(Sodium.random(below: UInt32(alphabet.count)))]
        }
        return UserCode(letters: String(letters))
    }

    private init(letters: String) {
        self.letters = letters
    }

    /// Reads what a person typed, in either case, with or without the dash and spaces; `nil` for what is no code.
    public init?(typed text: String) {
        guard text.utf8.count <= 40 else { return nil }
        let typed = text.uppercased().filter { !$0.isWhitespace && !"-–—‐.".contains($0) }
        guard typed.count == Self.length, typed.allSatisfy(Self.alphabet.contains) else { return nil }
        letters = typed
    }

    /// As a program shows it: `WDJB-MJHT`.
    public var text: String { "\(letters.prefix(4))-\(letters.suffix(4))" }

    /// The SHA-256, which is stored.
    public var digest: SHA256Digest { SHA256Digest(of: "user-code:\(letters)") }
}
