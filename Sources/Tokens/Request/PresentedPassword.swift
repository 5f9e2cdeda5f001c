public import Sodium

/// A login and password as Basic authentication carries them (RFC 7617), for a service that still
/// takes passwords.
public struct PresentedPassword: Hashable, Sendable {
    /// The login, as it was sent; never empty.
    public let login: String
    /// The password; never empty.
    public let password: String

    /// The most bytes of either: longer ones are nobody's.
    public static let limit = 1024

    /// A login and password of somebody who has both.
    public init?(login: String, password: String) {
        // An empty password is refused here: directories take one for a question that needs no answer
        // (RFC 4513, section 5.1.2).
        guard !login.isEmpty, !password.isEmpty, login.utf8.count <= Self.limit,
            password.utf8.count <= Self.limit
        else { return nil }
        self.login = login
        self.password = password
    }

    /// Reads the value of `Authorization`; `nil` where it is not Basic, names nobody, or looks like a token
    /// in any way: a token with a typing error or with quotes around it is no password, and goes nowhere.
    public init?(authorization value: Span<UInt8>, format: TokenFormat) {
        let value = value.trimmed
        guard let space = value.firstBlank,
            value.extracting(0..<space).equals("basic"),
            let pair = Sodium.bytes(fromBase64: value.extracting(space..<value.count).trimmed),
            let colon = pair.firstIndex(of: UInt8(ascii: ":"))
        else { return nil }
        let login = String(basic: pair[..<colon])
        let password = String(basic: pair[(colon + 1)...])
        guard !Login.neverAnybody.contains(login.folded),
            format.likeness(of: pair.span.extracting(0..<colon)) == .none,
            format.likeness(of: pair.span.extracting(colon + 1..<pair.count)) == .none
        else { return nil }
        self.init(login: login, password: password)
    }

    /// What tells this login and password from any other, to who holds `key`, and tells nothing else.
    public func mark(by key: KeyedHash) -> SHA256Digest {
        // No login of Basic's has a colon, so that no two pairs read the same.
        let hash = key(Array("\(login.folded):\(password)".utf8))
        return SHA256Digest(of: hash.span)
    }
}

/// It is what people are trusted by.
extension PresentedPassword: Redacted {}

extension String {
    /// Text of Basic authentication: UTF-8 (RFC 7617, section 2.1), and what is not is taken for
    /// ISO 8859-1, which older clients still send.
    init(basic bytes: some Sequence<UInt8>) {
        let bytes = Array(bytes)
        self =
            String(validating: bytes, as: UTF8.self)
            ?? String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    }
}

/// What came of looking whose a login and password are.
public enum PasswordOutcome: Hashable, Sendable {
    /// They are that subject's.
    case owner(SubjectID)
    /// They are nobody's.
    case wrong
    /// Too many wrong ones were tried; they were not looked at.
    case tooManyAttempts(wait: TimeSpan)
    /// They could not be looked at, for a reason that the operator is told.
    case unavailable(reason: String)
}
