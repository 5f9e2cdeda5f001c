internal import JSON
import Ledger
import Tokens

/// From the provider's claims to the person.
extension ProviderSignIn {
    /// The person of an ID token's claims, completed by userinfo. Where userinfo fails, the person is known
    /// without it, unless it is needed. Throws ``OIDCFault``.
    func person(
        _ claims: JSONValue, accessToken: String?
    ) async throws(OIDCFault) -> (ClaimedPerson, Identity) {
        guard let name = claims["sub"]?.string else { throw .idToken(.noSubject) }
        for endpoint in try await provider.metadata().unusable { await note(.unusableEndpoint(endpoint)) }
        var document = claims
        var gap: OIDCFault?
        if ClaimedPerson.isIncomplete(document, names: oidc.claims), let accessToken {
            switch try await provider.userInfo(accessToken) {
            case .absent: break
            case .claims(let userInfo, let subject):
                // Otherwise it could be anybody's (OpenID Connect Core 1.0, section 5.3.2).
                guard subject.isExactly(name) else { throw .userInfoOfAnother }
                document = userInfo.overlaid(by: document)
            case .odd(let oddity, let fault):
                await note(oddity)
                gap = fault
            }
        }
        if let oddity = ClaimedPerson.oddity(of: document, names: oidc.claims) { await note(oddity) }
        let identity = Identity(issuer: oidc.issuer, name: name)
        do throws(OIDCFault) {
            return (try ClaimedPerson(document, names: oidc.claims, isWhole: gap == nil), identity)
        } catch {
            // A missing login is reported as the failure that caused it.
            if case .noLogin = error, let gap { throw gap }
            throw error
        }
    }

    /// Reports an oddity to the administrator, once an hour. An event that cannot be written refuses nobody:
    /// the ledger reports that itself.
    private func note(_ oddity: ProviderOddity) async {
        let now = clock.now
        guard oddities.isNew(oddity, at: now) else { return }
        warn("the identity provider \(oidc.issuer): \(oddity)")
        try? await ledger.add(Event(.providerDegraded, at: now, actor: nil, detail: oddity.name))
    }
}

extension JSONValue {
    /// The members of this object and those of `other`, which win.
    fileprivate func overlaid(by other: JSONValue) -> JSONValue {
        guard case .object(let below) = self, case .object(let above) = other else { return other }
        return .object(below.merging(above) { below, above in above == .null ? below : above })
    }
}
