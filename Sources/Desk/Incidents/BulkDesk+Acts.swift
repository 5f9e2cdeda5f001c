public import Ledger
public import Tokens

extension BulkDesk {
    /// What to do with a selection.
    public enum Act: Hashable, Sendable {
        /// Pause for that long; `nil` until somebody resumes the tokens.
        case pause(TimeSpan?)
        case revoke
        /// Send their owners a notice, which says the reason.
        case notify
    }

    /// Changes the tokens of a selection, and those that it spares only where they are among `also`. When this returns, the
    /// change is in force here, and on other nodes as soon as they follow.
    ///
    /// - Parameter reason: what the events say, at most ``longestReason`` characters.
    public func apply(
        _ act: Act, to id: SelectionID, also: [TokenID] = [], because reason: String = "",
        by requester: Requester
    ) async throws(DeskFault) -> BulkResult {
        let selection = try await selection(id, by: requester)
        let note = try note(reason)
        let tokens = selection.tokens + selection.spared.filter(Set(also).contains)
        return try await change(tokens, act, note: note, requester)
    }

    /// Opens an incident and pauses the tokens of a selection, in one change.
    public func open(
        _ title: String, pausing id: SelectionID, also: [TokenID] = [], because reason: String = "",
        by requester: Requester
    ) async throws(DeskFault) -> (incident: Incident, result: BulkResult) {
        let selection = try await selection(id, by: requester)
        try requester.refuse(.pauseToken)
        let title = try title.incidentTitle()
        let note = try note(reason)
        let tokens = selection.tokens + selection.spared.filter(Set(also).contains)
        let now = clock.now
        let change = BulkChange(
            .pause(.incident, until: nil), tokens, event: event(.tokenPaused, requester, at: now), note: note)
        let new = NewIncident(title: title, by: requester.subject?.id, at: now)
        let opened = event(.incidentOpened, requester, at: now)
        let (incident, outcome) = try await urgently { () throws(LedgerError) in
            try await ledger.open(new, pausing: change, event: opened)
        }
        return (incident, try await result(of: outcome))
    }

    // MARK: Incidents

    /// Throws ``DeskFault/noSuchIncident``.
    public func incident(_ number: Int, by requester: Requester) async throws(DeskFault) -> IncidentReport {
        try requester.refuseUnlessOverseeing(.audit)
        let now = clock.now
        let found = try await read { () throws(LedgerError) in
            (try await ledger.incident(number), try await ledger.counts(of: number, at: now))
        }
        guard let incident = found.0 else { throw .noSuchIncident }
        return IncidentReport(incident: incident, counts: found.1)
    }

    /// A page of incidents, the newest first, and the number before which the next page goes on.
    public func reports(
        before: Int? = nil, limit: Int, by requester: Requester
    ) async throws(DeskFault) -> (reports: [IncidentReport], next: Int?) {
        try requester.refuseUnlessOverseeing(.audit)
        let now = clock.now
        let reports = try await read { () throws(LedgerError) in
            var reports: [IncidentReport] = []
            for incident in try await ledger.incidents(before: before, limit: limit + 1) {
                let counts = try await ledger.counts(of: incident.number, at: now)
                reports.append(IncidentReport(incident: incident, counts: counts))
            }
            return reports
        }
        let shown = Array(reports.prefix(limit))
        return (shown, reports.count > shown.count ? shown.last?.incident.number : nil)
    }

    /// A page of the tokens of an incident, and the cursor for the next page.
    public func tokens(
        of number: Int, in state: IncidentTokenState, after: TokenID? = nil, limit: Int = listed
    ) async throws(DeskFault) -> (tokens: [ListedToken], next: TokenID?) {
        let now = clock.now
        let found = try await read { () throws(LedgerError) in
            try await ledger.tokens(of: number, in: state, at: now, after: after, limit: limit + 1)
        }
        let shown = Array(found.prefix(limit))
        return (try await list(shown), found.count > shown.count ? shown.last : nil)
    }

    /// Ends the incident's pauses of these tokens, or of all that it pauses. A token that is paused for another reason, too,
    /// stays paused.
    public func release(
        _ tokens: [TokenID]? = nil, of number: Int, by requester: Requester
    ) async throws(DeskFault) -> BulkResult {
        let tokens = try await members(tokens, of: number, requester)
        if requester.token != nil { try await refuseReleaseAtDesk(tokens, requester) }
        let change = BulkChange(
            .release(incident: number), tokens, event: event(.tokenResumed, requester, at: clock.now),
            incident: number)
        return try await run(change)
    }

    /// Revokes these tokens, or all that the incident pauses.
    public func revoke(
        _ tokens: [TokenID]? = nil, of number: Int, by requester: Requester
    ) async throws(DeskFault) -> BulkResult {
        try await change(
            members(tokens, of: number, requester), .revoke, incident: number, requester)
    }

    /// Closes an incident none of whose tokens it still pauses. Throws ``DeskFault/incidentHasPauses(_:)``.
    @discardableResult
    public func close(_ number: Int, by requester: Requester) async throws(DeskFault) -> Incident {
        try requester.refuseUnlessAdministering()
        let event = event(.incidentClosed, requester, at: clock.now)
        return try await urgently { () throws(LedgerError) in try await ledger.close(number, event: event) }
    }

