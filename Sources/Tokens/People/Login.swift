/// A subject's name in Basic auth: 1 to 254 visible characters, spaces between them included, but no colon
/// (RFC 7617, section 2). Two that fold alike are the same, see ``folded``.
///
/// Directories issue `siobhan.o'brien@example.com` and `guest_example.com#EXT#@tenant.example`. Code that
/// shows or sends a login has to quote it for the place where it stands.
public struct Login: Hashable, Sendable, CustomStringConvertible {
    /// The login as shown.
    public let text: String
    /// The form in which logins are compared and are unique, see ``Swift/String/folded``.
    public let folded: String

    /// The most characters a login has.
    public static let limit = 254
    /// The most bytes of a login and of its folded form, so that it fits a database's index and a header.
    public static let byteLimit = 4 * limit

    /// Throws what is wrong with `text` as a login.
    public init(_ text: String) throws(TextFault) {
        let shown = try text.shown(limit: Self.limit)
        if !shown.utf8.allSatisfy(\.isPlainInLogins) { try Self.check(shown) }
        let folded = shown.folded
        guard max(shown.utf8.count, folded.utf8.count) <= Self.byteLimit else {
            throw .tooLong(limit: Self.limit)
        }
        self.text = shown
        self.folded = folded.isExactly(shown) ? shown : folded
    }

    private static func check(_ shown: String) throws(TextFault) {
        // Two logins that look the same must be the same.
        guard !shown.unicodeScalars.contains(where: { $0.isShownByOthersOnly }) else {
            throw .bidirectionalCharacter
        }
        // By scalars, since a combining mark hides a colon from a search by characters.
        for scalar in shown.unicodeScalars where !scalar.isGoodInLogins {
            throw .badCharacter(Character(scalar), allowed: "any characters that can be seen but the colon")
        }
    }

    public var description: String { text }

    public static func == (left: Self, right: Self) -> Bool { left.folded.isExactly(right.folded) }

    public func hash(into hasher: inout Hasher) { hasher.combine(ExactText(folded)) }
}

extension Login {
    /// Placeholders that tools send in place of a login, folded. The token alone then says who its owner is.
    ///
    /// No account was ever called by one of these, so with a password they name nobody. Those of
    /// `otherPlaceholders` may be the login of an account that is older than this table.
    static let neverLogins: Set<String> = ["__token__", "token", "oauth2", "x-access-token"]
    private static let otherPlaceholders: Set<String> = [
        "oauth-user", "oauth2accesstoken", "x-token-auth", "gitlab-ci-token", "personalaccesstoken",
        "<token>",
        "x-oauth-basic", "jwt", "git",
    ]
    private static let placeholders = neverLogins.union(otherPlaceholders)

    /// Whether a folded login is a placeholder.
    static func isSentByTools(_ folded: String) -> Bool { placeholders.contains(folded) }

    /// Whether tools send it with anybody's token, so that no new account may have it.
    public var isSentByTools: Bool { Self.isSentByTools(folded) }

    /// The login of a new or renamed account; throws what is wrong with it.
    public init(new text: String) throws(TextFault) {
        try self.init(text)
        try mayBeNew()
    }

    /// Throws ``TextFault/sentByTools(_:)`` where no new account may have this login.
    public func mayBeNew() throws(TextFault) {
        guard !isSentByTools else { throw .sentByTools(text) }
    }
}

extension UInt8 {
    /// Whether it is an ASCII character that a login may have. Most logins have no others.
    fileprivate var isPlainInLogins: Bool { (0x20...0x7E).contains(self) && self != UInt8(ascii: ":") }
}

extension Unicode.Scalar {
    /// Whether a login may have it. Of the spaces only U+0020 may stand, since the others look like it.
    fileprivate var isGoodInLogins: Bool {
        switch properties.generalCategory {
        case .spaceSeparator: value == 0x20
        case .privateUse: false
        default: value != 0x3A
        }
    }
}
