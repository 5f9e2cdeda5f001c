public import Ledger
public import Tokens

/// New secrets for tokens, and the end of their previous ones.
extension TokenDesk {
    /// Gives the token `id` a new secret; the previous one works until the end of `overlap`. Without one, it works until
    /// everything has moved if the token was used in the last 30 days, and else no longer.
    ///
    /// A person who is signed in renews the token's lifetime: an expiry is as far ahead as it was when it was set. A
    /// token never moves an expiry, its own or another's. With `renaming`, the token gets a new identifier, and `id`
    /// becomes an alias. An
    /// `authorization` that a program redeems for the new secret is used up in the same transaction.
    public func rotate(
        _ id: TokenID, of owner: Subject, overlap: Overlap?, renaming: Bool = false, by requester: Requester,
        redeeming authorization: AuthorizationID? = nil
    ) async throws(DeskFault) -> Issued {
        let token = try await token(id, of: owner)
        try refuseRotation(of: token, of: owner, by: requester)
        let overlap = if let overlap { overlap } else { try await usualOverlap(of: id) }
        let now = clock.now
        let secret = format.makeSecret()
        let renews = !requester.isToken
        let renewed = renews ? token.expiresAt.map { now + ($0 - token.expirySetAt) } : token.expiresAt
        let expiresAt = renews ? try await limited(renewed, of: token, owner, at: now) : renewed
        let rotation = Rotation(
            secret: .make(at: now), digest: secret.digest, at: now, previousEndsAt: now + overlap.span,
            endsWhenMoved: overlap.endsWhenMoved, expiresAt: expiresAt,
            expirySetAt: renews ? now : token.expirySetAt, renames: renaming)
        let rotated = renaming ? rotation.secret.alias : id
        let event = Event(
            renaming ? .tokenRegenerated : .tokenRotated, at: now, actor: requester.subject?.id,
            by: requester.token?.id,
            subject: token.owner, token: rotated, address: requester.address,
            detail: (renaming ? "\(token.name) (was \(id))" : "\(token.name), \(overlap.words(from: now))")
                + requester.programWords)
        do throws(LedgerError) {
            let token =
                if let authorization {
                    try await ledger.rotate(id, rotation, redeeming: authorization, event: event)
                } else {
                    try await ledger.rotate(id, rotation, event: event)
                }
            return Issued(token: token, secret: secret)
        } catch {
            throw fault(error)
        }
    }

    /// The overlap for a token of which nobody chose one.
    private func usualOverlap(of id: TokenID) async throws(DeskFault) -> Overlap {
        try await uses(of: id).contains { $0.service != ServiceName.desk } ? .untilMoved : .none
    }

    private func refuseRotation(
        of token: Token, of owner: Subject, by requester: Requester
    ) throws(DeskFault) {
        try requester.refuse(.rotateToken)
        try refuseOthers(than: owner, requester)
        guard !owner.isSuspended else {
            throw .forbidden("This account is suspended: it cannot rotate tokens.")
        }
        guard token.isLasting else {
            throw .forbidden(
                "A program got this token in exchange for another: let the program ask again, "
                    + "or rotate the token that you gave it.")
        }
        // Whoever rotates a token sees its secret.
        if let service = servicesBeyond(requester, of: owner).first(where: { service in
            Access.allCases.contains { token.scopes.reach(service.name, $0) }
        }) {
            throw .forbidden(
                "This token may be used at \(service.title), and you may not use that yourself: ask a steward who "
                    + "may to rotate it.")
        }
        if case .token(let own) = requester.means, own.id == token.id, own.scopes.allow(.rotate) { return }
        for scope in DeskScope.allCases
        where token.scopes.allow(scope) && !mayGrant(scope, to: owner, requester) {
            throw .forbidden("A token that may \(scope.power) can be rotated only by \(scope.grantor.words).")
        }
    }

    /// Revokes the token of which a secret that has ended was used to rotate it, where the operator configured so: one of
    /// two holders of that secret has stolen it. Does nothing for any other secret.
    public func refuseReuse(of digest: TokenDigest, from address: String) async throws(DeskFault) {
        guard revokesReused else { return }
        let now = clock.now
        let found = try await read { () throws(LedgerError) in try await ledger.token(digest) }
        guard let (token, secret) = found, secret != token.secret, token.isWorking(at: now),
            try await !previousSecrets(of: token).contains(where: { $0.id == secret })
        else { return }
        let event = Event(
            .tokenRevoked, at: now, actor: nil, subject: token.owner, token: token.id, address: address,
            detail: "\(token.name), since a secret that had ended was used to rotate it")
        _ = try await read { () throws(LedgerError) in
            try await ledger.revoke(token.id, .init(at: now, by: nil, reason: .reused), event: event)
        }
    }

