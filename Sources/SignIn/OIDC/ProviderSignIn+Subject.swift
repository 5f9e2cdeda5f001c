import HTTPServer
import Ledger
import Tokens

/// From the provider's person to the desk's subject.
extension ProviderSignIn {
    /// The subject of an identity, brought up to what the provider says; added at the first sign-in.
    /// Its login is never a way to somebody else's subject. Throws ``OIDCFault`` or `LedgerError`.
    func subject(of identity: Identity, _ person: ClaimedPerson, _ request: Request) async throws -> Subject {
        guard oidc.allowedGroups.isEmpty || !Set(oidc.allowedGroups).isDisjoint(with: person.groups) else {
            throw OIDCFault.notAllowed
        }
        if let known = try await ledger.subject(of: identity) {
            return try await brought(known, upTo: person, request)
        }
        let now = clock.now
        let subject = Subject(
            id: .make(at: now), login: person.login, name: person.name, email: person.email,
            groups: person.groups, isAdministrator: isAdministrator(person) ?? false, createdAt: now,
            lastSignInAt: now)
        switch await fault(adding: subject, identity, request) {
        case nil:
            return subject
        case .loginTaken?:
            throw OIDCFault.loginTaken(person.login)
        case .identityTaken?:
            // Another tab was faster.
            guard let known = try await ledger.subject(of: identity) else { throw LedgerError.noSuchSubject }
            return try await brought(known, upTo: person, request)
        case let fault?:
            throw fault
        }
    }

    private func fault(
        adding subject: Subject, _ identity: Identity, _ request: Request
    ) async -> LedgerError? {
        do throws(LedgerError) {
            try await ledger.add(
                subject, identity: identity,
                event: event(.subjectAdded, subject, request, detail: subject.login.text))
            return nil
        } catch {
            return error
        }
    }

    private func brought(
        _ known: Subject, upTo person: ClaimedPerson, _ request: Request
    ) async throws -> Subject {
        guard !known.isSuspended else { throw OIDCFault.suspended }
        var profile = Profile(
            login: person.login, name: person.name, email: person.email, groups: person.groups,
            isAdministrator: isAdministrator(person) ?? known.isAdministrator)
        guard profile != Profile(known) else { return known }
        let changed = event(.subjectChanged, known, request, detail: "by the identity provider")
        let updated = await update(known.id, to: profile, event: changed)
        guard case .failure(.loginTaken) = updated else { return try updated.get() }
        // The person is known by the identity, and keeps the login they have.
        profile.login = known.login
        guard profile != Profile(known) else { return known }
        return try await update(known.id, to: profile, event: changed).get()
    }

    /// The ledger's answer as a value.
    private func update(
        _ id: SubjectID, to profile: Profile, event: Event
    ) async -> Result<Subject, LedgerError> {
        do throws(LedgerError) {
            return .success(try await ledger.update(id, to: profile, event: event))
        } catch {
            return .failure(error)
        }
    }

    /// Whether the person administers; `nil` where that is not the provider's affair.
    private func isAdministrator(_ person: ClaimedPerson) -> Bool? {
        oidc.adminGroups.isEmpty ? nil : !Set(oidc.adminGroups).isDisjoint(with: person.groups)
    }

    private func event(
        _ kind: Event.Kind, _ subject: Subject, _ request: Request, detail: String
    ) -> Event {
        Event(
            kind, at: clock.now, actor: subject.id, subject: subject.id,
            address: sessions.addressText(of: request), detail: detail)
    }
}
