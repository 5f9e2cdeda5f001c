public import Ledger
public import Tokens

/// What administrators and the operator can do with service accounts. Pages, API and command line have no other way.
///
/// Only an administrator at a browser and the operator create accounts and decide which groups and services one has; an
/// account never gets the groups of its stewards. Its tokens are its stewards' business, see ``TokenDesk``.
public struct AccountDesk: Sendable {
    let ledger: any SubjectLedger & AccountLedger & EventLedger
    let clock: Clock
    /// The services there are; `nil` where they are not known.
    let services: [Service]?
    /// The logins that accounts have.
    public let logins: LoginPattern
    /// How long the tokens of an account without a steward go on working.
    public let grace: TimeSpan
    let known: KnownAccounts
    /// The groups whose members are administrators.
    let administratorGroups: [String]

    public init(
        ledger: any SubjectLedger & AccountLedger & EventLedger, clock: Clock, services: [Service]?,
        logins: LoginPattern = .standard, grace: TimeSpan = TokenPolicy.standardGrace,
        known: KnownAccounts = KnownAccounts(), administratorGroups: [String] = []
    ) {
        self.ledger = ledger
        self.clock = clock
        self.services = services
        self.logins = logins
        self.grace = grace
        self.known = known
        self.administratorGroups = administratorGroups
    }

    // MARK: Read

    /// All accounts, by login.
    public func accounts() async throws(DeskFault) -> [Subject] {
        try await read { () throws(LedgerError) in try await ledger.accounts() }
    }

    /// The accounts that `person` is a steward of, by login.
    public func accounts(stewardedBy person: Subject) async throws(DeskFault) -> [Subject] {
        try await accounts().filter { $0.isStewarded(by: person) }
    }

    /// All accounts, by login, as this node knows them: for what every page asks.
    public func knownAccounts() async throws(DeskFault) -> [Subject] {
        try await known.accounts(at: clock.steady) { () throws(DeskFault) in try await accounts() }
    }

    /// Throws ``DeskFault/noSuchAccount``.
    public func account(_ id: SubjectID) async throws(DeskFault) -> Subject {
        let found = try await accountOrFormer(id)
        guard found.endedAt == nil else { throw .noSuchAccount }
        return found
    }

    /// An account, also one that was removed. Throws ``DeskFault/noSuchAccount``.
    public func accountOrFormer(_ id: SubjectID) async throws(DeskFault) -> Subject {
        let found = try await read { () throws(LedgerError) in try await ledger.subject(id) }
        guard let found, !found.isPerson else { throw .noSuchAccount }
        return found
    }

    /// Throws ``DeskFault/noSuchAccount``.
    public func account(login text: String) async throws(DeskFault) -> Subject {
        let login: Login
        do { login = try Login(text) } catch { throw .noSuchAccount }
        let found = try await read { () throws(LedgerError) in try await ledger.subject(login: login) }
        guard let found, !found.isPerson else { throw .noSuchAccount }
        return found
    }

    /// The people who may manage the tokens of an account now, by login.
    public func stewards(of account: Subject) async throws(DeskFault) -> [Subject] {
        try await stewards(of: [account])[account.id] ?? []
    }

    /// The people who may manage the tokens of each account now, by login.
    public func stewards(of accounts: [Subject]) async throws(DeskFault) -> [SubjectID: [Subject]] {
        guard !accounts.isEmpty else { return [:] }
        let people = try await read { () throws(LedgerError) in try await ledger.stewards(of: accounts) }
        // Of very many people in very many groups, each is compared with those accounts only that name one of them.
        var (byGroup, byName) = ([String: Set<Int>](), [SubjectID: Set<Int>]())
        for (index, account) in accounts.enumerated() {
            for group in account.account?.owners ?? [] { byGroup[group, default: []].insert(index) }
            for person in account.account?.stewards ?? [] { byName[person, default: []].insert(index) }
        }
        var found: [SubjectID: [Subject]] = [:]
        for person in people {
            let named = person.groups.reduce(into: byName[person.id] ?? []) {
                $0.formUnion(byGroup[$1] ?? [])
            }
            for index in named where accounts[index].isStewarded(by: person) {
                found[accounts[index].id, default: []].append(person)
            }
        }
        return found
    }

    /// A page of at most `limit` events about an account and its tokens older than `before`, newest first, and the
    /// cursor for the next page.
    public func events(
        about account: Subject, before: EventID? = nil, limit: Int
    ) async throws(DeskFault) -> (events: [Event], next: EventID?) {
        try await read { () throws(LedgerError) in
            try await ledger.events(about: account.id, before: before, limit: limit + 1)
        }.page(limit)
    }

    /// The people who are named as stewards, also those who are not active, in the order in which they were named.
    public func named(in account: ServiceAccount) async throws(DeskFault) -> [Subject] {
        try await read { () throws(LedgerError) in
            var found: [Subject] = []
            for id in account.stewards {
                if let person = try await ledger.subject(id) { found.append(person) }
            }
            return found
        }
    }

    // MARK: Change

    /// Creates an account. Throws ``DeskFault/invalid(_:)`` with the faults of all fields at once.
    public func add(_ new: AccountDraft, by requester: Requester) async throws(DeskFault) -> Subject {
        try refuseOthers(requester)
        try refuse(requester, groups: new.groups)
        let subject = try await checked(new)
        do throws(LedgerError) {
            try await ledger.add(
                subject,
                event: event(
                    .subjectAdded, subject, requester, detail: "\(subject.login), a service account"))
        } catch .loginTaken {
            throw .invalid([FieldFault("login", "is already taken")])
        } catch {
            throw .ledger(error)
        }
        return try await self.account(subject.id)
    }

