import Ledger
import SignIn
public import Tokens

/// Administrators and groups, as far as the desk decides on them and not the identity provider.
extension PeopleDesk {
    // MARK: Administrators

    /// Makes a person an administrator. Idempotent.
    public func promote(_ subject: Subject, by requester: Requester) async throws(DeskFault) -> Subject {
        try requester.refuse(.appoint)
        guard subject.suspendedAt == nil, subject.deactivatedAt == nil else {
            let how =
                subject.suspendedAt != nil ? "resume the account" : "reactivate it at the identity provider"
            throw .forbidden("\(subject.login) is suspended: \(how) first.")
        }
        return try await appoint(subject, administrator: true, by: requester)
    }

    /// Ends a person's role as an administrator, at once for their sessions and for their tokens with `jeton:scim`.
    /// Throws ``DeskFault/forbidden(_:)`` for the last administrator.
    public func demote(_ subject: Subject, by requester: Requester) async throws(DeskFault) -> Subject {
        try await appoint(subject, administrator: false, by: requester)
    }

    private func appoint(
        _ subject: Subject, administrator: Bool, by requester: Requester
    ) async throws(DeskFault) -> Subject {
        try requester.refuse(.appoint)
        try refuseAccount(subject)
        if let refusal = try await roleRefusal(for: subject) { throw .forbidden(refusal) }
        let kind = administrator ? Event.Kind.subjectPromoted : .subjectDemoted
        return try await changing(subject) { () throws(LedgerError) in
            try await ledger.appoint(
                subject.id, administrator: administrator, event: event(kind, subject, requester))
        }
    }

    /// Why the desk does not decide whether a person is an administrator; `nil` if it does.
    public func roleRefusal(for subject: Subject) async throws(DeskFault) -> String? {
        guard !provider.administratorGroups.isEmpty, try await isProviders(subject) else { return nil }
        return "The identity provider decides whether \(subject.login) is an administrator, by its groups "
            + "(sign_in.oidc.admin_groups): change them there."
    }

    // MARK: Groups

    /// Changes a person's groups, at once at every service.
    public func changeGroups(
        of subject: Subject, _ change: GroupChange, by requester: Requester
    ) async throws(DeskFault) -> Subject {
        try await refuseChange(of: subject, change, by: requester)
        do throws(LedgerError) {
            return try await ledger.changeGroups(
                of: subject.id, adding: change.adding, removing: change.removing,
                event: event(.subjectGroupsChanged, subject, requester, detail: change.words))
        } catch {
            switch error {
            case .tooManyGroups: throw .invalid([GroupChange.tooMany])
            case .noSuchSubject: throw .personRemoved
            default: throw .ledger(error)
            }
        }
    }

    /// Throws where ``changeGroups(of:_:by:)`` would not even begin.
    func refuseChange(
        of subject: Subject, _ change: GroupChange, by requester: Requester
    ) async throws(DeskFault) {
        try requester.refuse(change, of: subject, administrators: provider.administratorGroups)
        let faults = GroupChange.faults(of: change.adding)
        guard faults.isEmpty else { throw .invalid(faults) }
        if let refusal = try await groupsRefusal(for: subject) { throw .forbidden(refusal) }
    }

    /// Why the desk does not decide on a person's groups; `nil` if it does.
    public func groupsRefusal(for subject: Subject) async throws(DeskFault) -> String? {
        guard try await isProviders(subject) else { return nil }
        return "The identity provider decides on the groups of \(subject.login): change them there."
    }

    /// Whether the identity provider manages a person: it provisions them, or they sign in through it.
    func isProviders(_ subject: Subject) async throws(DeskFault) -> Bool {
        guard !subject.isBreakGlass else { return false }
        if provider.signsPeopleIn, subject.lastSignInAt != nil { return true }
        do throws(LedgerError) {
            return try await ledger.person(subject.id)?.details != nil
        } catch {
            throw .ledger(error)
        }
    }

    // MARK: The first administrator

    /// Creates the code for ``welcomeLink(_:at:)`` with which the first administrator's account is created. The code is
    /// a secret.
    public func inviteFirst(by requester: Requester) async throws(DeskFault) -> String {
        try requester.refuse(.letIn)
        let state: AdministrationState
        do throws(LedgerError) {
            if try await accounts.invitesFirst() {
                try await ledger.add(
                    Event(
                        .subjectInvited, at: clock.now, actor: requester.subject?.id, by: requester.token?.id,
                        address: requester.address))
                return try await accounts.invite(nil)
            }
            state = try await ledger.administration()
        } catch {
            throw .ledger(error)
        }
        throw .forbidden(noFirst(state))
    }

    private func noFirst(_ state: AdministrationState) -> String {
        guard state.isBeforeFirst else {
            return
                "This desk has or had an administrator, so there is no link to the first one's account: use "
                + "`jeton user promote LOGIN` or `jeton user add LOGIN --admin`."
        }
        let way =
            provider.administratorGroups.isEmpty
            ? "have somebody sign in, then run `jeton user promote LOGIN`"
            : "whoever is in one of sign_in.oidc.admin_groups administers"
        return
            "The identity provider signs people in, so there is no link: \(way), or add an account beside it by "
            + "`jeton user add LOGIN --break-glass`."
    }
}

extension Requester {
    /// Throws ``DeskFault/forbidden(_:)`` where a token that oversees may not change these groups of `subject`.
    ///
    /// - Parameter administrators: the groups whose members are administrators.
    func refuse(
        _ change: GroupChange, of subject: Subject, administrators: [String]
    ) throws(DeskFault) {
        try refuse(.changeGroups)
        if self.subject?.id == subject.id { try refuse(.changeOwner) }
        if administrators.sharesAny(of: change.adding + change.removing) {
            try refuse(.changeAdministratorGroups)
        }
    }
}

extension DeskFault {
    static func last(_ subject: Subject) -> DeskFault {
        .forbidden(
            "\(subject.login) is the last administrator of this desk who can sign in: make someone else an "
                + "administrator first.")
    }
}

/// What the identity provider decides about people.
public struct ProviderRule: Hashable, Sendable {
    public var signsPeopleIn: Bool
    /// The groups whose members are administrators; empty if the desk decides who is one.
    public var administratorGroups: [String]

    /// The default is for a desk without a provider.
    public init(signsPeopleIn: Bool = false, administratorGroups: [String] = []) {
        self.signsPeopleIn = signsPeopleIn
        self.administratorGroups = administratorGroups
    }
}
