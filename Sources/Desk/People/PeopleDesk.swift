public import Ledger
public import SignIn
public import Tokens

/// What can be done with people, for the administrator's pages and the command line alike.
///
/// Throws ``DeskFault``, and ``SignInFault`` where a password is not taken.
public struct PeopleDesk: Sendable {
    let ledger: any Ledger
    let accounts: LocalAccounts
    let clock: Clock
    let provider: ProviderRule

    /// A desk over `ledger`, which leaves to the identity provider what `provider` says.
    public init(
        ledger: any Ledger, accounts: LocalAccounts, clock: Clock, provider: ProviderRule = ProviderRule()
    ) {
        self.ledger = ledger
        self.accounts = accounts
        self.clock = clock
        self.provider = provider
    }

    /// A person as somebody typed them.
    public struct Draft: Hashable, Sendable {
        /// The login.
        public var login: String
        /// The name; the login where there is none.
        public var name: String?
        /// The e-mail address, if any.
        public var email: String?
        /// The groups that they are in.
        public var groups: [String]
        /// Whether they may see and end what belongs to others.
        public var isAdministrator: Bool
        /// Whether they may sign in with a password where an identity provider signs in everybody else.
        public var isBreakGlass: Bool

        /// A draft of those parts.
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

    /// Adds a person, with a password or, where that is `nil`, to be invited. Says of every field at
    /// once what is wrong with it.
    public func add(_ draft: Draft, password: String?, by requester: Requester) async throws -> Subject {
        let subject = try check(draft)
        guard let password else {
            try await add(subject, by: requester)
            return subject
        }
        // Hashed first, so that nobody is added whose password is not taken.
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
            throw .invalid([FieldFault("login", "belongs to somebody else")])
        } catch {
            throw .ledger(error)
        }
    }

    private func check(_ draft: Draft) throws(DeskFault) -> Subject {
        var faults: [FieldFault] = []
        func read<Value>(_ field: String, _ make: () throws(TextFault) -> Value) -> Value? {
            do {
                return try make()
            } catch {
                faults.append(FieldFault(field, error.description))
                return nil
            }
        }
        let login = read("login") { () throws(TextFault) in try Login(new: draft.login) }
        let name = draft.name.flatMap { text in
            read("name") { () throws(TextFault) in try PersonName(text) }
        }
        let email = draft.email.flatMap { text in
            read("email") { () throws(TextFault) in try EmailAddress(text) }
        }
        faults += GroupChange.faults(of: draft.groups)
        guard faults.isEmpty, let login else { throw .invalid(faults) }
        let now = clock.now
        return Subject(
            id: .make(at: now), login: login, name: name?.text, email: email?.text,
            groups: draft.groups.uniqued(), isAdministrator: draft.isAdministrator, createdAt: now,
            isBreakGlass: draft.isBreakGlass)
    }

    /// Refuses all of a person's tokens and ends their sessions, until they are resumed. When this
    /// returns it holds. Nothing happens where they are suspended already. The last administrator is not.
    public func suspend(_ subject: Subject, by requester: Requester) async throws(DeskFault) -> Subject {
        guard requester.subject?.id != subject.id else { throw .forbidden("You cannot suspend yourself.") }
        guard subject.suspendedAt == nil, subject.endedAt == nil else { return subject }
        do throws(LedgerError) {
            return try await ledger.suspend(
                subject.id, since: clock.now, event: event(.subjectSuspended, subject, requester))
        } catch .lastAdministrator {
            throw .last(subject)
        } catch {
            throw .ledger(error)
        }
    }

    /// Lets a suspended person's tokens pass again, and the person sign in. Who was deactivated by the
    /// identity provider stays so until that reactivates them.
    public func resume(_ subject: Subject, by requester: Requester) async throws(DeskFault) -> Subject {
        guard subject.suspendedAt != nil else {
            guard subject.deactivatedAt == nil else {
                throw .forbidden(
                    "\(subject.login) was deactivated by the identity provider, and not here: reactivate the "
                        + "account there, and it tells Jeton.")
            }
            return subject
        }
        do throws(LedgerError) {
            return try await ledger.suspend(
                subject.id, since: nil, event: event(.subjectResumed, subject, requester))
        } catch {
            throw .ledger(error)
        }
    }

    /// Takes from a person the identities that they sign in by at the provider, which calls them otherwise now,
    /// and ends their sessions. For ``LedgerLimits/releaseLasting`` whoever signs in with the same login and
    /// an identity that is nobody's is this person.
    public func releaseIdentity(of subject: Subject, by requester: Requester) async throws(DeskFault) {
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
                "\(subject.login) has no identity to release: nobody has signed in by a provider as them, or it "
                    + "was released before.")
        } catch {
            throw .ledger(error)
        }
    }

    /// Makes a one-time link's code with which a person chooses a password. The code is a secret. Whoever
    /// holds it can become that person, so it is remembered who asked for it.
    public func invite(_ subject: Subject, by requester: Requester) async throws(DeskFault) -> String {
        do throws(LedgerError) {
            try await ledger.add(event(.subjectInvited, subject, requester))
            return try await accounts.invite(subject.id)
        } catch {
            throw .ledger(error)
        }
    }

    /// The address behind which whom `code` invites chooses a password, at a desk that is reached at `address`.
    public static func welcomeLink(_ code: String, at address: String) -> String {
        "\(address)/welcome?code=\(code.percentEncoded)"
    }

    /// Gives a person another password; all their browsers are signed out.
    public func setPassword(_ password: String, of subject: Subject, by requester: Requester) async throws {
        let hash = try await accounts.hash(password, for: subject.login)
        do throws(LedgerError) {
            try await ledger.setPassword(
                hash, of: subject.id, keeping: nil, event: event(.passwordSet, subject, requester))
        } catch {
            throw DeskFault.ledger(error)
        }
    }

    func event(
        _ kind: Event.Kind, _ subject: Subject, _ requester: Requester, detail: String = ""
    ) -> Event {
        Event(
            kind, at: clock.now, actor: requester.subject?.id, subject: subject.id,
            address: requester.address,
            detail: detail)
    }
}
