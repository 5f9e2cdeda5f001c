internal import Ledger
internal import SQL
internal import Tokens

// What is erased of a person who was removed, some time after that. Tokens, their uses and events stay, since without them
// nobody can tell what a leaked secret did; they refer to the person by the identifier alone.

extension Transaction {
    /// Erases who a removed person was.
    func erase(_ person: Subject) throws {
        let placeholder = Subject.removedLogin(person.id)
        let erased = try statement(
            """
            UPDATE subjects SET login = ?2, login_folded = \(Subject.erasedKey), name = ?2, name_folded = ?3,
                is_break_glass = 0, last_sign_in_at = NULL, external_id_at = NULL, released_at = NULL,
                signed_in_at = NULL, signed_in_from = NULL, must_sign_in_since = NULL,
                revision = revision + 1
            WHERE id = ?1 RETURNING \(Subject.columns)
            """
        ).first(person.id, placeholder, placeholder.folded) { try $0.subject() }
        guard let erased else { throw LedgerError.noSuchSubject }
        try eraseEvents(about: person, placeholder)
        try statement("UPDATE token_requests SET reason = '' WHERE requester = ?").run(person.id)
        try forgetNotices(about: person)
        try eraseReports(of: person, placeholder)
        notify(.subject(erased))
    }

    /// Erases who reported leaks.
    private func eraseReports(of person: Subject, _ placeholder: String) throws {
        try statement("UPDATE leaks SET reporter = ?2 WHERE reported_by = ?1").run(person.id, placeholder)
        try statement(
            """
            UPDATE events SET detail = replace(detail, ?2, ?3)
            WHERE actor = ?1 AND kind = '\(Event.Kind.leakReported.rawValue)'
            """
        ).run(person.id, "found by \(person.login.text)", "found by \(placeholder)")
    }

    /// Erases what events say about a person, and from where they acted. Those about tokens keep what was granted.
    private func eraseEvents(about person: Subject, _ placeholder: String) throws {
        let kinds = Event.Kind.allCases.filter(\.isAboutPerson).map { "'\($0.rawValue)'" }
        try statement(
            "UPDATE events SET detail = '' WHERE subject = ? AND kind IN (\(kinds.joined(separator: ", ")))"
        ).run(person.id)
        try statement("UPDATE events SET address = '' WHERE actor = ?").run(person.id)
        // Somebody who is not known may have been them.
        try statement("UPDATE events SET address = '' WHERE subject = ? AND actor IS NULL").run(person.id)
        // That somebody knows a secret which they handed over is said of the account that has the token now.
        try statement(
            """
            UPDATE events SET detail = replace(detail, ?2, ?3)
            WHERE kind = '\(Event.Kind.rotationDue.rawValue)' AND token IN (
                SELECT token FROM events WHERE subject = ?1 AND kind = '\(Event.Kind.tokenHandedOver.rawValue)')
            """
        ).run(person.id, "known to \(person.login.text),", "known to \(placeholder),")
    }
}

extension Subject {
    /// The `login_folded` of a person who was erased. No login contains a colon.
    static let erasedKey = "':' || CAST(id AS TEXT)"
}

extension Event.Kind {
    /// Whether the detail may say who its subject is: a login, groups, or why a sign-in was refused.
    fileprivate var isAboutPerson: Bool {
        switch self {
        case .subjectAdded, .subjectChanged, .subjectPromoted, .subjectDemoted, .subjectGroupsChanged,
            .subjectSuspended, .subjectResumed, .subjectDeactivated, .subjectReactivated, .subjectJoined,
            .subjectNotProvisioned, .subjectEnded, .identityReleased, .provisioningRefused, .subjectInvited,
            .passwordSet, .newBrowser, .signedIn, .signInRefused, .signedOut, .signedOutEverywhere,
            .groupsLeftOut, .signalReceived:
            true
        default: false
        }
    }
}
