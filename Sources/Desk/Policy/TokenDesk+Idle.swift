import Ledger
import Tokens

/// Tokens that nobody uses: the operator's rules `tokens.idle`, for all services and for one.
extension TokenDesk {
    /// How many tokens are looked at together, and how many are changed at most in one call.
    private static let idlePage = 200
    private static let idleLimit = 2000

    /// Pauses and revokes the tokens that nobody has used for as long as the rules say, and lifts the pauses that they no
    /// longer demand. Returns whether there may be more to do at once. Ends between two tokens when its task is cancelled.
    ///
    /// Any number of nodes may do this at the same time: what one has done, another leaves.
    ///
    /// - Parameter again: whether this node has done so before: then there is nothing to lift where there are no rules.
    @discardableResult
    public func enforceIdleRules(again: Bool = false) async throws(DeskFault) -> Bool {
        let policy = try await tokenPolicy()
        guard !again || policy.hasIdleRules else { return false }
        let now = clock.now
        var changes = try await forEachIdle(\.revoke, policy, at: now) { listed, span throws(DeskFault) in
            try await revokeIdle(listed, after: span, at: now)
        }
        changes += try await forEachIdle(\.pause, policy, at: now) { listed, span throws(DeskFault) in
            try await pauseIdle(listed, after: span, at: now)
        }
        changes += try await liftPauses(policy, at: now)
        return changes >= Self.idleLimit
    }

    /// Calls `body` for the working tokens that nobody has used for as long as the sections allow that hold for them, with
    /// that time. Returns how many it changed.
    private func forEachIdle(
        _ rule: KeyPath<IdleRules, TimeSpan?>, _ policy: TokenPolicy, at now: Timestamp,
        body: (ListedToken, TimeSpan) async throws(DeskFault) -> Bool
    ) async throws(DeskFault) -> Int {
        guard let shortest = policy.shortestIdleSpan(rule, at: now) else { return 0 }
        var query = TokenQuery(states: Token.State.working, now: now, limit: Self.idlePage)
        query.unusedSince = now - shortest
        return try await forEach(query) { (listed) async throws(DeskFault) in
            guard let span = policy.exceededIdleSpan(rule, by: listed, among: knownServices, at: now) else {
                return false
            }
            return try await body(listed, span)
        }
    }

    /// Calls `body` for the tokens of a list until it has changed ``idleLimit``. Returns how many it changed.
    private func forEach(
        _ start: TokenQuery, body: (ListedToken) async throws(DeskFault) -> Bool
    ) async throws(DeskFault) -> Int {
        var query = start
        var changes = 0
        while changes < Self.idleLimit {
            let page = try await tokens(query)
            for listed in page {
                guard !Task.isCancelled else { return changes }
                if try await body(listed) { changes += 1 }
            }
            guard page.count == query.limit, let last = page.last else { break }
            query.before = last.token.secret
        }
        return changes
    }

    private func revokeIdle(
        _ listed: ListedToken, after span: TimeSpan, at now: Timestamp
    ) async throws(DeskFault) -> Bool {
        let token = listed.token
        let event = Event(
            .tokenRevoked, at: now, actor: nil, subject: token.owner, token: token.id,
            detail: "\(token.name), since nobody used it for \(span.longWords)")
        _ = try await read { () throws(LedgerError) in
            try await ledger.revoke(token.id, .init(at: now, by: nil, reason: .idle), event: event)
        }
        return true
    }

    private func pauseIdle(
        _ listed: ListedToken, after span: TimeSpan, at now: Timestamp
    ) async throws(DeskFault) -> Bool {
        let token = listed.token
        guard !token.pauses.contains(where: \.isOfPolicy) else { return false }
        let event = Event(
            .tokenPaused, at: now, actor: nil, subject: token.owner, token: token.id,
            detail: "\(token.name), since nobody used it for \(span.longWords)")
        let pause = Pause(source: .policy, at: now, until: nil, by: nil)
        _ = try await change(token) { token throws(LedgerError) in
            let isDone = token.pauses.contains(where: \.isOfPolicy) || !token.isWorking(at: now)
            // Resumed by another node's visitor meanwhile.
            guard !isDone, token.resumedAt.map({ $0 + span <= now }) ?? true else { return [] }
            token.pauses.append(pause)
            return [event]
        }
        return true
    }

    /// Lifts the pauses of tokens that nobody uses which the rules no longer demand.
    private func liftPauses(_ policy: TokenPolicy, at now: Timestamp) async throws(DeskFault) -> Int {
        let query = TokenQuery(states: [.paused], now: now, limit: Self.idlePage)
        return try await forEach(query) { (listed) async throws(DeskFault) in
            let token = listed.token
            guard token.pauses.contains(where: \.isOfPolicy),
                policy.exceededIdleSpan(\.pause, by: listed, among: knownServices, at: now) == nil
            else { return false }
            let event = Event(
                .tokenResumed, at: now, actor: nil, subject: token.owner, token: token.id,
                detail: "\(token.name), since the rule about tokens that nobody uses was loosened")
            _ = try await change(token) { token throws(LedgerError) in
                guard token.pauses.contains(where: \.isOfPolicy) else { return [] }
                token.pauses.removeAll(where: \.isOfPolicy)
                return [event]
            }
            return true
        }
    }
}
