public import Ledger
public import Tokens

extension SubjectLedger {
    /// The people whose login, name or e-mail contains `search` (all for `nil`), by login, and those who were removed.
    public func subjects(matching search: String?) async throws(LedgerError) -> [Subject] {
        var found: [Subject] = []
        for state in [nil, SubjectState.removed] {
            let query = SubjectQuery(
                .person, search: search, state: state, limit: 10_000, now: Timestamp(seconds: 0))
            found += try await subjects(query).map(\.subject)
        }
        return found
    }
}
