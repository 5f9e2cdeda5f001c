import Ledger
public import Tokens

/// Pausing tokens and resuming them.
extension TokenDesk {
    /// How long a token can be paused: from a minute to 30 days.
    public static let pauseSpans = TimeSpan.minutes(1)...TimeSpan.days(30)

    /// Pauses a token of `owner`, or of anybody if that is `nil`, which is for administrators and the operator. When
    /// this returns, the token is refused everywhere, and works again by itself after `span`.
    ///
    /// A token has one pause of each source, so a second pause replaces the first. Throws ``DeskFault/notActive`` where
    /// the token has ended, and ``DeskFault/invalid(_:)`` where `span` is not within ``pauseSpans``.
    @discardableResult
    public func pause(
        _ id: TokenID, of owner: Subject?, for span: TimeSpan, by requester: Requester
    ) async throws(DeskFault) -> Token {
        guard Self.pauseSpans.contains(span) else {
            throw .invalid([
                FieldFault("seconds", "must be from 60 to \(Self.pauseSpans.upperBound.seconds) (30 days)")
            ])
        }
        try requester.refuse(.pauseToken)
        let token = try await token(id, of: owner)
        let now = clock.now
        let pause = Pause(
            source: requester.pauses(token, of: owner), at: now, until: now + span, by: requester.subject?.id)
        let event = event(
            .tokenPaused, token, requester, at: now, detail: "\(token.name), until \((now + span).rfc3339)")
        return try await change(token) { token throws(LedgerError) in
            guard token.isWorking(at: now) else { throw .notActive }
            token.pauses = token.pauses.adding(pause)
            return [event]
        }
    }

    /// Lifts the pauses of a token that the requester may lift: its owner the owner's own and those of the operator's
    /// rules, an administrator and the operator all of them. The time without a use counts anew from then on. Does nothing where there are none. Throws ``DeskFault/forbidden(_:)`` where only others may
    /// lift those in force.
    @discardableResult
    public func resume(
        _ id: TokenID, of owner: Subject?, by requester: Requester
    ) async throws(DeskFault) -> Token {
        let token = try await token(id, of: owner)
        try requester.refuse(token.scopes.isAtDesk ? .resumeTokenAtDesk : .resumeToken)
        let now = clock.now
        let source = requester.pauses(token, of: owner)
        if let other = token.pauses.inForce(at: now).first(where: { !source.lifts($0) }),
            !token.pauses.contains(where: source.lifts)
        {
            throw .forbidden(other.isInherited ? Self.resumeParent : Self.resumeElsewhere)
        }
        let event = event(.tokenResumed, token, requester, at: now, detail: token.name.text)
        return try await change(token) { token throws(LedgerError) in
            let kept = token.pauses.filter { !source.lifts($0) }
            guard kept.count < token.pauses.count else { return [] }
            if token.pauses.contains(where: \.isOfPolicy) { token.resumedAt = now }
            token.pauses = kept
            return [event]
        }
    }

    /// Whether ``resume(_:of:by:)`` would lift a pause of the token that is in force now.
    public func mayResume(_ token: Token, of owner: Subject? = nil, by requester: Requester) -> Bool {
        token.pauses.inForce(at: clock.now).contains(where: requester.pauses(token, of: owner).lifts)
    }

    private static let resumeParent =
        "This token was paused with the one that it was exchanged for: resume that one."
    private static let resumeElsewhere =
        "You did not pause this token: ask an administrator to resume it."

    func change(
        _ token: Token, _ body: @escaping @Sendable (inout Token) throws(LedgerError) -> [Event]
    ) async throws(DeskFault) -> Token {
        do throws(LedgerError) {
            return try await ledger.change(token.id, at: clock.now, body)
        } catch {
            throw fault(error)
        }
    }
}

extension Requester {
    /// The source of a pause that it makes. Of the tokens that others manage, only an administrator pauses any.
    fileprivate func pauses(_ token: Token, of owner: Subject?) -> Pause.Source {
        subject?.id == token.owner || owner?.id == token.owner ? .owner : .administrator
    }
}

extension Pause {
    /// Whether the operator's rules paused the token itself, since nobody used it.
    var isOfPolicy: Bool { source == .policy && !isInherited }
}

extension Pause.Source {
    /// Whether who pauses with this source may lift `pause`.
    fileprivate func lifts(_ pause: Pause) -> Bool {
        !pause.isInherited && (self != .owner || pause.source == .owner || pause.source == .policy)
    }
}
