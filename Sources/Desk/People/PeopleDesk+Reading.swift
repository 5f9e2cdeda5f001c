public import Ledger
public import Tokens

extension PeopleDesk {
    /// Throws ``DeskFault/noSuchPerson``.
    public func person(_ id: SubjectID) async throws(DeskFault) -> Subject {
        let person = try await read { () throws(LedgerError) in try await ledger.subject(id) }
        guard let person else { throw .noSuchPerson }
        return person
    }

    /// Throws ``DeskFault/noSuchPerson``.
    public func person(login: Login) async throws(DeskFault) -> Subject {
        let person = try await read { () throws(LedgerError) in try await ledger.subject(login: login) }
        guard let person else { throw .noSuchPerson }
        return person
    }

    /// The logins of the people with these `ids`, without those that do not exist.
    public func logins(of ids: [SubjectID]) async throws(DeskFault) -> [SubjectID: String] {
        try await read { () throws(LedgerError) in
            try await ledger.subjects(Set(ids)).mapValues(\.login.text)
        }
    }

    /// A page of at most `query.limit` people or service accounts.
    public func list(_ query: SubjectQuery) async throws(DeskFault) -> SubjectPage {
        var more = try await measured(query)
        more.limit += 1
        let asked = more
        let found = try await read { () throws(LedgerError) in try await ledger.subjects(asked) }
        let shown = Array(found.prefix(query.limit))
        return SubjectPage(
            subjects: shown,
            next: found.count > shown.count ? shown.last?.cursor(in: query.order) : nil)
    }

    /// All people or service accounts that match, in the order of the query.
    public func everyone(_ query: SubjectQuery) async throws(DeskFault) -> [ListedSubject] {
        var query = query
        query.limit = 1000
        var found: [ListedSubject] = []
        repeat {
            let page = try await list(query)
            found += page.subjects
            query.after = page.next
        } while query.after != nil
        return found
    }

    /// The number of people or service accounts that match.
    public func count(_ query: SubjectQuery) async throws(DeskFault) -> Int {
        let query = try await measured(query)
        return try await read { () throws(LedgerError) in try await ledger.count(query) }
    }

    /// The query with who is dormant.
    private func measured(_ query: SubjectQuery) async throws(DeskFault) -> SubjectQuery {
        var query = query
        query.dormantSince = try await read { () throws(LedgerError) in
            try await ledger.signInPolicy()
        }?.latestDormantSignIn(at: query.now)
        return query
    }

    /// The newest events about a person or a service account, at most `limit`.
    public func events(about subject: Subject, limit: Int) async throws(DeskFault) -> [Event] {
        try await read { () throws(LedgerError) in
            try await ledger.events(about: subject.id, before: nil, limit: limit)
        }
    }

    /// People whose logins differ in spelling and count as the same, which only an upgrade of the folding can cause.
    public func peopleSharingLogins() async throws(DeskFault) -> [Subject] {
        try await read { () throws(LedgerError) in try await ledger.subjectsSharingLogin() }
    }

    /// People who sign in through the provider and were never provisioned; empty if nobody was.
    public func unprovisioned() async throws(DeskFault) -> Set<SubjectID> {
        try await read { () throws(LedgerError) in try await ledger.unprovisionedPeople() }
    }

    /// A person's groups, by where they come from.
    public func groups(of id: SubjectID) async throws(DeskFault) -> GroupsByWay {
        try await read { () throws(LedgerError) in try await ledger.groups(of: id) }
    }

    /// Whether there is or was an administrator.
    public func administration() async throws(DeskFault) -> AdministrationState {
        try await read { () throws(LedgerError) in try await ledger.administration() }
    }
}

/// A page of people or service accounts.
public struct SubjectPage: Hashable, Sendable {
    public let subjects: [ListedSubject]
    /// The cursor for the next page: its ``SubjectQuery/after``. `nil` on the last page.
    public let next: SubjectCursor?
}
