import SignIn
import Tokens

/// `sign_in`: how people sign in, and how long that holds.
struct SignInSection: Sendable {
    var session = SessionSection()
    /// How often people have to sign in through the identity provider for their tokens to work.
    var tokensNeedSignInEvery: TimeSpan?
    /// The identity provider, as it was written; ``Configuration/oidcSettings`` has it complete.
    var oidc = OIDCSection()
    /// Who checks the passwords that services in transition take.
    var passwordCheck = PasswordKeeper.local
}

/// `sign_in.session`: how long a browser stays signed in.
struct SessionSection: Sendable {
    /// Without being used.
    var idle = TimeSpan.hours(12)
    /// At most.
    var absolute = TimeSpan.days(7)

    var conflicts: [UnmatchedKey] {
        guard idle > absolute else { return [] }
        return [
            UnmatchedKey(
                "sign_in.session.idle", beside: "sign_in.session.absolute",
                "must not be longer than `sign_in.session.absolute`")
        ]
    }
}

extension ConfigurationKey {
    /// `sign_in`, without the identity provider and the check of passwords.
    static let signIn: [ConfigurationKey] = [
        .one(
            "sign_in.session.idle", .span, default: "12h",
            "How long a browser stays signed in without being used."
        ) { $0.signIn.session.idle = $1 },
        .one(
            "sign_in.session.absolute", .span, default: "7d",
            "How long a browser stays signed in at most."
        ) { $0.signIn.session.absolute = $1 },
        .one(
            "sign_in.tokens_need_sign_in_every", .span, default: "off",
            "Puts tokens to sleep whose owner has not signed in through the identity provider for so long, "
                + "and wakes them at the next sign-in. Accounts of the desk's own never sleep."
        ) { $0.signIn.tokensNeedSignInEvery = $1 },
    ]
}

extension Configuration {
    /// What signing in needs to know of the configuration.
    var signInSettings: SignInSettings {
        var settings = SignInSettings()
        settings.isSecure = publicURL.isSecure
        settings.idle = signIn.session.idle
        settings.absolute = signIn.session.absolute
        settings.trustedProxies = trustedProxies
        settings.hasProvider = oidcSettings != nil
        return settings
    }

    var signInConflicts: [UnmatchedKey] {
        guard signIn.tokensNeedSignInEvery != nil, signIn.oidc.issuer == nil else { return [] }
        return [
            UnmatchedKey(
                "sign_in.tokens_need_sign_in_every", beside: "sign_in.oidc.issuer",
                "needs an identity provider to sign in through: give `sign_in.oidc.issuer`, or leave it out")
        ]
    }
}
