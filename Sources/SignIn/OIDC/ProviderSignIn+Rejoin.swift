import HTTPServer
internal import JSON
import Ledger
import Tokens

/// People whose name at the provider changed, by a new registration of the desk or a realm that was imported
/// again.
extension ProviderSignIn {
    /// The person whom an unknown identity is joined to, in place of a former identity: the one whose
    /// `externalId` is now this identity's name, else the one with the claimed login whose identity an
    /// administrator released lately. `nil` where there is none. Throws ``OIDCFault/suspended`` where that
    /// person may not sign in, or `LedgerError`.
    func rejoined(
        _ identity: Identity, _ person: ClaimedPerson, _ request: Request
    ) async throws -> Subject? {
        let named = try await ledger.people(.externalID(identity.name))
        if named.count == 1, !named[0].subject.isSuspended,
            try await rejoin(identity, named[0].subject, request)
        {
            return try await ledger.subject(named[0].subject.id)
        }
        // Provisioned people are joined by ``match(_:_:)``.
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
    /// Keeps what SCIM provisioned: the login, and the name and e-mail address where it sent any. Otherwise
    /// they would change with every sign-in and every push.
    mutating func keepProvisioned(of person: ProvisionedPerson) {
        guard let details = person.details else { return }
        login = person.subject.login
        let said = (try? JSONValue(parsing: Array(details.utf8))) ?? [:]
        if said["displayName"] != nil || said["name"] != nil { name = person.subject.name }
        if said["emails"] != nil { email = person.subject.email }
    }
}
