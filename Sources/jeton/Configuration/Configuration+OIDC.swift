import SignIn
import Tokens

extension Configuration {
    /// An identity provider as far as it was written.
    struct OIDCDraft: Sendable {
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

        /// What is wrong with the whole, where anything of it was written: the key, and the sentence.
        var faults: [(key: String, sentence: String)] {
            var faults: [(key: String, sentence: String)] = []
            if issuer == nil { faults.append(("issuer", "must be given with the rest of `sign_in.oidc`")) }
            if clientID == nil { faults.append(("client_id", "must be given with `sign_in.oidc.issuer`")) }
            if !scopes.contains("openid") { faults.append(("scopes", "must hold `openid`")) }
            if clientSecret == nil, [.basic, .post].contains(clientAuthentication) {
                faults.append(("token_endpoint_auth_method", "needs `sign_in.oidc.client_secret_file`"))
            }
            return faults
        }
    }

    /// What is wrong with the time after which people have to come through a provider.
    var signInEveryFaults: [KeyConflict] {
        guard signInEvery != nil, oidcDraft.issuer == nil else { return [] }
        return [
            KeyConflict(
                key: "sign_in.tokens_need_sign_in_every", beside: "sign_in.oidc.issuer",
                sentence:
                    "needs an identity provider to sign in through: give `sign_in.oidc.issuer`, or leave it out"
            )
        ]
    }

    /// The groups that decide anything, or that a service is told of: they are kept of people in very many.
    var namedGroups: [String] {
        let services = services.flatMap { $0.groups + ($0.tellGroups ?? []) }
        return (services + oidcDraft.allowedGroups + oidcDraft.adminGroups).uniqued()
    }

    /// The identity provider, if there is one.
    var oidc: OIDCSettings? {
        guard let issuer = oidcDraft.issuer, let clientID = oidcDraft.clientID else { return nil }
        var settings = OIDCSettings(issuer: issuer, clientID: clientID, deskAddress: "\(publicURL)")
        settings.clientSecret = oidcDraft.clientSecret
        settings.clientAuthentication = oidcDraft.clientAuthentication
        settings.scopes = oidcDraft.scopes
        if let title = oidcDraft.title { settings.title = title }
        settings.claims = oidcDraft.claims
        settings.accounts = oidcDraft.accounts
        settings.allowedGroups = oidcDraft.allowedGroups
        settings.adminGroups = oidcDraft.adminGroups
        settings.namedGroups = namedGroups
        return settings
    }
}
