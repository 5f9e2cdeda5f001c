import Ledger
import SignIn
import Tokens

/// `sign_in.oidc`: the identity provider, as far as it was written.
struct OIDCSection: Sendable {
    var issuer: String?
    var clientID: String?
    var clientSecret: ClientSecret?
    var clientAuthentication = ClientAuthentication.automatic
    var scopes = OIDCSettings.usualScopes
    var title: String?
    var claims = ClaimNames()
    var accounts = AccountRule.anybody
    var allowedGroups: [String] = []
    var adminGroups: [String] = []
}

extension ConfigurationKey {
    static let oidc: [ConfigurationKey] = provider + people

    private static let provider: [ConfigurationKey] = [
        .one(
            "sign_in.oidc.issuer", .issuer, default: "no identity provider: local accounts",
            "The OpenID Connect provider that signs people in, exactly as it calls itself in its discovery "
                + "document. With one, passwords of the desk's own work for break-glass administrators alone "
                + "(`jeton user add --break-glass`). Register `PUBLIC_URL/sign-in/callback` there as redirect "
                + "URI, `PUBLIC_URL/` for after signing out, and, for back-channel logout, "
                + "`PUBLIC_URL/sign-in/backchannel-logout`."
        ) { $0.signIn.oidc.issuer = $1 },
        .one(
            "sign_in.oidc.client_id", .visible, default: "none",
            "What the provider calls this desk. It has to be given with an issuer."
        ) { $0.signIn.oidc.clientID = $1 },
        .one(
            "sign_in.oidc.client_secret_file", .secretFile { ClientSecret($0) },
            default: "none: a public client",
            "The file that holds what the provider gave this desk to prove itself with."
        ) { $0.signIn.oidc.clientSecret = $1 },
        .one(
            "sign_in.oidc.token_endpoint_auth_method", .clientAuthentication, default: "auto",
            "How that is sent: `auto` goes by what the provider says it takes."
        ) { $0.signIn.oidc.clientAuthentication = $1 },
        .list(
            "sign_in.oidc.scopes", .visible, default: OIDCSettings.usualScopes.joined(separator: ", "),
            "What is asked for, `openid` among it. Okta and some others tell groups only where `groups` is asked for."
        ) { $0.signIn.oidc.scopes = $1 },
        .one(
            "sign_in.oidc.title", .title, default: "the issuer's host",
            "What the button says after “Sign in with”."
        ) { $0.signIn.oidc.title = $1 },
    ]

    private static let names = ClaimNames()

    private static let people: [ConfigurationKey] = [
        .one(
            "sign_in.oidc.claims.login", .visible, default: names.login,
            "The claim that is the login. Where the provider does not tell it, the e-mail address stands in, whole. "
                + "`a.b` is the member `b` of the claim `a`."
        ) { $0.signIn.oidc.claims.login = $1 },
        .one(
            "sign_in.oidc.claims.name", .visible, default: names.name,
            "The claim that is the name."
        ) { $0.signIn.oidc.claims.name = $1 },
        .one(
            "sign_in.oidc.claims.email", .visible, default: names.email,
            "The claim that is the e-mail address; not taken where `email_verified` is false."
        ) { $0.signIn.oidc.claims.email = $1 },
        .one(
            "sign_in.oidc.claims.groups", .visible, default: names.groups,
            "The claim that is the list of groups, as services are told in `Remote-Groups`. A group with a comma in its name is left out."
        ) { $0.signIn.oidc.claims.groups = $1 },
        .one(
            "sign_in.oidc.accounts", .accountRule, default: AccountRule.anybody.rawValue,
            "Who may sign in, and use a password that the provider checks: `anybody` whom the provider signs in, who gets an "
                + "account at the first sign-in, or only who was `provisioned` by SCIM. Tokens of who was not "
                + "keep working: suspend them."
        ) { $0.signIn.oidc.accounts = $1 },
        .list(
            "sign_in.oidc.allowed_groups", .group, default: "everybody whom the provider signs in",
            "Only people in one of these may sign in. Tokens of who is in none any more keep working: suspend them."
        ) { $0.signIn.oidc.allowedGroups = $1 },
        .list(
            "sign_in.oidc.admin_groups", .group, default: "the desk's own affair",
            "People in one of these administer the desk, and nobody else who comes through the provider."
        ) { $0.signIn.oidc.adminGroups = $1 },
    ]
}

extension ValueForm<String> {
    fileprivate static let issuer = ValueForm(
        "`https://…`", expected: "an https address such as https://example.okta.com"
    ) { ProviderAddress($0)?.text.contains("?") == false ? $0 : nil }

    fileprivate static let visible = ValueForm(
        "a word", expected: "a word without spaces"
    ) { text in
        !text.isEmpty && text.utf8.count <= 255 && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }
            ? text : nil
    }
}

extension ValueForm<AccountRule> {
    fileprivate static let accountRule = ValueForm(
        "`anybody` or `provisioned`", expected: "anybody or provisioned",
        schema: .words(of: AccountRule.self), read: AccountRule.init(rawValue:))
}

extension ValueForm<ClientAuthentication> {
    fileprivate static let clientAuthentication = ValueForm(
        ClientAuthentication.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", "),
        expected: "one of \(ClientAuthentication.allCases.map(\.rawValue).joined(separator: ", "))",
        schema: .words(of: ClientAuthentication.self), read: ClientAuthentication.init(rawValue:))
}

extension Configuration {
    /// The identity provider, if there is one.
    var oidcSettings: OIDCSettings? {
        let section = signIn.oidc
        guard let issuer = section.issuer, let clientID = section.clientID else { return nil }
        var settings = OIDCSettings(issuer: issuer, clientID: clientID, deskAddress: "\(publicURL)")
        settings.clientSecret = section.clientSecret
        settings.clientAuthentication = section.clientAuthentication
        settings.scopes = section.scopes
        if let title = section.title { settings.title = title }
        settings.claims = section.claims
        settings.accounts = section.accounts
        settings.allowedGroups = section.allowedGroups
        settings.adminGroups = section.adminGroups
        settings.namedGroups = namedGroups
        return settings
    }

    /// What is missing, or does not go together, where any key of the provider was given.
    var oidcConflicts: [UnmatchedKey] {
        guard given.contains(where: { $0.hasPrefix("sign_in.oidc.") }) else { return [] }
        let section = signIn.oidc
        var conflicts: [UnmatchedKey] = []
        func refuse(_ key: String, _ sentence: String) {
            conflicts.append(UnmatchedKey("sign_in.oidc.\(key)", sentence))
        }
        if section.issuer == nil { refuse("issuer", "must be given with the rest of `sign_in.oidc`") }
        if section.clientID == nil { refuse("client_id", "must be given with `sign_in.oidc.issuer`") }
        if !section.scopes.contains("openid") { refuse("scopes", "must hold `openid`") }
        if section.clientSecret == nil, [.basic, .post].contains(section.clientAuthentication) {
            refuse("token_endpoint_auth_method", "needs `sign_in.oidc.client_secret_file`")
        }
        return conflicts
    }
}
