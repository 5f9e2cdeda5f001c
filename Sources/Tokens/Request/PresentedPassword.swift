public import Sodium

/// A login and password of Basic authentication (RFC 7617), for services that still accept passwords.
public struct PresentedPassword: Hashable, Sendable {
    /// The login as sent; never empty.
    public let login: String
    /// The password as sent; never empty.
    public let password: String

    /// The most bytes of either. Longer ones belong to nobody.
    public static let limit = 1024

    /// Returns `nil` where one of them is empty or too long.
    public init?(login: String, password: String) {
        // Directories accept an empty password as an anonymous bind (RFC 4513, section 5.1.2).
        guard !login.isEmpty, !password.isEmpty, login.utf8.count <= Self.limit,
            password.utf8.count <= Self.limit
        else { return nil }
        self.login = login
        self.password = password
    }

    /// Reads the value of `Authorization`; `nil` where it is not Basic, where its login is a placeholder, and
    /// where either part resembles a token. A mistyped or quoted token is not a password, and must not be
    /// passed on as one.
    public init?(authorization value: Span<UInt8>, format: TokenFormat) {
        let value = value.trimmed
        guard let space = value.firstBlank,
            value.extracting(0..<space).equals("basic"),
            let pair = Sodium.bytes(fromBase64: value.extracting(space..<value.count).trimmed),
            let colon = pair.firstIndex(of: UInt8(ascii: ":"))
        else { return nil }
        let login = String(basic: pair[..<colon])
        let password = String(basic: pair[(colon + 1)...])
        guard !Login.neverLogins.contains(login.folded),
            format.likeness(of: pair.span.extracting(0..<colon)) == .none,
            format.likeness(of: pair.span.extracting(colon + 1..<pair.count)) == .none
        else { return nil }
        self.init(login: login, password: password)
    }

    /// A keyed hash that identifies this login and password without revealing them.
    public func mark(by key: KeyedHash) -> SHA256Digest {
        // A login in Basic has no colon, so no two pairs join to the same text.
        let hash = key(Array("\(login.folded):\(password)".utf8))
        return SHA256Digest(of: hash.span)
    }
}

extension PresentedPassword: Redacted {}

extension String {
    /// Text of Basic authentication: UTF-8 (RFC 7617, section 2.1), or ISO 8859-1 where it is not valid
    /// UTF-8. Older clients still send that.
    init(basic bytes: some Sequence<UInt8>) {
        let bytes = Array(bytes)
        self =
            String(validating: bytes, as: UTF8.self)
            ?? String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    }
}

/// The result of a password check.
public enum PasswordOutcome: Hashable, Sendable {
    /// The password is this subject's.
    case owner(SubjectID)
    /// Login and password do not match.
    case wrong
    /// Not checked, since too many wrong passwords were tried.
    case tooManyAttempts(wait: TimeSpan)
    /// Not checked, for a reason that goes into the operator's log.
    case unavailable(reason: String)
}
