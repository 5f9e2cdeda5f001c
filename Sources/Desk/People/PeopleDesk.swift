public import Ledger
public import SignIn
public import Tokens

/// What administrators and the operator can do with people. Pages and command line have no other way.
///
/// Throws ``DeskFault``, and ``SignInFault`` for a password that is refused.
public struct PeopleDesk: Sendable {
    public typealias PeopleLedger = SubjectLedger & PasswordLedger & ProvisioningLedger & EventLedger
        & SessionLedger & PolicyLedger

    let ledger: any PeopleLedger
    let accounts: LocalAccounts
    let clock: Clock
    let provider: ProviderRule

    /// - Parameter provider: what the identity provider decides, and not this desk.
    public init(
        ledger: any PeopleLedger,
        accounts: LocalAccounts, clock: Clock, provider: ProviderRule = ProviderRule()
    ) {
        self.ledger = ledger
        self.accounts = accounts
        self.clock = clock
        self.provider = provider
    }

    /// A person to be added, as somebody typed them.
    public struct NewPerson: Hashable, Sendable {
        public var login: String
        /// The login is used in its place if it is `nil`.
        public var name: String?
        public var email: String?
        public var groups: [String]
        public var isAdministrator: Bool
        /// Whether they may sign in with a password although an identity provider signs in everybody else.
        public var isBreakGlass: Bool

        public init(
            login: String, name: String? = nil, email: String? = nil, groups: [String] = [],
            isAdministrator: Bool = false, isBreakGlass: Bool = false
        ) {
            self.login = login
            self.name = name
            self.email = email
            self.groups = groups
            self.isAdministrator = isAdministrator
            self.isBreakGlass = isBreakGlass
        }
    }

    /// Adds a person, who has to be invited if `password` is `nil`. Throws ``DeskFault/invalid(_:)`` with the faults of
    /// all fields at once.
    public func add(_ new: NewPerson, password: String?, by requester: Requester) async throws -> Subject {
        try requester.refuse(.letIn)
        let subject = try check(new)
        guard let password else {
            try await add(subject, by: requester)
            return subject
        }
        // Hashed first, so that nobody is added with a password that is refused.
        let hash = try await accounts.hash(password, for: subject.login)
        try await add(subject, by: requester)
        do throws(LedgerError) {
            try await ledger.setPassword(
                hash, of: subject.id, keeping: nil, event: event(.passwordSet, subject, requester))
        } catch {
            throw DeskFault.ledger(error)
        }
        return subject
    }

    private func add(_ subject: Subject, by requester: Requester) async throws(DeskFault) {
        do throws(LedgerError) {
            try await ledger.add(
                subject, event: event(.subjectAdded, subject, requester, detail: subject.login.text))
        } catch .loginTaken {
            throw .invalid([FieldFault("login", "is already taken")])
        } catch .loginReserved {
            throw .invalid([FieldFault("login", "\(TextFault.keptForAccounts(subject.login.text))")])
        } catch {
            throw .ledger(error)
        }
    }

    private func check(_ new: NewPerson) throws(DeskFault) -> Subject {
        var faults: [FieldFault] = []
        func read<Value>(_ field: String, _ make: () throws(TextFault) -> Value) -> Value? {
            do {
                return try make()
            } catch {
                faults.append(FieldFault(field, error.description))
                return nil
            }
        }
        let login = read("login") { () throws(TextFault) in try Login(new: new.login) }
        let name = new.name.flatMap { text in
            read("name") { () throws(TextFault) in try PersonName(text) }
        }
        let email = new.email.flatMap { text in
            read("email") { () throws(TextFault) in try EmailAddress(text) }
        }
        faults += GroupChange.faults(of: new.groups)
        guard faults.isEmpty, let login else { throw .invalid(faults) }
        let now = clock.now
        return Subject(
            id: .make(at: now), login: login, name: name?.text, email: email?.text,
            groups: new.groups.uniqued(), isAdministrator: new.isAdministrator, createdAt: now,
            isBreakGlass: new.isBreakGlass)
    }

    /// Suspends a person and ends their sessions. When this returns, all their tokens are refused, until
    /// ``resume(_:by:)``. Idempotent. Throws ``DeskFault/forbidden(_:)`` for the last administrator.
    public func suspend(_ subject: Subject, by requester: Requester) async throws(DeskFault) -> Subject {
        try requester.refuse(.suspend)
        guard requester.subject?.id != subject.id else { throw .forbidden("You cannot suspend yourself.") }
        guard subject.suspendedAt == nil, subject.endedAt == nil else { return subject }
        return try await changing(subject) { () throws(LedgerError) in
            try await ledger.suspend(
                subject.id, since: clock.now, event: event(.subjectSuspended, subject, requester))
        }
    }

