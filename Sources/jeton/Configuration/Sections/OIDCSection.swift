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
            "The OpenID Connect provider that signs people in, exactly as its discovery document has it. With a "
                + "provider, only break-glass administrators can use a local password "
                + "(`jeton user add --break-glass`). Register `PUBLIC_URL/sign-in/callback` there as redirect "
                + "URI, `PUBLIC_URL/` as post-logout redirect URI, and, for back-channel logout, "
                + "`PUBLIC_URL/sign-in/backchannel-logout`."
        ) { $0.signIn.oidc.issuer = $1 },
        .one(
            "sign_in.oidc.client_id", .word, default: "none; required with an issuer",
            "The client ID of this desk at the provider."
        ) { $0.signIn.oidc.clientID = $1 },
        .one(
            "sign_in.oidc.client_secret_file", .secretFile { ClientSecret($0) },
            default: "none: a public client",
            "The file with the client secret from the provider."
        ) { $0.signIn.oidc.clientSecret = $1 },
        .one(
            "sign_in.oidc.token_endpoint_auth_method", .clientAuthentication, default: "auto",
            "How the client secret is sent: `auto` follows the provider's discovery document."
        ) { $0.signIn.oidc.clientAuthentication = $1 },
        .list(
            "sign_in.oidc.scopes", .words, default: OIDCSettings.usualScopes.joined(separator: ", "),
            "The scopes to request, including `openid`. Okta and some others only send groups if `groups` is requested."
        ) { $0.signIn.oidc.scopes = $1 },
        .one(
            "sign_in.oidc.title", .title, default: "the issuer's host",
            "The name on the sign-in button, after “Sign in with”."
        ) { $0.signIn.oidc.title = $1 },
    ]

    private static let claims: [ConfigurationKey] = PersonClaim.allCases.map { claim in
        .one("sign_in.oidc.claims.\(claim.rawValue)", .word, default: claim.usualName, claim.reference) {
            $0.signIn.oidc.claims[claim] = $1
        }
    }

    private static let people: [ConfigurationKey] = [
        .one(
            "sign_in.oidc.accounts", .accountRule, default: AccountRule.anybody.rawValue,
            "Who may sign in, and use a password that the provider checks: `anybody` whom the provider signs in, with "
                + "an account created at the first sign-in, or only people `provisioned` by SCIM. Existing tokens of "
                + "everybody else keep working: suspend those people."
        ) { $0.signIn.oidc.accounts = $1 },
        .list(
            "sign_in.oidc.allowed_groups", .group, default: "everybody whom the provider signs in",
            "Only people in one of these groups may sign in. Tokens of people who leave them keep working: suspend those people."
        ) { $0.signIn.oidc.allowedGroups = $1 },
        .list(
            "sign_in.oidc.admin_groups", .group, default: "administrators are set in the desk",
            "People in one of these groups are administrators; nobody else who signs in through the provider is."
        ) { $0.signIn.oidc.adminGroups = $1 },
    ]
}

extension ValueParser<String> {
    fileprivate static let issuer = ValueParser(
        "`https://…`", expected: "an https address such as https://example.okta.com"
    ) { ProviderAddress($0)?.text.contains("?") == false ? $0 : nil }

    fileprivate static let word = visible("a word")
    fileprivate static let words = visible("words")

    private static func visible(_ notation: String) -> ValueParser {
        ValueParser(notation, expected: "a word without spaces") { text in
            !text.isEmpty && text.utf8.count <= 255 && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }
                ? text : nil
        }
    }
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

extension Configuration {
    /// The settings for the identity provider; `nil` without one.
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

    /// What is missing or does not fit, if any key of `sign_in.oidc` was given.
    var oidcConflicts: [KeyConflict] {
        guard given.contains(where: { $0.hasPrefix("sign_in.oidc.") }) else { return [] }
        let section = signIn.oidc
        var conflicts: [KeyConflict] = []
        func refuse(_ key: String, _ sentence: String) {
            conflicts.append(KeyConflict("sign_in.oidc.\(key)", sentence))
        }
        if section.issuer == nil { refuse("issuer", "is required with the other keys of `sign_in.oidc`") }
        if section.clientID == nil { refuse("client_id", "is required with `sign_in.oidc.issuer`") }
        if !section.scopes.contains("openid") { refuse("scopes", "must include `openid`") }
        if section.clientSecret == nil, [.basic, .post].contains(section.clientAuthentication) {
            refuse("token_endpoint_auth_method", "needs `sign_in.oidc.client_secret_file`")
        }
        return conflicts
    }
}
