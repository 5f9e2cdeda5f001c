internal import Ledger
public import Tokens

/// The operator's rules about tokens, and what they would do.
extension TokenDesk {
    /// How many tokens are read at a time.
    private static let countedPage = 1000

    /// Counts what a policy would end: by default the one in force, at the services of this desk.
    ///
    /// Changes nothing. Takes a second for some ten thousand tokens.
    ///
    /// - Parameters:
    ///   - services: the services to count at, where they are not those of this desk.
    ///   - at: the moment to count at, instead of that from which each section is enforced.
    public func count(
        by candidate: TokenPolicy? = nil, services others: [Service]? = nil, at: Timestamp? = nil
    ) async throws(DeskFault) -> PolicyCount {
        let policy = if let candidate { candidate } else { try await tokenPolicy() }
        let now = clock.now
        var counter = PolicyCounter(policy, services: others ?? knownServices, now: now, at: at)
        var query = TokenQuery(states: Token.State.working, now: now, limit: Self.countedPage)
        while true {
            let page = try await tokens(query)
            for listed in page { counter.add(listed) }
            guard page.count == query.limit, let last = page.last else { return counter.count() }
            query.before = last.token.secret
        }
    }

    /// What the rules allow `owner`, for a form and for scripts of `requester`.
    public func offer(to owner: Subject, by requester: Requester) async throws(DeskFault) -> TokenOffer {
        TokenOffer(try await tokenPolicy(), to: owner, services: services(for: owner, by: requester))
    }
}
