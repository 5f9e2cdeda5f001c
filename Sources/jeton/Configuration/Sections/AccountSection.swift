import Tokens

/// `accounts`: service accounts.
struct AccountSection: Sendable {
    /// The logins that are kept for them.
    var logins = LoginPattern.standard
    /// How long their tokens go on working without a steward.
    var grace = TokenPolicy.standardGrace
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
    ]
}

extension ValueParser<LoginPattern> {
    fileprivate static let loginPattern = ValueParser(
        "a login with a `*`", expected: "a login with a * in it, such as bot-*", read: { LoginPattern($0) })
}
