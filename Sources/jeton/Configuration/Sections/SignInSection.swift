import SignIn
import Tokens

/// `sign_in`: how people sign in, and for how long.
struct SignInSection: Sendable {
    var session = SessionSection()
    /// How often people must sign in through the identity provider for their tokens to work.
    var tokensNeedSignInEvery: TimeSpan?
    /// The identity provider, as it was written; ``Configuration/oidcSettings`` has it complete.
    var oidc = OIDCSection()
    /// Who checks the passwords that services in transition take.
    var passwordCheck = PasswordKeeper.local
}

/// `sign_in.session`: how long a browser stays signed in.
struct SessionSection: Sendable {
    /// While it is not used.
    var idle = TimeSpan.hours(12)
    /// At most.
    var absolute = TimeSpan.days(7)

    var conflicts: [KeyConflict] {
        guard idle > absolute else { return [] }
        return [
            KeyConflict(
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
            "How long an idle browser stays signed in."
        ) { $0.signIn.session.idle = $1 },
        .one(
            "sign_in.session.absolute", .span, default: "7d",
            "How long a browser stays signed in at most."
        ) { $0.signIn.session.absolute = $1 },
        .one(
            "sign_in.tokens_need_sign_in_every", .span, default: "off",
            "Makes tokens dormant whose owner has not signed in through the identity provider for this long, until "
                + "the next sign-in. Local accounts are exempt."
        ) { $0.signIn.tokensNeedSignInEvery = $1 },
    ]
}

extension Configuration {
    /// The settings for `SignIn`.
    var signInSettings: SignInSettings {
        var settings = SignInSettings()
        settings.isSecure = publicURL.isSecure
        settings.idle = signIn.session.idle
        settings.absolute = signIn.session.absolute
        settings.trustedProxies = trustedProxies
        settings.hasProvider = oidcSettings != nil
        return settings
    }

    var signInConflicts: [KeyConflict] {
        guard signIn.tokensNeedSignInEvery != nil, signIn.oidc.issuer == nil else { return [] }
        return [
            KeyConflict(
                "sign_in.tokens_need_sign_in_every", beside: "sign_in.oidc.issuer",
                "needs an identity provider: set `sign_in.oidc.issuer`, or remove it")
        ]
    }
}
