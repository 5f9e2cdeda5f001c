import Tokens

/// Who knows people's passwords.
enum PasswordKeeper: String, Hashable, Sendable, CaseIterable {
    /// This desk: those of local accounts.
    case local
    /// The identity provider, by its password grant.
    case oidc
}

extension Configuration {
    /// What is wrong with taking passwords, as a whole.
    var passwordFaults: [KeyConflict] {
        var faults: [KeyConflict] = []
        if passwordCheck == .oidc, oidc == nil {
            faults.append(
                KeyConflict(
                    key: "sign_in.password_check", beside: "sign_in.oidc.issuer",
                    sentence: "`oidc` needs an identity provider: `sign_in.oidc.issuer`"))
        }
        for draft in serviceDrafts {
            if draft.passwordsUntil != nil, !draft.takesPasswords {
                faults.append(
                    KeyConflict(
                        key: "services.\(draft.name).passwords_until",
                        beside: "services.\(draft.name).passwords",
                        sentence: "ends nothing: it needs `passwords: transition` beside it"))
            }
            // With a provider nobody has a password of the desk's own but who breaks the glass, and
            // that one is not for tools.
            if draft.takesPasswords, oidc != nil, passwordCheck == .local {
                faults.append(
                    KeyConflict(
                        key: "services.\(draft.name).passwords", beside: "sign_in.password_check",
                        sentence:
                            "nobody could pass: with `sign_in.oidc` passwords are the identity provider's, "
                            + "so set `sign_in.password_check: oidc`, or leave `passwords` out"))
            }
        }
        return faults
    }

    /// The services that take passwords, each with its end, in a line; empty where none does.
    var passwordsLine: String {
        services.compactMap { service in
            switch service.passwords {
            case .refused: nil
            case .transition(let until?): "\(service.name) (until \(until.date))"
            case .transition(nil): "\(service.name) (no end is set)"
            }
        }.joined(separator: ", ")
    }
}
