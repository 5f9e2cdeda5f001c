internal import Ledger
internal import SQL
internal import Tokens

// Whether a service account has an active steward is decided when somebody changes, and not when it is asked: the
// moment in which the last one left has to be known. Looking through all people at each change would be slow, so
// an account remembers one of its stewards in `attended_by`. Only where that one changed is there more to do. The
// engines let one transaction write at a time, so of two stewards who leave at once the second finds nobody.

extension Transaction {
    /// Decides again for every account that a subject in `changes` may be a steward of.
    func settleStewards(after changes: ArraySlice<Change>, at now: Timestamp) throws {
        for case .subject(let subject) in changes {
            if subject.isPerson {
                for account in try stewardship(of: subject) { try settle(account, at: now) }
            } else if subject.endedAt == nil {
                try settle(subject, at: now)
            }
        }
    }

    /// The accounts that `person` attends to and can no longer, and those that wait for a steward like them.
    private func stewardship(of person: Subject) throws -> [Subject] {
        let found = try statement(
            """
            SELECT \(Subject.columns) FROM subjects
            WHERE \(Subject.isAccount) AND (attended_by = ?1 OR attended_by IS NULL)
            """
        ).all([person.id]) { try $0.subject() }
        return found.filter {
            $0.account.map { ($0.unattendedSince == nil) != $0.isSteward(person) } ?? false
        }
    }

    /// Decides whether an account has an active steward.
    func settle(_ subject: Subject, at now: Timestamp) throws {
        guard let account = subject.account else { return }
        let attendant = try steward(of: account)
        let since = attendant == nil ? account.unattendedSince ?? now : nil
        let changed = try statement(
            """
            UPDATE subjects SET attended_by = ?2, unattended_since = ?3
            WHERE id = ?1 AND (attended_by IS DISTINCT FROM ?2 OR unattended_since IS DISTINCT FROM ?3)
            RETURNING \(Subject.columns)
            """
        ).first(subject.id, attendant?.id, since) { try $0.subject() }
        guard let changed, since != account.unattendedSince else { return }
        notify(.subject(changed))
        try insert(
            Event(
                attendant == nil ? .accountUnattended : .accountAttended, at: now, actor: nil,
                subject: subject.id, detail: subject.login.text))
    }

    /// One of the account's stewards who is active.
    private func steward(of account: ServiceAccount) throws -> Subject? {
        for id in account.stewards {
            let named = try statement("SELECT \(Subject.columns) FROM subjects WHERE id = ?")
                .first(id) { try $0.subject() }
            if let named, account.isSteward(named) { return named }
        }
        for group in account.owners {
            var found: Subject?
            // The text finds candidates; `isSteward` reads the list.
            try statement(
                """
                SELECT \(Subject.columns) FROM subjects
                WHERE \(Subject.isActive) AND purpose IS NULL
                    AND \(database.dialect.holds("?1", in: "groups"))
                """
            ).forEach([TextList.join([group])]) { row in
                let person = try row.subject()
                if account.isSteward(person) { found = person }
                return found == nil
            }
            if let found { return found }
        }
        return nil
    }
}
