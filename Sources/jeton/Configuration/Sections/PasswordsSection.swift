import Tokens

/// Who checks people's passwords.
enum PasswordKeeper: String, Hashable, Sendable, CaseIterable {
    /// This desk: those of local accounts.
    case local
    /// The identity provider, by its password grant.
    case oidc
}

extension ConfigurationKey {
    static let passwordCheck: [ConfigurationKey] = [
        .one(
            "sign_in.password_check", .passwordKeeper, default: PasswordKeeper.local.rawValue,
            "What checks passwords for services with `passwords: transition`: `local` for local accounts, `oidc` "
                + "for the identity provider's password grant (RFC 6749, section 4.3), which it must allow for "
                + "this client. Signing in to the desk is not affected."
        ) { $0.signIn.passwordCheck = $1 }
    ]

    /// The keys `passwords` and `passwords_until` of a service.
    static let servicePasswords: [ConfigurationKey] = [
        .service(
            "services.*.passwords", .passwords, default: "refused",
            "Whether the service also takes people's own passwords: `transition` accepts them while people move to "
                + "tokens ([how](transition.md))."
        ) { $0.takesPasswords = $1 },
        .service(
            "services.*.passwords_until", .day, default: "no end date",
            "With `passwords: transition`: the first day on which passwords are refused, from 00:00 UTC."
        ) { $0.passwordsUntil = $1 },
    ]
}

extension ValueParser<PasswordKeeper> {
    fileprivate static let passwordKeeper = ValueParser(
        "`local` or `oidc`", expected: "local or oidc", schema: .words(of: PasswordKeeper.self),
        read: PasswordKeeper.init(rawValue:))
}

extension ValueParser<Bool> {
    fileprivate static let passwords = ValueParser(
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

extension Configuration {
    /// The services that take passwords, each with its end: `maven (until 2027-03-01)`. Empty if there are none.
    var passwordsLine: String {
        services.compactMap { service in
            switch service.passwords {
            case .refused: nil
            case .transition(let until?): "\(service.name) (until \(until.date))"
            case .transition(nil): "\(service.name) (no end date)"
            }
        }.joined(separator: ", ")
    }

    var passwordConflicts: [KeyConflict] {
        var conflicts: [KeyConflict] = []
        if signIn.passwordCheck == .oidc, oidcSettings == nil {
            conflicts.append(
                KeyConflict(
                    "sign_in.password_check", beside: "sign_in.oidc.issuer",
                    "is `oidc`, which needs an identity provider: set `sign_in.oidc.issuer`"))
        }
        for section in serviceSections {
            let key = "services.\(section.name).passwords"
            if section.passwordsUntil != nil, !section.takesPasswords {
                conflicts.append(
                    KeyConflict(
                        "\(key)_until", beside: key,
                        "has no effect without `passwords: transition`"))
            }
            // With a provider only break-glass administrators have a local password, and that is not for tools.
            if section.takesPasswords, oidcSettings != nil, signIn.passwordCheck == .local {
                conflicts.append(
                    KeyConflict(
                        key, beside: "sign_in.password_check",
                        "would accept nobody: with `sign_in.oidc`, passwords are the identity provider's, so set "
                            + "`sign_in.password_check: oidc`, or remove it"))
            }
        }
        return conflicts
    }

    func passwordWarnings(at time: Timestamp) -> [String] {
        serviceSections.compactMap { section in
            guard section.takesPasswords, let until = section.passwordsUntil, until <= time else {
                return nil
            }
            return
                "`services.\(section.name).passwords_until` is \(until.date), which has passed: the service refuses "
                + "passwords; remove it together with `passwords`, or set a later day"
        }
    }
}
