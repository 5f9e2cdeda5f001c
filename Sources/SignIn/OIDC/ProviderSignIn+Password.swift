import HTTPServer
internal import JSON
import Ledger
import Tokens

/// Passwords that the provider checks, for services that still accept passwords.
extension ProviderSignIn {
    /// The subject of a login and password, by the provider's password grant (RFC 6749, section 4.3); `nil`
    /// where they do not match, or where the person may not sign in. As at a sign-in, the subject is updated
    /// from the claims, and added at the first time. Throws ``OIDCFault`` where the provider fails, or
    /// `LedgerError`.
    func owner(login: Login, password: String, from address: IPAddress?) async throws -> SubjectID? {
        let known = try await ledger.subject(login: login)
        // The provider does not know that password, and must not learn it.
        if known?.isBreakGlass == true { return nil }
        // Beside a placeholder that is nobody's login, the password is another host's token.
        if known == nil, login.isSentByTools { return nil }
        do {
            let (person, identity) = try await person(login: login, password: password)
            let holder = try await ledger.subject(of: identity)
            var owner = holder
            if holder == nil, case .person(let provisioned, _) = try await match(identity, person) {
                owner = provisioned
            }
            // Whatever the provider accepts as a login, the password counts for this one subject only.
            guard owner?.id == known?.id, (owner?.login ?? person.login) == login else { return nil }
            // The gate refuses a suspended owner itself, with the reason.
            if let holder, holder.isSuspended { return holder.id }
            do {
                // A request without an address is what a proxy sends that names no client.
                let peer = address.map(Peer.address) ?? .localProxy
                let subject = try await subject(of: identity, person, Request("POST", "/", peer: peer))
                return subject.login == login ? subject.id : nil
            } catch OIDCFault.suspended {
                return owner?.id
            }
        } catch let fault as OIDCFault where fault.isOfPerson {
            return nil
        }
    }

    private func person(
        login: Login, password: String
    ) async throws(OIDCFault) -> (ClaimedPerson, Identity) {
        let redeemed = try await provider.redeem(login: login.text, password: password)
        if let idToken = redeemed.idToken {
            let claims = try await claims(of: idToken, nonce: nil)
            return try await person(claims.document, accessToken: redeemed.accessToken)
        }
        // Without an ID token, userinfo says who it was.
        guard let accessToken = redeemed.accessToken else { throw .providerAnswer(of: .token) }
        switch try await provider.userInfo(accessToken) {
        case .claims(let claims, let name) where name.utf8.count <= IDTokenClaims.subjectLimit:
            return try await person(claims, accessToken: nil)
        case .odd(let oddity, let fault) where oddity != .userInfoWithoutSubject:
            throw fault
        case .absent, .claims, .odd:
            throw .providerAnswer(of: .token)
        }
    }
}

extension OIDCFault {
    /// Whether the person or the password was refused.
    fileprivate var isOfPerson: Bool {
        switch self {
        // RFC 6749, section 5.2, asks for `invalid_grant`. Authlib, and so Canaille, sends `invalid_request`
        // for a wrong password, and our request gives no other cause for it. Glewlwyd sends nothing.
        case .codeRefused(let code): ["invalid_grant", "invalid_request", "forbidden"].contains(code)
        case .noLogin, .badLogin, .loginTaken, .provisionedTwice, .notAllowed, .notProvisioned, .suspended:
            true
        default: false
        }
    }
}