    /// The tokens to change: of those that are given, the ones that the incident pauses.
    private func members(
        _ tokens: [TokenID]?, of number: Int, _ requester: Requester
    ) async throws(DeskFault) -> [TokenID] {
        try requester.refuseUnlessAdministering()
        _ = try await incident(number, by: requester)
        let now = clock.now
        let paused = try await read { () throws(LedgerError) in
            try await ledger.tokens(
                of: number, in: .paused, at: now, after: nil, limit: TokenSelection.limit)
        }
        guard let tokens else { return paused }
        return paused.filter(Set(tokens).contains)
    }

    /// A token must not resume what lets others into the desk, see ``OversightAct``.
    private func refuseReleaseAtDesk(
        _ tokens: [TokenID], _ requester: Requester
    ) async throws(DeskFault) {
        var query = TokenQuery(states: Token.State.working, now: clock.now, limit: 1)
        query.among = tokens
        for scope in DeskScope.allCases {
            query.holding = scope
            let asked = query
            let found = try await read { () throws(LedgerError) in try await ledger.identifiers(asked) }
            if !found.isEmpty { try requester.refuse(.resumeTokenAtDesk) }
        }
    }

    // MARK: Changing

    private func change(
        _ tokens: [TokenID], _ act: Act, note: String = "", incident: Int? = nil, _ requester: Requester
    ) async throws(DeskFault) -> BulkResult {
        try requester.refuseUnlessAdministering()
        let now = clock.now
        switch act {
        case .pause(let span):
            try requester.refuse(.pauseToken)
            if let span, !TokenDesk.pauseSpans.contains(span) {
                let longest = TokenDesk.pauseSpans.upperBound.seconds
                throw .invalid([FieldFault("seconds", "must be from 60 to \(longest) (30 days)")])
            }
            let change = BulkChange(
                .pause(.administrator, until: span.map { now + $0 }), tokens,
                event: event(.tokenPaused, requester, at: now), note: note)
            return try await run(change)
        case .revoke:
            try requester.refuse(.revokeToken)
            let change = BulkChange(
                .revoke(.byAdministrator), tokens, event: event(.tokenRevoked, requester, at: now),
                note: note,
                incident: incident)
            return try await run(change)
        case .notify:
            try requester.refuse(.notifyOwner)
            guard !note.isEmpty else {
                throw .invalid([FieldFault("reason", "must say what the owners should know or do")])
            }
            return try await run(
                BulkChange(.notify, tokens, event: event(.ownerNotified, requester, at: now), note: note))
        }
    }

    private func run(_ change: BulkChange) async throws(DeskFault) -> BulkResult {
        let outcome = try await urgently { () throws(LedgerError) in try await ledger.change(change) }
        return try await result(of: outcome)
    }

    private func result(of outcome: BulkOutcome) async throws(DeskFault) -> BulkResult {
        BulkResult(
            changed: outcome.changed.count, left: outcome.left.count, someLeft: try await list(outcome.left))
    }

    /// Before other changes, as a revocation is made.
    private func urgently<Value: Sendable>(
        _ body: () async throws(LedgerError) -> Value
    ) async throws(DeskFault) -> Value {
        do throws(LedgerError) {
            return try await LedgerPriority.$isUrgent.withValue(true) {
                () async -> Result<Value, LedgerError> in
                do throws(LedgerError) { return .success(try await body()) } catch { return .failure(error) }
            }.get()
        } catch {
            switch error {
            case .noSuchIncident: throw .noSuchIncident
            case .incidentHasPauses(let count): throw .incidentHasPauses(count)
            default: throw .ledger(error)
            }
        }
    }

    private func event(
        _ kind: Event.Kind, _ requester: Requester, at now: Timestamp
    ) -> Event {
        Event(
            kind, at: now, actor: requester.subject?.id, by: requester.token?.id, address: requester.address)
    }

    /// The reason as a part of each event's detail.
    private func note(_ reason: String) throws(DeskFault) -> String {
        let reason = reason.trimmedLine
        guard reason.count <= Self.longestReason else {
            throw .invalid([FieldFault("reason", "must have at most \(Self.longestReason) characters")])
        }
        return reason.isEmpty ? "" : ": \(reason)"
    }
}

/// What a bulk change did.
public struct BulkResult: Hashable, Sendable {
    /// How many tokens were changed.
    public let changed: Int
    /// How many were left as they were, since they had changed meanwhile.
    public let left: Int
    /// The first of these.
    public let someLeft: [ListedToken]
}

/// An incident with what became of its tokens.
public struct IncidentReport: Hashable, Sendable {
    public let incident: Incident
    public let counts: [IncidentTokenState: Int]
}

extension String {
    /// The text on one line, without spaces around it.
    fileprivate var trimmedLine: String {
        split { $0.isWhitespace || $0.isNewline }.joined(separator: " ")
    }

    /// The title of an incident. Throws ``DeskFault/invalid(_:)`` where it is empty or too long.
    fileprivate func incidentTitle() throws(DeskFault) -> String {
        let title = trimmedLine
        guard !title.isEmpty, title.count <= Incident.longestTitle else {
            throw .invalid([FieldFault("title", "must have 1 to \(Incident.longestTitle) characters")])
        }
        return title
    }
}