    /// Replaces what an account is, but its login. Returns it as it now is; no event is kept where nothing changes.
    ///
    /// Throws ``DeskFault/invalid(_:)`` with the faults of all fields at once.
    public func edit(
        _ id: SubjectID, to wanted: AccountDraft, by requester: Requester
    ) async throws(DeskFault) -> Subject {
        try refuseOthers(requester)
        let subject = try await account(id)
        let wanted = try await checked(subject, as: wanted)
        try refuseChange(of: subject, to: wanted, by: requester)
        do throws(LedgerError) {
            var changed = subject
            if let account = wanted.account, let title = try? PersonName(wanted.name),
                account != subject.account || !title.text.isExactly(subject.name)
            {
                changed = try await ledger.change(
                    id, title: title, account: account,
                    event: event(.accountChanged, subject, requester, detail: subject.login.text))
            }
            let move = GroupChange(from: subject.groups, to: wanted.groups)
            guard !(move.adding.isEmpty && move.removing.isEmpty) else { return changed }
            return try await ledger.changeGroups(
                of: id, adding: move.adding, removing: move.removing,
                event: event(.subjectGroupsChanged, subject, requester, detail: move.words))
        } catch .noSuchSubject {
            throw .noSuchAccount
        } catch {
            throw .ledger(error)
        }
    }

    /// Removes an account for good. When this returns, its tokens are revoked everywhere, and its login is free again.
    public func remove(_ id: SubjectID, by requester: Requester) async throws(DeskFault) {
        try refuseOthers(requester)
        let subject = try await account(id)
        do throws(LedgerError) {
            try await ledger.remove(
                id, event: event(.subjectEnded, subject, requester, detail: subject.login.text))
        } catch .noSuchSubject {
            throw .noSuchAccount
        } catch {
            throw .ledger(error)
        }
    }

    /// Throws ``DeskFault/forbidden(_:)`` unless `requester` may manage service accounts.
    public func refuseOthers(_ requester: Requester) throws(DeskFault) {
        try requester.refuse(.changeAccounts)
        guard requester.mayManageAccounts else {
            throw .forbidden("Service accounts are managed by administrators, in the browser.")
        }
    }

    // MARK: Check

    /// The account that `new` would be. Throws ``DeskFault/invalid(_:)`` with the faults of all fields at once.
    func checked(_ new: AccountDraft) async throws(DeskFault) -> Subject {
        var check = AccountCheck(services: services, logins: logins, now: clock.now)
        let people = try await people(new.stewards, &check)
        let (login, title) = (check.login(new.login), check.title(new.title, login: new.login))
        let account = check.account(new, stewards: people)
        let groups = check.groups(new.groups)
        guard check.faults.isEmpty, let login, let title else { throw .invalid(check.faults) }
        let now = clock.now
        return Subject(
            id: .make(at: now), login: login, name: title.text, groups: groups, createdAt: now,
            account: account)
    }

    /// What `subject` would be with all of `wanted` but its login. Throws ``DeskFault/invalid(_:)`` likewise.
    func checked(_ subject: Subject, as wanted: AccountDraft) async throws(DeskFault) -> Subject {
        var check = AccountCheck(services: services, logins: logins, now: clock.now)
        check.former = subject.account
        let people = try await people(wanted.stewards, &check)
        let title = check.title(wanted.title, login: subject.login.text)
        var account = check.account(wanted, stewards: people)
        let groups = check.groups(wanted.groups)
        guard check.faults.isEmpty, let title else { throw .invalid(check.faults) }
        account.unattendedSince = subject.account?.unattendedSince
        var changed = subject
        (changed.name, changed.groups, changed.account) = (title.text, groups, account)
        return changed
    }

    /// Throws ``DeskFault/forbidden(_:)`` where a token that oversees cannot make this change.
    func refuseChange(
        of subject: Subject, to wanted: Subject, by requester: Requester
    ) throws(DeskFault) {
        if requester.subject?.id == subject.id { try requester.refuse(.changeOwner) }
        let change = GroupChange(from: subject.groups, to: wanted.groups)
        try refuse(requester, groups: change.adding + change.removing)
    }

    /// Throws ``DeskFault/forbidden(_:)`` where a token that oversees cannot put an account into `groups`.
    func refuse(_ requester: Requester, groups: [String]) throws(DeskFault) {
        guard administratorGroups.sharesAny(of: groups) else { return }
        try requester.refuse(.changeAdministratorGroups)
    }

    /// The people whom a draft names as stewards; those that there are not are faults.
    private func people(
        _ logins: [String], _ check: inout AccountCheck
    ) async throws(DeskFault) -> [Subject] {
        var people: [Subject] = []
        for text in logins.prefix(ServiceAccount.stewardLimit + 1) {
            let login = try? Login(text)
            let found = try await read { () throws(LedgerError) -> Subject? in
                guard let login else { return nil }
                return try await ledger.subject(login: login)
            }
            if let found, found.isPerson {
                if !people.contains(where: { $0.id == found.id }) { people.append(found) }
            } else {
                check.refuseSteward(text, isAccount: found != nil)
            }
        }
        return people
    }

    private func event(
        _ kind: Event.Kind, _ subject: Subject, _ requester: Requester, detail: String
    ) -> Event {
        Event(
            kind, at: clock.now, actor: requester.subject?.id, by: requester.token?.id, subject: subject.id,
            address: requester.address,
            detail: detail)
    }
}
