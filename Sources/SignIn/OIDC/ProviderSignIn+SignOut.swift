public import HTTPServer
import Ledger
import Sodium
import Tokens

/// Signing out, here and at the provider.
extension ProviderSignIn {
    /// The address that ends the session at the provider, too (OpenID Connect RP-Initiated Logout 1.0); `nil`
    /// where the session did not come from there, or where the provider has no such endpoint.
    public func signOutAddress(of visitor: Visitor, at request: Request) async -> String? {
        guard visitor.session.providerSession != nil,
            let endpoint = try? await provider.metadata().endSessionEndpoint
        else { return nil }
        var items = [
            (name: "client_id", value: oidc.clientID),
            (name: "post_logout_redirect_uri", value: oidc.afterSignOut),
        ]
        // The cookie may not be one of ours, and the address has to fit a header.
        if let hint = cookies.read(.idTokenHint, from: request), !hint.isEmpty,
            hint.utf8.count <= Self.hintLimit
        {
            items.append((name: "id_token_hint", value: hint))
        }
        return endpoint.with(items)
    }

    /// The `Set-Cookie` values that go with a sign-out.
    public var signOutCookies: [String] { [cookies.remove(.idTokenHint)] }

    /// Ends the sessions that the provider reports as ended (OpenID Connect Back-Channel Logout 1.0). Tokens
    /// keep working: they end with the account, not with a browser's session. Throws ``LogoutTokenFault``,
    /// ``OIDCFault`` or `LedgerError`.
    public func endByProvider(_ request: Request) async throws {
        guard let compact = request.form["logout_token"] else { throw LogoutTokenFault.malformed }
        let payload = try await provider.verify(compact)
        let now = clock.now
        let token = try LogoutToken(
            parsing: payload, issuer: oidc.issuer, clientID: oidc.clientID, at: now)
        let end = now + LogoutToken.recent + .minutes(5)
        let mark = SHA256Digest(of: "logout:\(oidc.issuer)\n\(token.identifier)")
        guard try await ledger.use(mark, until: end, at: now) else { throw LogoutTokenFault.replayed }
        for session in try await ended(by: token) {
            try await ledger.end(
                session.id,
                event: Event(
                    .signedOut, at: now, actor: nil, subject: session.subject,
                    address: sessions.addressText(of: request), detail: "by the identity provider"))
        }
    }

    private func ended(by token: LogoutToken) async throws(LedgerError) -> [Session] {
        guard let name = token.subject else {
            return try await ledger.sessions(providerSession: token.sessionID ?? "")
        }
        guard let subject = try await ledger.subject(of: Identity(issuer: oidc.issuer, name: name)) else {
            return []
        }
        let all = try await ledger.sessions(of: subject.id)
        guard let id = token.sessionID else { return all }
        // One that began without a `sid` could be the one that is meant.
        return all.filter { $0.providerSession.map([id, ""].containsExactly) ?? false }
    }
}
