import HTTPServer
import Ledger
import Tokens

/// From the provider's person to the desk's subject.
extension ProviderSignIn {
    /// The subject of an identity, brought up to what the provider says; added at the first sign-in, or
    /// joined to whom the provider provisioned. Else its login is never a way to somebody else's subject.
    /// Throws ``OIDCFault`` or `LedgerError`.
    func subject(of identity: Identity, _ person: ClaimedPerson, _ request: Request) async throws -> Subject {
        guard oidc.allowedGroups.isEmpty || !Set(oidc.allowedGroups).isDisjoint(with: person.groups) else {
            throw OIDCFault.notAllowed
        }
        if let known = try await ledger.subject(of: identity) {
            return try await brought(known, upTo: person, request)
        }
        if let rejoined = try await rejoined(identity, person, request) {
            return try await brought(rejoined, upTo: person, request)
        }
        if let provisioned = try await provisioned(identity, person),
            await join(identity, provisioned, request)
        {
            return try await brought(provisioned, upTo: person, request)
        }
        let now = clock.now
        let subject = Subject(
            id: .make(at: now), login: person.login, name: person.name, email: person.email,
            groups: person.groups, isAdministrator: isAdministrator(person.groups) ?? false, createdAt: now,
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

    /// Whom the provider provisioned and this identity may be: by the name that it has for both, else by
    /// the login. Nobody who signs in by another identity of the same issuer already, or is not active.
    private func provisioned(_ identity: Identity, _ person: ClaimedPerson) async throws -> Subject? {
        let named = try await ledger.people(.externalID(identity.name))
        let found = named.count == 1 ? named : try await ledger.people(.name(person.login.text))
        guard let only = found.first, only.details != nil, !only.subject.isSuspended else { return nil }
        return only.subject
    }

    /// Whether the identity now is that person's; not where they have one already.
    func join(_ identity: Identity, _ subject: Subject, _ request: Request) async -> Bool {
        do throws(LedgerError) {
            try await ledger.join(
                identity, to: subject.id,
                event: event(.subjectJoined, subject, request, detail: identity.issuer))
            return true
        } catch {
            return false
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
        let groups = try await ledger.groups(of: known.id)
        var profile = Profile(
            login: person.login, name: person.name, email: person.email, groups: person.groups,
            isAdministrator: isAdministrator(person.groups + groups.provisioned) ?? known.isAdministrator)
        if let provisioned = try await ledger.person(known.id) { profile.keepProvisioned(of: provisioned) }
        var former = Profile(known)
        former.groups = groups.claimed
        guard profile != former else { return known }
        let changed = event(.subjectChanged, known, request, detail: "by the identity provider")
        let updated = await update(known.id, to: profile, event: changed)
        guard case .failure(.loginTaken) = updated else { return try updated.get() }
        // The person is known by the identity, and keeps the login they have.
        profile.login = known.login
        guard profile != former else { return known }
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

    /// Whether who is in these groups administers; `nil` where that is not the provider's affair.
    private func isAdministrator(_ groups: [String]) -> Bool? {
        oidc.adminGroups.isEmpty ? nil : !Set(oidc.adminGroups).isDisjoint(with: groups)
    }

    func event(
        _ kind: Event.Kind, _ subject: Subject, _ request: Request, detail: String
    ) -> Event {
        Event(
            kind, at: clock.now, actor: subject.id, subject: subject.id,
            address: sessions.addressText(of: request), detail: detail)
    }
}
