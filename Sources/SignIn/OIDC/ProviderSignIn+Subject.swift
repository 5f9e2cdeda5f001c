import HTTPServer
import Ledger
import Tokens

/// From the provider's person to the desk's subject.
extension ProviderSignIn {
    /// The subject of an identity, brought up to what the provider says; added at the first sign-in, or
    /// joined to whom the provider provisioned. Else its login is never a way to somebody else's subject.
    /// Throws ``OIDCFault`` or `LedgerError`.
    func subject(of identity: Identity, _ person: ClaimedPerson, _ request: Request) async throws -> Subject {
        try refuseOutsiders(person)
        if let known = try await ledger.subject(of: identity) {
            try await refuseUnprovisioned(known, person)
            return try await brought(known, upTo: person, request)
        }
        if let rejoined = try await rejoined(identity, person, request) {
            return try await brought(rejoined, upTo: person, request)
        }
        switch try await match(identity, person) {
        case .person(let provisioned, let isNamed):
            let joined = try await join(identity, to: provisioned, isNamed: isNamed, request)
            return try await brought(joined, upTo: person, request)
        case .several:
            throw OIDCFault.provisionedTwice
        case .nobody:
            guard oidc.accounts == .anybody else { throw OIDCFault.notProvisioned(person.login) }
            return try await added(identity, person, request)
        }
    }

    /// Throws ``OIDCFault/notAllowed`` where the person is in no group that may come in, and
    /// ``OIDCFault/groupsUnknown`` where nobody knows.
    private func refuseOutsiders(_ person: ClaimedPerson) throws(OIDCFault) {
        guard !oidc.allowedGroups.isEmpty else { return }
        guard case .value(let groups) = person.groups else { throw .groupsUnknown }
        guard oidc.allowedGroups.sharesAny(of: groups) else { throw .notAllowed }
    }

    /// Throws ``OIDCFault/notProvisioned(_:)`` where only who was provisioned may come in, and `known` was
    /// not: they came before that was so.
    private func refuseUnprovisioned(_ known: Subject, _ person: ClaimedPerson) async throws {
        guard oidc.accounts == .provisioned, !known.isBreakGlass, !known.isSuspended else { return }
        guard try await ledger.person(known.id)?.details != nil else {
            throw OIDCFault.notProvisioned(person.login)
        }
    }

    /// Tells the administrator of an account that no provisioning knows, where there is provisioning: its
    /// tokens would not end with the account at the provider.
    private func noteUnprovisioned(_ subject: Subject, _ request: Request) async throws {
        guard try await ledger.hasProvisionedPeople() else { return }
        try await ledger.add(
            event(.subjectNotProvisioned, subject, request, detail: subject.login.text))
        warn(
            "“\(subject.login)” signed in and has an account now that SCIM knows nothing of: have the provider "
                + "provision them, suspend them, or set sign_in.oidc.accounts: provisioned")
    }

    private func added(
        _ identity: Identity, _ person: ClaimedPerson, _ request: Request
    ) async throws -> Subject {
        do { try person.login.mayBeNew() } catch { throw OIDCFault.badLogin(error) }
        let groups = person.groups.value(or: [])
        let subject = person.newSubject(
            groups: kept(groups), isAdministrator: isAdministrator(groups) ?? false, at: clock.now)
        switch await fault(adding: subject, identity, request) {
        case nil:
            try await noteUnprovisioned(subject, request)
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

    /// Whom the provider provisioned for an identity that nobody signs in by yet: by `externalId`, else by the
    /// login. Whether that person may come in is for ``join(_:to:isNamed:_:)`` to say: somebody who was
    /// found and may not is never taken for somebody who is new.
    func match(_ identity: Identity, _ person: ClaimedPerson) async throws(LedgerError) -> ProvisionedMatch {
        let named = try await ledger.people(.externalID(identity.name)).map(\.subject)
        let sameLogin = try await ledger.people(.name(person.login.text))
            .first { $0.details != nil }?.subject
        guard let first = named.first else {
            return sameLogin.map { .person($0, isNamed: false) } ?? .nobody
        }
        guard named.count > 1 else { return .person(first, isNamed: true) }
        guard let one = named.first(where: { $0.id == sameLogin?.id }) else { return .several }
        return .person(one, isNamed: true)
    }

    /// Joins an identity to the person whom it matched, and returns whose it now is.
    /// Throws ``OIDCFault/suspended`` where the person is not active, and ``OIDCFault/loginTaken(_:)``
    /// where they sign in by another identity of the same issuer.
    func join(
        _ identity: Identity, to person: Subject, isNamed: Bool, _ request: Request
    ) async throws -> Subject {
        if isNamed, person.isSuspended { throw OIDCFault.suspended }
        do throws(LedgerError) {
            try await ledger.join(
                identity, to: person.id,
                event: event(.subjectJoined, person, request, detail: identity.issuer))
            return person
        } catch .identityTaken {
            // Another tab was faster, or there is another identity.
            guard let known = try await ledger.subject(of: identity) else {
                throw OIDCFault.loginTaken(person.login)
            }
            return known
        } catch .noSuchSubject {
            // The ledger looks at the person's state as it joins.
            throw OIDCFault.suspended
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
        let claimed = person.groups.value(or: groups.claimed)
        var profile = person.profile(
            of: known, groups: kept(claimed),
            isAdministrator: isAdministrator(claimed + groups.provisioned))
        if let provisioned = try await ledger.person(known.id) { profile.keepProvisioned(of: provisioned) }
        var former = Profile(known)
        former.groups = groups.claimed
        if profile.isAdministrator == nil { former.isAdministrator = nil }
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
        oidc.adminGroups.isEmpty ? nil : oidc.adminGroups.sharesAny(of: groups)
    }

    private func kept(_ groups: [String]) -> [String] {
        GroupName.kept(groups, named: oidc.namedGroups)
    }

    func event(
        _ kind: Event.Kind, _ subject: Subject, _ request: Request, detail: String
    ) -> Event {
        Event(
            kind, at: clock.now, actor: subject.id, subject: subject.id,
            address: sessions.addressText(of: request), detail: detail)
    }
}

/// Who was provisioned and may be the person who signs in.
enum ProvisionedMatch {
    case nobody
    /// This person, active or not; `isNamed` where `externalId` says so, and not the login alone.
    case person(Subject, isNamed: Bool)
    /// More than one has that `externalId`, and none of them the login.
    case several
}
