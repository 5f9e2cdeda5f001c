import Tokens

extension ConfigurationKey {
    /// The keys of passwords that services take for a while.
    static let passwords: [ConfigurationKey] = [
        .one(
            "sign_in.password_check", .passwordKeeper, default: PasswordKeeper.local.rawValue,
            "Who is asked whether a password is right, where a service has `passwords: transition`: `local` "
                + "for accounts of the desk's own, `oidc` for the identity provider's password grant "
                + "(RFC 6749, section 4.3), which it must allow this client. Signing in at the desk is "
                + "not touched by it."
        ) { $0.passwordCheck = $1 }
    ]
}

extension ValueParser<PasswordKeeper> {
    fileprivate static let passwordKeeper = ValueParser(
        "`local` or `oidc`", expected: "local or oidc", schema: .words(of: PasswordKeeper.self),
        read: PasswordKeeper.init(rawValue:))
}

extension ValueParser<Bool> {
    static let passwords = ValueParser(
        "`refused` or `transition`", expected: "refused or transition",
        schema: .words(["refused", "transition"])
    ) { text in
        ["refused": false, "transition": true][text]
    }
}

extension ValueParser<Timestamp> {
    /// A day, at its first moment in UTC.
    static let day = ValueParser(
        "a day such as `2027-01-31`", expected: "a day such as 2027-01-31",
        schema: .pattern("^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), read: { Timestamp(date: $0) })
}
