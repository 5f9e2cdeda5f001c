public import Sodium

/// The credential that a request presents, in any of the forms that clients use.
public enum Credential: Hashable, Sendable {
    case none
    /// A well-formed token, with the login that was sent beside it.
    case token(TokenDigest, PresentedLogin)
    /// Text that is not a well-formed token. The fingerprint distinguishes two such texts within this process
    /// and cannot be reversed; the likeness says how much it resembles a token.
    case notAToken(fingerprint: Int, likeness: TokenLikeness)
    /// Two credentials that differ.
    case several

    /// Adds the credential of a header, where the header carries one.
    ///
    /// Reads `Authorization` as Basic (RFC 7617), Bearer (RFC 6750), `token` or a bare token, and
    /// `X-Authentication-Token` and `Private-Token`. `X-NuGet-ApiKey`, `X-JFrog-Art-Api`, `Job-Token` and
    /// `Deploy-Token` count only where they hold a token: other values are meant for the service. A query
    /// string is never read.
    ///
    /// - Returns: whether the header was one of these, and counted.
    @discardableResult
    public mutating func take(header name: Span<UInt8>, value: Span<UInt8>, format: TokenFormat) -> Bool {
        let found: Credential
        // The length rules out most headers.
        switch name.count {
        case 13 where name.equals("authorization"):
            found = .read(authorization: value.trimmed, format: format)
        case 13 where name.equals("private-token"), 22 where name.equals("x-authentication-token"):
            found = .read(token: value.trimmed, format: format)
        case 9 where name.equals("job-token"), 12 where name.equals("deploy-token"),
            14 where name.equals("x-nuget-apikey"), 15 where name.equals("x-jfrog-art-api"):
            guard let digest = format.digest(of: value.trimmed) else { return false }
            found = .token(digest, .nobody)
        default: return false
        }
        self = joined(with: found)
        return true
    }

    /// The digest of the presented token; `nil` where no well-formed token was presented.
    public var digest: TokenDigest? {
        if case .token(let digest, _) = self { digest } else { nil }
    }

    /// A number that distinguishes presented credentials within this process, and means nothing outside it;
    /// `nil` where none or several were presented.
    public var fingerprint: Int? {
        switch self {
        case .token(let digest, _): Int(truncatingIfNeeded: digest.hash.words.0)
        case .notAToken(let fingerprint, _): fingerprint
        case .none, .several: nil
        }
    }

    private func joined(with other: Credential) -> Credential {
        switch (self, other) {
        case (_, .none): self
        case (.none, _): other
        case (.token(let mine, let login), .token(let theirs, let second)) where mine == theirs:
            login.isEmpty || login == second ? other : second.isEmpty ? self : .several
        case (.notAToken(let mine, let likeness), .notAToken(let theirs, let second)) where mine == theirs:
            likeness >= second ? self : other
        default: .several
        }
    }

    private static func read(authorization value: Span<UInt8>, format: TokenFormat) -> Credential {
        guard !value.isEmpty else { return .none }
        guard let space = value.firstBlank else {
            return read(token: value, format: format)
        }
        let scheme = value.extracting(0..<space)
        let rest = value.extracting(space..<value.count).trimmed
        if scheme.equals("basic") { return read(basic: rest, format: format) }
        if scheme.equals("bearer") || scheme.equals("token") { return read(token: rest, format: format) }
        return .notAToken(value, format)
    }

    private static func read(token value: Span<UInt8>, format: TokenFormat) -> Credential {
        guard !value.isEmpty else { return .none }
        guard let digest = format.digest(of: value) else { return .notAToken(value, format) }
        return .token(digest, .nobody)
    }

    private static func read(basic value: Span<UInt8>, format: TokenFormat) -> Credential {
        guard let pair = Sodium.bytes(fromBase64: value), let colon = pair.firstIndex(of: UInt8(ascii: ":"))
        else {
            return .notAToken(value, format)
        }
        return Credential(
            login: pair.span.extracting(0..<colon), password: pair.span.extracting(colon + 1..<pair.count),
            format: format)
    }

    private static func notAToken(_ value: Span<UInt8>, _ format: TokenFormat) -> Credential {
        .notAToken(fingerprint: value.fingerprint, likeness: format.likeness(of: value))
    }
}

extension Credential {
    /// The credential of a login and a password, as in Basic authentication. The token is the password, or
    /// the login where the password is empty or `x-oauth-basic`, as in `https://TOKEN@host/`.
    public init(login: Span<UInt8>, password: Span<UInt8>, format: TokenFormat) {
        if let digest = format.digest(of: password) {
            self = .token(digest, PresentedLogin(login))
        } else if password.isEmpty || password.equals("x-oauth-basic"), let digest = format.digest(of: login)
        {
            self = .token(digest, .nobody)
        } else {
            self = .notAToken(
                fingerprint: password.fingerprint,
                likeness: max(format.likeness(of: password), format.likeness(of: login)))
        }
    }

    /// The credential of a token without a login, as in a form's field.
    public init(token: Span<UInt8>, format: TokenFormat) {
        self = .read(token: token, format: format)
    }
}

/// The login that a client sent beside a token, unchanged.
public struct PresentedLogin: Hashable, Sendable {
    private let bytes: [UInt8]

    /// No login, as with Bearer.
    public static let nobody = PresentedLogin(bytes: [])

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    init(_ span: Span<UInt8>) {
        bytes = span.copied
    }

    public init(_ text: String) {
        bytes = Array(text.utf8)
    }

    public var isEmpty: Bool { bytes.isEmpty }

    /// Whether it names `subject`: by login or e-mail address, ignoring case, or by a placeholder that tools
    /// send with anybody's token, such as `x-access-token`.
    public func isOne(of subject: Subject) -> Bool {
        if isPlainly(subject.login) { return true }
        let folded = String(basic: bytes).folded
        return folded == subject.login.folded || folded == subject.email?.folded
            || Login.isSentByTools(folded)
    }
}

extension PresentedLogin {
    /// Whether no login was sent, or exactly `known`.
    public func isNobody(or known: Span<UInt8>) -> Bool { bytes.isEmpty || known.isSame(as: bytes) }

    /// The login as it was sent.
    public var copied: [UInt8] { bytes }

    /// Whether no login was sent, or the same ASCII text as `login`, ignoring case. Where it is false, ``isOne(of:)``
    /// may still be true.
    private func isPlainly(_ login: Login) -> Bool { bytes.isEmpty || isPlainly(login.folded) }

    private func isPlainly(_ folded: String) -> Bool {
        let expected = folded.utf8.span
        guard expected.count == bytes.count else { return false }
        for index in bytes.indices {
            guard bytes[index] < 0x80, bytes[index].lowercased == expected[index] else { return false }
        }
        return true
    }
}

/// Redacted, since a password or another token may have been pasted into it.
extension PresentedLogin: Redacted {}
