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
