import Ledger
import SignIn

extension ConfigurationKey {
    /// The keys of the identity provider.
    static let identityProvider: [ConfigurationKey] = provider + people

    private static let provider: [ConfigurationKey] = [
        .one(
            "sign_in.oidc.issuer", .issuer, default: "no identity provider: local accounts",
            "The OpenID Connect provider that signs people in, exactly as it calls itself in its discovery "
                + "document. With one, passwords of the desk's own work for break-glass administrators alone "
                + "(`jeton user add --break-glass`). Register `PUBLIC_URL/sign-in/callback` there as redirect "
                + "URI, `PUBLIC_URL/` for after signing out, and, for back-channel logout, "
                + "`PUBLIC_URL/sign-in/backchannel-logout`."
        ) { $0.oidcDraft.issuer = $1 },
        .one(
            "sign_in.oidc.client_id", .visible, default: "none",
            "What the provider calls this desk. It has to be given with an issuer."
        ) { $0.oidcDraft.clientID = $1 },
        .one(
            "sign_in.oidc.client_secret_file", .secretFile, default: "none: a public client",
            "The file that holds what the provider gave this desk to prove itself with."
        ) { $0.oidcDraft.clientSecret = $1 },
        .one(
            "sign_in.oidc.token_endpoint_auth_method", .clientAuthentication, default: "auto",
            "How that is sent: `auto` goes by what the provider says it takes."
        ) { $0.oidcDraft.clientAuthentication = $1 },
        .list(
            "sign_in.oidc.scopes", .visible, default: OIDCSettings.usualScopes.joined(separator: ", "),
            "What is asked for, `openid` among it. Okta and some others tell groups only where `groups` is asked for."
        ) { $0.oidcDraft.scopes = $1 },
        .one(
            "sign_in.oidc.title", .title, default: "the issuer's host",
            "What the button says after “Sign in with”."
        ) { $0.oidcDraft.title = $1 },
    ]

    private static let names = ClaimNames()

    private static let people: [ConfigurationKey] = [
        .one(
            "sign_in.oidc.claims.login", .visible, default: names.login,
            "The claim that is the login. Where the provider does not tell it, the e-mail address stands in, whole. "
                + "`a.b` is the member `b` of the claim `a`."
        ) { $0.oidcDraft.claims.login = $1 },
        .one(
            "sign_in.oidc.claims.name", .visible, default: names.name,
            "The claim that is the name."
        ) { $0.oidcDraft.claims.name = $1 },
        .one(
            "sign_in.oidc.claims.email", .visible, default: names.email,
            "The claim that is the e-mail address; not taken where `email_verified` is false."
        ) { $0.oidcDraft.claims.email = $1 },
        .one(
            "sign_in.oidc.claims.groups", .visible, default: names.groups,
            "The claim that is the list of groups, as services are told in `Remote-Groups`. A group with a comma in its name is left out."
        ) { $0.oidcDraft.claims.groups = $1 },
        .one(
            "sign_in.oidc.accounts", .accountRule, default: AccountRule.anybody.rawValue,
            "Who may sign in, and use a password that the provider checks: `anybody` whom the provider signs in, who gets an "
                + "account at the first sign-in, or only who was `provisioned` by SCIM. Tokens of who was not "
                + "keep working: suspend them."
        ) { $0.oidcDraft.accounts = $1 },
        .list(
            "sign_in.oidc.allowed_groups", .group, default: "everybody whom the provider signs in",
            "Only people in one of these may sign in. Tokens of who is in none any more keep working: suspend them."
        ) { $0.oidcDraft.allowedGroups = $1 },
        .list(
            "sign_in.oidc.admin_groups", .group, default: "the desk's own affair",
            "People in one of these administer the desk, and nobody else who comes through the provider."
        ) { $0.oidcDraft.adminGroups = $1 },
    ]
}

extension ValueParser<String> {
    fileprivate static let issuer = ValueParser(
        "`https://…`", expected: "an https address such as https://example.okta.com"
    ) { ProviderAddress($0)?.text.contains("?") == false ? $0 : nil }

    fileprivate static let visible = ValueParser(
        "a word", expected: "a word without spaces"
    ) { text in
        !text.isEmpty && text.utf8.count <= 255 && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }
            ? text : nil
    }

    static let group = ValueParser(
        "names of groups",
        expected: "the name of a group of at most \(GroupName.byteLimit) bytes, without a comma"
    ) { GroupName.isTold($0) ? $0 : nil }
}

extension ValueParser<AccountRule> {
    fileprivate static let accountRule = ValueParser(
        "`anybody` or `provisioned`", expected: "anybody or provisioned",
        schema: .words(of: AccountRule.self), read: AccountRule.init(rawValue:))
}

extension ValueParser<ClientAuthentication> {
    fileprivate static let clientAuthentication = ValueParser(
        ClientAuthentication.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", "),
        expected: "one of \(ClientAuthentication.allCases.map(\.rawValue).joined(separator: ", "))",
        schema: .words(of: ClientAuthentication.self), read: ClientAuthentication.init(rawValue:))
}