    /// Lifts a person's suspension. Throws ``DeskFault/forbidden(_:)`` if the identity provider deactivated them:
    /// only the provider can reactivate them.
    public func resume(_ subject: Subject, by requester: Requester) async throws(DeskFault) -> Subject {
        try requester.refuse(subject.isAdministrator ? .resumeAdministrator : .resume)
        guard subject.suspendedAt != nil else {
            guard subject.deactivatedAt == nil else {
                throw .forbidden(
                    "\(subject.login) was deactivated by the identity provider, not here: reactivate the "
                        + "account there.")
            }
            return subject
        }
        return try await changing(subject) { () throws(LedgerError) in
            try await ledger.suspend(
                subject.id, since: nil, event: event(.subjectResumed, subject, requester))
        }
    }

    /// Removes a person's identities at the provider, which knows them by a new one, and ends their sessions. For
    /// ``LedgerLimits/releaseLasting``, whoever signs in with the same login and an unknown identity gets this account.
    public func releaseIdentity(of subject: Subject, by requester: Requester) async throws(DeskFault) {
        try requester.refuse(.letIn)
        guard requester.subject?.id != subject.id else {
            throw .forbidden(
                "You cannot release your own identity: another administrator can, or the command line.")
        }
        do throws(LedgerError) {
            try await ledger.releaseIdentities(
                of: subject.id,
                event: event(.identityReleased, subject, requester, detail: subject.login.text))
        } catch .noSuchIdentity {
            throw .forbidden(
                "\(subject.login) has no identity to release: they have never signed in through the provider, "
                    + "or it was already released.")
        } catch {
            throw .ledger(error)
        }
    }

    /// Creates the code for ``welcomeLink(_:at:)`` with which a person chooses a password. The code is a secret: whoever
    /// has it can become that person, so the event names the requester.
    public func invite(_ subject: Subject, by requester: Requester) async throws(DeskFault) -> String {
        try requester.refuse(.letIn)
        try refuseAccount(subject)
        do throws(LedgerError) {
            try await ledger.add(event(.subjectInvited, subject, requester))
            return try await accounts.invite(subject.id)
        } catch {
            throw .ledger(error)
        }
    }

    /// The link to the page where an invited person chooses a password.
    ///
    /// - Parameter address: the desk's public address, without a slash at its end.
    public static func welcomeLink(_ code: String, at address: String) -> String {
        "\(address)/welcome?code=\(code.percentEncoded)"
    }

    /// Sets a person's password and ends all their sessions.
    public func setPassword(_ password: String, of subject: Subject, by requester: Requester) async throws {
        try requester.refuse(.letIn)
        try refuseAccount(subject)
        let hash = try await accounts.hash(password, for: subject.login)
        do throws(LedgerError) {
            try await ledger.setPassword(
                hash, of: subject.id, keeping: nil, event: event(.passwordSet, subject, requester))
        } catch {
            throw DeskFault.ledger(error)
        }
    }

    /// Throws ``DeskFault/forbidden(_:)`` for a service account: what follows is for who can sign in.
    func refuseAccount(_ subject: Subject) throws(DeskFault) {
        guard subject.isPerson else {
            throw .forbidden(
                "\(subject.login) is a service account: it cannot sign in, and administers nothing.")
        }
    }

    /// Runs a change of a person. Throws ``DeskFault/personRemoved`` where they were removed, also while it ran, and
    /// ``DeskFault/forbidden(_:)`` for the last administrator.
    func changing<Value>(
        _ subject: Subject, _ change: () async throws(LedgerError) -> Value
    ) async throws(DeskFault) -> Value {
        do throws(LedgerError) {
            return try await change()
        } catch {
            switch error {
            case .lastAdministrator: throw .last(subject)
            case .noSuchSubject: throw subject.isPerson ? .personRemoved : .noSuchAccount
            default: throw .ledger(error)
            }
        }
    }

    func event(
        _ kind: Event.Kind, _ subject: Subject, _ requester: Requester, detail: String = ""
    ) -> Event {
        Event(
            kind, at: clock.now, actor: requester.subject?.id, by: requester.token?.id, subject: subject.id,
            address: requester.address,
            detail: detail)
    }
}
