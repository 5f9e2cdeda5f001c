internal import JSON
import Ledger
import Tokens

/// From the provider's claims to the person.
extension ProviderSignIn {
    /// The person of an ID token's claims, by these first and then by what userinfo tells besides. Where it
    /// fails to tell what is not needed, the person is known without.
    /// Throws ``OIDCFault``.
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
            case .told(let told, let subject):
                // Otherwise it could be anybody's (OpenID Connect Core 1.0, section 5.3.2).
                guard subject.isExactly(name) else { throw .userInfoOfAnother }
                document = told.overlaid(by: document)
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
            // Who fails for want of a login is told why it could not be had.
            if case .noLogin = error, let gap { throw gap }
            throw error
        }
    }

    /// Tells the administrator of an oddity, once an hour. That the event cannot be written is the ledger's
    /// affair, which tells it itself, and nothing to refuse a person for.
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
