public import Sodium

/// What a request presented, in whichever of the ways that clients know.
public enum Credential: Hashable, Sendable {
    /// Nothing at all.
    case none
    /// Something of a token's form, with the login that stood beside it.
    case token(TokenDigest, PresentedLogin)
    /// Something that has not the form of a token. The fingerprint tells two of them apart within
    /// this process, and cannot be traced back; the likeness says how much it looks like a token.
    case notAToken(fingerprint: Int, likeness: TokenLikeness)
    /// Two that differ.
    case several

    /// Takes in one more header that may carry a credential; any other header changes nothing.
    ///
    /// Read are `Authorization` as Basic (RFC 7617), Bearer (RFC 6750), `token` and the bare token,
    /// and `X-Authentication-Token` and `Private-Token`; and `X-NuGet-ApiKey`, `X-JFrog-Art-Api`, `Job-Token`
    /// and `Deploy-Token`, but only where they hold a token: what else stands there is for somebody else.
    /// Never a query string.
    ///
    /// - Returns: whether the header was one of those, and counted.
    @discardableResult
    public mutating func take(header name: Span<UInt8>, value: Span<UInt8>, format: TokenFormat) -> Bool {
        let found: Credential
        // Most names are told from all of these by their length.
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

    /// Under what the ledger keeps the token that was presented; `nil` where nothing of that form was.
    public var digest: TokenDigest? {
        if case .token(let digest, _) = self { digest } else { nil }
    }

    /// A number that tells what was presented from other such things within this process, and nothing
    /// outside it; `nil` where nothing single was presented.
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
    /// A login and a password as Basic auth and its like carry them: the token is the password, or the
    /// login where the password is empty or `x-oauth-basic`, as in `https://TOKEN@host/`.
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

    /// A token that stands alone, as in a form's field.
    public init(token: Span<UInt8>, format: TokenFormat) {
        self = .read(token: token, format: format)
    }
}

/// The login that a client sent beside a token, as it was sent.
public struct PresentedLogin: Hashable, Sendable {
    private let bytes: [UInt8]

    /// None, as with Bearer.
    public static let nobody = PresentedLogin(bytes: [])

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    init(_ span: Span<UInt8>) {
        bytes = span.copied
    }

    /// That login.
    public init(_ text: String) {
        bytes = Array(text.utf8)
    }

    /// Whether none was sent.
    public var isEmpty: Bool { bytes.isEmpty }

    /// Whether it names `subject`: by login or e-mail without regard to case, or by a word that
    /// clients send where they have no login to give.
    public func isOne(of subject: Subject) -> Bool {
        if isPlainly(subject.login) { return true }
        let folded = String(basic: bytes).folded
        return folded == subject.login.folded || folded == subject.email?.folded
            || Login.isSentByTools(folded)
    }
}

extension PresentedLogin {
    /// Whether none was sent, or plainly that one: told without a copy. What is not so may be the login of
    /// ``isOne(of:)`` all the same.
    public func isPlainly(_ login: Login) -> Bool { bytes.isEmpty || isPlainly(login.folded) }

    private func isPlainly(_ folded: String) -> Bool {
        let expected = folded.utf8.span
        guard expected.count == bytes.count else { return false }
        for index in bytes.indices {
            guard bytes[index] < 0x80, bytes[index].lowercased == expected[index] else { return false }
        }
        return true
    }
}

/// A password or another token may have been pasted into it.
extension PresentedLogin: Redacted {}
