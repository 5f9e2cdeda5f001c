public import Tokens

/// Subjects: people and service accounts, and the identities that people sign in by.
public protocol SubjectLedger: Sendable {
    /// Adds a subject. Throws ``LedgerError/loginTaken`` where another has its login (folded).
    func add(_ subject: Subject, event: Event) async throws(LedgerError)
    func subject(_ id: SubjectID) async throws(LedgerError) -> Subject?
    /// The subjects with these identifiers, without those that do not exist.
    func subjects(_ ids: Set<SubjectID>) async throws(LedgerError) -> [SubjectID: Subject]
    /// Finds a subject by its login, see ``Tokens/Login/folded``. Where several fold alike, only one whose login has
    /// the same bytes is found.
    func subject(login: Login) async throws(LedgerError) -> Subject?
    /// The subjects whose folded logins are equal, by login. There are none unless an upgrade changed the folding.
    func subjectsSharingLogin() async throws(LedgerError) -> [Subject]
    /// How many subjects there are whose account is not closed.
    func subjectCounts() async throws(LedgerError) -> SubjectCounts
    /// One page of a list of people or service accounts, in the order of ``SubjectQuery/order``.
    func subjects(_ query: SubjectQuery) async throws(LedgerError) -> [ListedSubject]
    /// The number of people or service accounts that match, on all pages.
    func count(_ query: SubjectQuery) async throws(LedgerError) -> Int
    /// How a person signs in. Throws ``LedgerError/noSuchSubject``.
    func signInWays(of id: SubjectID) async throws(LedgerError) -> SignInWays
    /// Replaces a subject, except its identifier, its creation and last sign-in (which its sessions move), and
    /// its deactivation and end (which only its identity provider decides).
    ///
    /// Throws ``LedgerError/noSuchSubject``, also where the account has ended, and ``LedgerError/loginTaken``.
    func update(_ subject: Subject, event: Event) async throws(LedgerError)
    /// Suspends a subject and ends all its sessions; `since: nil` lifts the suspension. Returns the subject as it now
    /// is.
    ///
    /// Throws ``LedgerError/noSuchSubject``, and ``LedgerError/lastAdministrator`` where no administrator would be
    /// left.
    @discardableResult
    func suspend(_ id: SubjectID, since: Timestamp?, event: Event) async throws(LedgerError) -> Subject

    /// Changes what a person is called, and nothing else. Returns the subject as it now is.
    ///
    /// Throws ``LedgerError/noSuchSubject`` where there is no such person, or where they were removed,
    /// ``LedgerError/loginTaken`` and ``LedgerError/loginReserved``.
    @discardableResult
    func rename(_ id: SubjectID, to naming: PersonNaming, event: Event) async throws(LedgerError) -> Subject
    /// Removes a person for good, as ``ProvisioningLedger/end(_:at:event:)`` does, also one whom no provider sees.
    ///
    /// Throws ``LedgerError/noSuchSubject`` where there is no such person, or where they were removed, and
    /// ``LedgerError/lastAdministrator`` where no administrator would be left.
    func removePerson(_ id: SubjectID, event: Event) async throws(LedgerError)

    // MARK: Roles and groups

    /// Whether the desk has an administrator.
    func administration() async throws(LedgerError) -> AdministrationState
    /// The administrators who are active, by login.
    func administrators() async throws(LedgerError) -> [Subject]
    /// Grants or withdraws the administrator's role. Returns the subject as it now is; nothing happens where it has
    /// that role already.
    ///
    /// Throws ``LedgerError/noSuchSubject``, also where the account has ended, and ``LedgerError/lastAdministrator``
    /// where no administrator would be left: of two who withdraw each other's role at once, one keeps it.
    @discardableResult
    func appoint(_ id: SubjectID, administrator: Bool, event: Event) async throws(LedgerError) -> Subject
    /// Adds and removes groups that the desk assigns; provisioned groups stay. Returns the subject as it now is; no
    /// event is kept where nothing changes.
    ///
    /// Throws ``LedgerError/noSuchSubject``, also where the account has ended, and ``LedgerError/tooManyGroups``
    /// beyond ``GroupName/limit``.
    @discardableResult
    func changeGroups(
        of id: SubjectID, adding: [String], removing: [String], event: Event
    ) async throws(LedgerError) -> Subject

    // MARK: Identities

    /// Adds a subject with the identity that it signs in by. Throws ``LedgerError/identityTaken`` where
    /// another subject has the identity, and ``LedgerError/loginTaken``.
    func add(_ subject: Subject, identity: Identity, event: Event) async throws(LedgerError)
    func subject(of identity: Identity) async throws(LedgerError) -> Subject?
    /// Replaces what an identity provider asserts of a subject at a sign-in: a suspension stays, provisioned groups
    /// stay, and so does the login of a provisioned person, since only provisioning writes it. Returns the subject
    /// as it now is, with all its groups.
    ///
    /// Throws ``LedgerError/noSuchSubject`` and ``LedgerError/loginTaken``.
    @discardableResult
    func update(_ id: SubjectID, to profile: Profile, event: Event) async throws(LedgerError) -> Subject
}

/// How many subjects there are.
public struct SubjectCounts: Hashable, Sendable {
    public let people: Int
    public let accounts: Int

    public init(people: Int, accounts: Int) {
        self.people = people
        self.accounts = accounts
    }
}

/// Whether the desk has an administrator.
public enum AdministrationState: Hashable, Sendable {
    /// There are no accounts.
    case noAccounts
    /// There are accounts, but there has never been an administrator.
    case neverAdministered
    /// There was an administrator, but none could sign in now.
    case noLongerAdministered
    /// There is an administrator who can sign in.
    case administered

    /// Whether there has never been an administrator, so that the link to the first administrator's account works.
    public var isBeforeFirst: Bool { self == .noAccounts || self == .neverAdministered }
}
