internal import Ledger
internal import SQL
internal import Tokens

// What is erased of a person who is removed. Tokens, their uses and events stay, since without them nobody can tell what a
// leaked secret did; they refer to the person by the identifier alone.

extension Transaction {
    /// Erases what says who an ended person is. Returns the subject as it now is.
    func erase(_ person: Subject, at now: Timestamp) throws -> Subject {
        let placeholder = Subject.removedLogin(person.id)
        let erased = try statement(
            """
            UPDATE subjects SET login = ?2, login_folded = ?3 || ':' || id, name = ?2, name_folded = ?3,
                is_break_glass = 0, last_sign_in_at = NULL, external_id_at = NULL, released_at = NULL,
                signed_in_at = NULL, signed_in_from = NULL
            WHERE id = ?1 RETURNING \(Subject.columns)
            """
        ).first(person.id, placeholder, placeholder.folded) { try $0.subject() }
        guard let erased else { throw LedgerError.noSuchSubject }
        try eraseEvents(about: person, placeholder)
        try eraseRequests(of: person.id, at: now)
        return erased
    }

    /// Erases what events say of a person beside the identifier. Those about tokens keep the names of tokens.
    private func eraseEvents(about person: Subject, _ placeholder: String) throws {
        let kinds = Event.Kind.allCases.filter(\.isAboutPerson).map { "'\($0.rawValue)'" }
        try statement(
            "UPDATE events SET detail = '' WHERE subject = ? AND kind IN (\(kinds.joined(separator: ", ")))"
        ).run(person.id)
        // That somebody knows a secret which they handed over is said of the account that has the token now.
        try statement(
            """
            UPDATE events SET detail = replace(detail, ?2, ?3)
            WHERE kind = '\(Event.Kind.rotationDue.rawValue)' AND token IN (
                SELECT token FROM events WHERE subject = ?1 AND kind = '\(Event.Kind.tokenHandedOver.rawValue)')
            """
        ).run(person.id, "known to \(person.login.text),", "known to \(placeholder),")
    }

    /// Withdraws what the person asked for, and erases the reasons that they wrote.
    private func eraseRequests(of person: SubjectID, at now: Timestamp) throws {
        try statement("UPDATE token_requests SET reason = '' WHERE requester = ?").run(person)
        try statement(
            """
            UPDATE token_requests SET stage = '\(TokenRequest.State.withdrawn.rawValue)', settled_at = ?2
            WHERE (requester = ?1 OR owner = ?1) AND stage IN ('open', 'approved')
            """
        ).run(person, now)
    }
}

extension Event.Kind {
    /// Whether the detail may say who its subject is: a login, groups, or why a sign-in was refused.
    fileprivate var isAboutPerson: Bool {
        switch self {
        case .subjectAdded, .subjectChanged, .subjectPromoted, .subjectDemoted, .subjectGroupsChanged,
            .subjectSuspended, .subjectResumed, .subjectDeactivated, .subjectReactivated, .subjectJoined,
            .subjectNotProvisioned, .subjectEnded, .identityReleased, .provisioningRefused, .subjectInvited,
            .passwordSet, .signedIn, .signInRefused, .signedOut, .signedOutEverywhere, .groupsLeftOut:
            true
        default: false
        }
    }
}
