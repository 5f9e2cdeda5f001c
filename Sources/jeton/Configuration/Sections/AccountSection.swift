import Tokens

/// `accounts`: service accounts.
struct AccountSection: Sendable {
    /// The logins that are kept for them.
    var logins = LoginPattern.standard
    /// How long their tokens go on working without a steward.
    var grace = TokenPolicy.standardGrace
    /// Those whose tokens may have `jeton:audit` and `jeton:admin`.
    var mayOversee: [LoginPattern] = []
}

extension ConfigurationKey {
    static let accounts: [ConfigurationKey] = [
        .one(
            "accounts.logins", .loginPattern, default: LoginPattern.standard.text,
            "The logins of service accounts; `*` stands for any characters. No person can get such a login, neither "
                + "here nor by a sign-in or by SCIM. Whoever has one already keeps it."
        ) { $0.accounts.logins = $1 },
        .one(
            "accounts.grace", .span, default: TokenPolicy.standardGrace.words,
            "How long the tokens of a service account go on working after its last steward left."
        ) { $0.accounts.grace = $1 },
        .list(
            "accounts.may_oversee", .loginOrPattern, default: "none",
            "The service accounts whose tokens may have `jeton:audit` and `jeton:admin`, by login; `*` stands for any "
                + "characters. Only an administrator who is a steward of the account can create such a token, and it works "
                + "as long as the account has one ([how](operate/administration-api.md))."
        ) { $0.accounts.mayOversee = $1 },
    ]
}

extension ValueParser<LoginPattern> {
    fileprivate static let loginPattern = ValueParser(
        "a login with a `*`", expected: "a login with a * in it, such as bot-*", read: { LoginPattern($0) })

    static let loginOrPattern = ValueParser(
        "a login, or one with a `*`",
        expected: "a login such as bot-siem, or one with a * in it such as bot-audit-*",
        read: { text in
            text.contains("*") ? LoginPattern(text) : (try? Login(text)).map(LoginPattern.init(only:))
        })
}