    /// Ends a previous secret of `token` alone. Does nothing where it has ended. Throws ``DeskFault/noSuchToken`` where
    /// it is the current one, or of another token.
    public func end(
        _ secret: SecretID, of token: Token, by requester: Requester
    ) async throws(DeskFault) {
        if requester.token?.id != token.id { try requester.refuse(.endSecret) }
        let now = clock.now
        guard try await previousSecrets(of: token).contains(where: { $0.id == secret }) else {
            guard secret != token.secret else { throw .noSuchToken }
            return
        }
        let event = event(
            .secretEnded, token, requester, at: now, detail: "\(token.name), the previous secret")
        do throws(LedgerError) {
            let revocation = Token.Revocation(at: now, by: requester.subject?.id, reason: .rotated)
            try await ledger.end(secret, revocation, event: event)
        } catch {
            throw fault(error)
        }
    }

    /// Ends all previous secrets of a token of `owner`, or of anybody if that is `nil`. Returns how many there were.
    @discardableResult
    public func endPrevious(
        of id: TokenID, of owner: Subject?, by requester: Requester
    ) async throws(DeskFault) -> Int {
        let token = try await token(id, of: owner)
        let previous = try await previousSecrets(of: token)
        for secret in previous { try await end(secret.id, of: token, by: requester) }
        return previous.count
    }
}

extension Overlap {
    /// What an event says of the previous secret.
    fileprivate func words(from now: Timestamp) -> String {
        if endsWhenMoved {
            return "the previous secret ends when everything has moved, or at \((now + span).rfc3339)"
        }
        return span.seconds == 0
            ? "the previous secret ended" : "the previous secret ends at \((now + span).rfc3339)"
    }
}

/// Previous secrets that end when everything has moved.
extension TokenDesk {
    /// How far the places that used a previous secret have moved.
    public func move(of token: Token, from previous: PreviousSecret) async throws(DeskFault) -> SecretMove {
        let since = previous.replacedAt - SecretMove.span
        return SecretMove(
            from: previous, to: token.secret, uses: try await uses(of: token.id, since: since))
    }

    /// Ends those of `before` from which everything has still moved. Returns the other previous secrets from which
    /// everything has moved, with which it is called again a few seconds later. Ends between two tokens when its task
    /// is cancelled.
    ///
    /// Each node writes its uses once a second, so a use can become known after a later one at another node.
    public func endMoved(_ before: Set<SecretID>) async throws(DeskFault) -> Set<SecretID> {
        let now = clock.now
        let moving = try await read { () throws(LedgerError) in try await ledger.tokensThatMove(at: now) }
        var moved = Set<SecretID>()
        for id in moving where !Task.isCancelled {
            let token = try await token(id, of: nil)
            for previous in try await previousSecrets(of: token) where previous.endsWhenMoved {
                let move = try await move(of: token, from: previous)
                guard move.isComplete else { continue }
                if before.contains(previous.id) {
                    try await end(previous, of: token, after: move)
                } else {
                    moved.insert(previous.id)
                }
            }
        }
        return moved
    }

    private func end(
        _ previous: PreviousSecret, of token: Token, after move: SecretMove
    ) async throws(DeskFault) {
        let now = clock.now
        let places = move.places.prefix(5).map { place in
            [place.service, place.address, place.client].filter { !$0.isEmpty }.joined(separator: " ")
        }
        let others = move.places.count > 5 ? " and \(move.places.count - 5) others" : ""
        let waited = places.isEmpty ? "its first use" : places.joined(separator: ", ") + others
        let event = Event(
            .secretEnded, at: now, actor: nil, subject: token.owner, token: token.id,
            detail: "\(token.name), the previous secret: \(Event.everythingMoved) (\(waited))")
        _ = try await read { () throws(LedgerError) in
            try await ledger.end(previous.id, .init(at: now, by: nil, reason: .rotated), event: event)
        }
    }
}

extension Event {
    fileprivate static let everythingMoved = "everything has moved"

    /// Whether it is the end of a previous secret that nobody ended: everything had moved to the new one.
    public var isAutomaticEnd: Bool {
        kind == .secretEnded && actor == nil && address.isEmpty && detail.contains(Self.everythingMoved)
    }
}
