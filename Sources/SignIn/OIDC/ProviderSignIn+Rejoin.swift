import HTTPServer
internal import JSON
import Ledger
import Tokens

/// People whom their provider calls otherwise than before: a new registration, a realm that was imported anew.
extension ProviderSignIn {
    /// Whom an identity that is not known is joined to, in place of a former one: the person whose
    /// `externalId` the provider has made this identity's name, or else whose identity an administrator
    /// released lately and who has the claimed login. `nil` where that is nobody.
    /// Throws ``OIDCFault/suspended`` where that person may not sign in, or `LedgerError`.
    func rejoined(
        _ identity: Identity, _ person: ClaimedPerson, _ request: Request
    ) async throws -> Subject? {
        let named = try await ledger.people(.externalID(identity.name))
        if named.count == 1, !named[0].subject.isSuspended,
            try await rejoin(identity, named[0].subject, request)
        {
            return try await ledger.subject(named[0].subject.id)
        }
        // Who was provisioned is joined by the rules for these.
        guard let released = try await ledger.people(.name(person.login.text)).first, released.details == nil,
            oidc.accounts == .anybody,
            let since = released.releasedAt,
            since.isWithin(LedgerLimits.releaseLasting, before: clock.now)
        else { return nil }
        guard !released.subject.isSuspended else { throw OIDCFault.suspended }
        return try await join(identity, to: released.subject, isNamed: true, request)
    }

    private func rejoin(
        _ identity: Identity, _ subject: Subject, _ request: Request
    ) async throws(LedgerError) -> Bool {
        do throws(LedgerError) {
            try await ledger.rejoin(
                identity, to: subject.id,
                events: [
                    event(.identityReleased, subject, request, detail: "\(identity.issuer), by externalId"),
                    event(.subjectJoined, subject, request, detail: identity.issuer),
                ])
            return true
        } catch .identityTaken {
            return false
        }
    }
}

extension Profile {
    /// Takes back what somebody else writes: whom a provider provisioned has the login that it gave, and the
    /// name and e-mail address where it gave any. Else they would change at each sign-in and each push.
    mutating func keepProvisioned(of person: ProvisionedPerson) {
        guard let details = person.details else { return }
        login = person.subject.login
        let said = (try? JSONValue(parsing: Array(details.utf8))) ?? [:]
        if said["displayName"] != nil || said["name"] != nil { name = person.subject.name }
        if said["emails"] != nil { email = person.subject.email }
    }
}
