public import Ledger
public import Tokens

extension PeopleDesk {
    /// The person of that identifier. Throws ``DeskFault/noSuchPerson``.
    public func person(_ id: SubjectID) async throws(DeskFault) -> Subject {
        let person = try await read { () throws(LedgerError) in try await ledger.subject(id) }
        guard let person else { throw .noSuchPerson }
        return person
    }

    /// The person of that login. Throws ``DeskFault/noSuchPerson``.
    public func person(login: Login) async throws(DeskFault) -> Subject {
        let person = try await read { () throws(LedgerError) in try await ledger.subject(login: login) }
        guard let person else { throw .noSuchPerson }
        return person
    }

    /// The logins of those of `ids` that there are.
    public func logins(of ids: [SubjectID]) async throws(DeskFault) -> [SubjectID: String] {
        try await read { () throws(LedgerError) in
            var logins: [SubjectID: String] = [:]
            for id in Set(ids) { logins[id] = try await ledger.subject(id)?.login.text }
            return logins
        }
    }

    /// The people whose login, name or e-mail address holds `search` (all for `nil`), by login.
    public func people(matching search: String?) async throws(DeskFault) -> [Subject] {
        try await read { () throws(LedgerError) in try await ledger.subjects(matching: search) }
    }

    /// People whose logins count as the same since an upgrade changed the folding; none but for that.
    public func peopleSharingLogins() async throws(DeskFault) -> [Subject] {
        try await read { () throws(LedgerError) in try await ledger.subjectsSharingLogin() }
    }

    /// Those who sign in through the provider and were not provisioned, where it provisions people.
    public func unprovisioned() async throws(DeskFault) -> Set<SubjectID> {
        try await read { () throws(LedgerError) in try await ledger.unprovisionedPeople() }
    }

    /// A person's groups by the way in which they came.
    public func groups(of id: SubjectID) async throws(DeskFault) -> GroupsByWay {
        try await read { () throws(LedgerError) in try await ledger.groups(of: id) }
    }

    /// Whether anybody administers.
    public func administration() async throws(DeskFault) -> AdministrationState {
        try await read { () throws(LedgerError) in try await ledger.administration() }
    }
}
