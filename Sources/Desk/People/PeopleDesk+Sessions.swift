public import Ledger
import SignIn
public import Tokens

/// The browsers in which people are signed in, for administrators.
extension PeopleDesk {
    /// The person's sessions that can still be used, the most recently seen first.
    public func sessions(of subject: Subject) async throws(DeskFault) -> [Session] {
        try await read { () throws(LedgerError) in try await accounts.sessions.all(of: subject.id) }
    }

    /// Ends a session of a person: the browser's next request, at any node, finds nobody signed in. Returns it; `nil`
    /// where they have no such session, or where it has ended.
    public func endSession(
        _ id: SessionID, of subject: Subject, by requester: Requester
    ) async throws(DeskFault) -> Session? {
        try requester.refuse(.endSessions)
        guard let session = try await sessions(of: subject).first(where: { $0.id == id }) else { return nil }
        let client = session.client.beginning(bytes: 100)
        let ended = try await read { () throws(LedgerError) in
            try await ledger.end(
                id,
                event: event(
                    .signedOut, subject, requester,
                    detail: [client, session.address].filter { !$0.isEmpty }.joined(separator: ", ")))
        }
        return ended ? session : nil
    }

    /// Ends all sessions of a person, and returns how many there were. No event is kept where there were none.
    @discardableResult
    public func endSessions(of subject: Subject, by requester: Requester) async throws(DeskFault) -> Int {
        try requester.refuse(.endSessions)
        let count = try await sessions(of: subject).count
        guard count > 0 else { return 0 }
        try await read { () throws(LedgerError) in
            try await ledger.endSessions(
                of: subject.id, keeping: nil, event: event(.signedOutEverywhere, subject, requester))
        }
        return count
    }
}
