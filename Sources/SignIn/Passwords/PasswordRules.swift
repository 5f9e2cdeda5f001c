import PasswordStrength
public import Tokens

/// The rules for new passwords (NIST SP 800-63B, section 5.1.1; OWASP ASVS, 6.2.4 and 6.2.11). Length counts,
/// and not being among the first guesses; composition does not. They apply where a password is chosen, never
/// at a sign-in.
public enum PasswordRules {
    /// The fewest characters.
    public static let least = 8
    /// The most bytes, so that hashing one stays bounded.
    public static let most = 1024

    /// An accepted password takes at least 10^8 guesses, which zxcvbn scores as 3 of 4.
    private static let leastBits = 26.58
    /// The length of a login from which on a password must not contain it.
    private static let leastOfLogin = 4
    /// Common passwords that zxcvbn does not know: the desk's name, and the rest of the list that the tests
    /// use.
    private static let alsoCommon = [
        "jeton", "teiubesc", "chouette", "estrellita", "jesucristo", "mahalkita", "bismillah",
    ]

    /// Throws what is wrong with `password` for that login.
    public static func check(_ password: String, login: Login, format: TokenFormat) throws(PasswordFault) {
        guard password.count >= least else { throw .tooShort }
        guard password.utf8.count <= most else { throw .tooLong }
        guard !format.isFound(in: password) else { throw .token }
        let names = names(in: login)
        let folded = password.folded
        guard !names.contains(where: { $0.count >= leastOfLogin && folded.contains($0) || $0 == folded })
        else {
            throw .containsLogin
        }
        let bits = PasswordStrength.bits(of: folded, guessingFirst: alsoCommon + names)
        guard bits >= leastBits else { throw .tooCommon }
    }

    /// The login, and of an e-mail address also the part before the `@`.
    private static func names(in login: Login) -> [String] {
        [login.folded, String(login.folded.prefix { $0 != "@" })].uniqued()
    }
}

/// What is wrong with a password that somebody chose.
public enum PasswordFault: Error, Hashable, Sendable, CustomStringConvertible {
    case tooShort
    case tooLong
    case containsLogin
    case tooCommon
    case token

    private static let better = "choose a longer one, such as four unrelated words."

    public var description: String {
        switch self {
        case .tooShort: "The password must have at least \(PasswordRules.least) characters."
        case .tooLong: "The password must have at most \(PasswordRules.most) bytes."
        case .containsLogin: "The password must not contain the login: \(Self.better)"
        case .tooCommon: "This password is one of the first that attackers try: \(Self.better)"
        case .token: "This is a token: choose a password that is not used anywhere else."
        }
    }
}
