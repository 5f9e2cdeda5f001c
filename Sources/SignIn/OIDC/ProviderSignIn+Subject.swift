import HTTPServer
import Ledger
import Tokens

/// From the provider's person to the desk's subject.
extension ProviderSignIn {
    /// The subject of an identity, updated from the claims. At the first sign-in the identity is joined to a
    /// provisioned person, or a subject is added. A login never leads to somebody else's subject otherwise.
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

    /// Throws ``OIDCFault/notAllowed`` where the person is in no allowed group, and
    /// ``OIDCFault/groupsUnknown`` where their groups are unknown.
    private func refuseOutsiders(_ person: ClaimedPerson) throws(OIDCFault) {
        guard !oidc.allowedGroups.isEmpty else { return }
        guard case .value(let groups) = person.groups else { throw .groupsUnknown }
        guard oidc.allowedGroups.sharesAny(of: groups) else { throw .notAllowed }
    }

    /// Throws ``OIDCFault/notProvisioned(_:)`` where only provisioned people may sign in, and `known` came
    /// before that rule.
    private func refuseUnprovisioned(_ known: Subject, _ person: ClaimedPerson) async throws {
        guard oidc.accounts == .provisioned, !known.isBreakGlass, !known.isSuspended else { return }
        guard try await ledger.person(known.id)?.details != nil else {
            throw OIDCFault.notProvisioned(person.login)
        }
    }

    /// Reports an account that SCIM does not know, where SCIM is in use: its tokens would not end with the
    /// account at the provider.
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
        case .loginReserved?:
            throw OIDCFault.badLogin(.keptForAccounts(person.login.text))
        case .identityTaken?:
            // Another tab was faster.
            guard let known = try await ledger.subject(of: identity) else { throw LedgerError.noSuchSubject }
            return try await brought(known, upTo: person, request)
        case let fault?:
            throw fault
        }
    }

    /// The SCIM person this identity matches: by `externalId`, else by login.
    ///
    /// ``join(_:to:isNamed:_:)`` decides whether that person may sign in. Somebody who is found and may not
    /// is never added as a new person.
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

    /// Joins an identity to the person that it matches, and returns its subject. Throws
    /// ``OIDCFault/suspended`` where the person is not active, and ``OIDCFault/loginTaken(_:)`` where they
    /// sign in by another identity of the same issuer.
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
            // The ledger checks the person's state in the same transaction.
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
        switch updated {
        case .failure(.loginTaken), .failure(.loginReserved): break
        default: return try updated.get()
        }
        // The person is known by the identity, and keeps the login they have.
        profile.login = known.login
        guard profile != former else { return known }
        return try await update(known.id, to: profile, event: changed).get()
    }

    /// The ledger's result as a value.
    private func update(
        _ id: SubjectID, to profile: Profile, event: Event
    ) async -> Result<Subject, LedgerError> {
        do throws(LedgerError) {
            return .success(try await ledger.update(id, to: profile, event: event))
        } catch {
            return .failure(error)
        }
    }

    /// Whether members of `groups` administer; `nil` where the provider does not decide that.
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

/// The provisioned person that an identity matches.
enum ProvisionedMatch {
    case nobody
    /// This person, active or not; `isNamed` where `externalId` matches, and not only the login.
    case person(Subject, isNamed: Bool)
    /// Several people with this `externalId`, none of them with the login.
    case several
}
