import HTTPServer
internal import JSON
import Ledger
import Tokens

/// Passwords that the provider keeps, for services that still take them.
extension ProviderSignIn {
    /// Whose login and password these are, by the provider's password grant (RFC 6749, section 4.3);
    /// `nil` where it says that they do not belong together, or where they are those of somebody who may
    /// not sign in. What the provider says of the person is believed as at a sign-in, and as there a
    /// person who comes for the first time is added.
    /// Throws ``OIDCFault`` where the provider does not do its part, or `LedgerError`.
    func owner(login: Login, password: String, from address: IPAddress?) async throws -> SubjectID? {
        let known = try await ledger.subject(login: login)
        // The provider does not know that password, and must not learn it.
        if known?.isBreakGlass == true { return nil }
        // What stands beside a word of tools is some other host's token, where nobody is called so.
        if known == nil, login.isSentByTools { return nil }
        do {
            let (person, identity) = try await person(login: login, password: password)
            let holder = try await ledger.subject(of: identity)
            var owner = holder
            if holder == nil, case .person(let provisioned, _) = try await match(identity, person) {
                owner = provisioned
            }
            // Whatever the provider takes for a login, the password is good for that one subject alone.
            guard owner?.id == known?.id, (owner?.login ?? person.login) == login else { return nil }
            // The gate says so itself, to who knows the password.
            if let holder, holder.isSuspended { return holder.id }
            do {
                let subject = try await subject(of: identity, person, Request("POST", "/", peer: address))
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
        // Without an ID token the provider's own word, over its own connection, says who it was.
        guard let accessToken = redeemed.accessToken else { throw .providerAnswer(of: .token) }
        switch try await provider.userInfo(accessToken) {
        case .told(let told, let name) where name.utf8.count <= IDTokenClaims.subjectLimit:
            return try await person(told, accessToken: nil)
        case .odd(let oddity, let fault) where oddity != .userInfoWithoutSubject:
            throw fault
        case .absent, .told, .odd:
            throw .providerAnswer(of: .token)
        }
    }
}

extension OIDCFault {
    /// Whether it is the person, or the password, that was refused.
    fileprivate var isOfPerson: Bool {
        switch self {
        // RFC 6749, section 5.2, says `invalid_grant`. Authlib, and so Canaille, says `invalid_request` of a
        // wrong password; ours lacks nothing else that it could be about. Glewlwyd says nothing.
        case .codeRefused(let code): ["invalid_grant", "invalid_request", "forbidden"].contains(code)
        case .noLogin, .badLogin, .loginTaken, .provisionedTwice, .notAllowed, .notProvisioned, .suspended:
            true
        default: false
        }
    }
}
