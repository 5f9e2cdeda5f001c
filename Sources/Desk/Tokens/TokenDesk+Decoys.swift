public import Ledger
public import Tokens

/// Decoys: what looks like a token and never works, to be left where nobody should look.
extension TokenDesk {
    /// A new decoy with its secret, which is kept nowhere else.
    public struct IssuedDecoy: Sendable {
        public let decoy: Decoy
        public let secret: TokenSecret
    }

    /// Creates a decoy for `owner`, whom a try of it concerns. Throws ``DeskFault/invalid(_:)`` for a name that no token could
    /// have, and at ``LedgerLimits/decoysPerSubject``.
    ///
    /// - Parameter name: where it is left, such as `wiki, page Deployment`.
    public func createDecoy(
        _ name: String, for owner: Subject, by requester: Requester
    ) async throws(DeskFault) -> IssuedDecoy {
        try requester.refuse(.createToken)
        try refuseOthers(than: owner, requester)
        let now = clock.now
        guard let named = try? TokenName(name) else {
            throw .invalid([
                FieldFault("name", "must have 1 to 100 characters, none of them a control character")
            ])
        }
        guard format.secret(in: name) == nil else {
            throw .invalid([FieldFault("name", "must not contain a secret")])
        }
        let decoy = Decoy(id: .make(at: now), owner: owner.id, name: named, createdAt: now)
        let secret = format.makeSecret()
        let event = event(.decoyCreated, decoy, requester, at: now)
        do throws(LedgerError) {
            try await ledger.add(decoy, digest: secret.digest, event: event)
        } catch {
            guard error == .tooManyTokens else { throw fault(error) }
            throw .invalid([
                FieldFault(
                    "name", "There are \(LedgerLimits.decoysPerSubject) decoys already: revoke one first",
                    isWhole: true)
            ])
        }
        return IssuedDecoy(decoy: decoy, secret: secret)
    }

    /// The most decoys that a list has.
    static let decoyLimit = 1000

    /// The decoys of `owner`, or of everybody where that is `nil`, which is for administrators; those that were revoked last.
    public func decoys(of owner: Subject?) async throws(DeskFault) -> [Decoy] {
        try await read { () throws(LedgerError) in
            try await ledger.decoys(of: owner?.id, limit: Self.decoyLimit)
        }
    }

    /// A decoy of `owner`, or of anybody where that is `nil`. Throws ``DeskFault/noSuchToken`` for any other.
    public func decoy(_ id: TokenID, of owner: Subject?) async throws(DeskFault) -> Decoy {
        let known = try await read { () throws(LedgerError) in try await ledger.decoy(id) }
        guard let known, owner.map({ $0.id == known.owner }) ?? true else { throw .noSuchToken }
        return known
    }

    /// Revokes a decoy: from then on nobody is told of tries. Throws ``DeskFault/noSuchToken``, also for one that the
    /// requester does not manage.
    @discardableResult
    public func revokeDecoy(
        _ id: TokenID, of owner: Subject?, by requester: Requester
    ) async throws(DeskFault) -> Decoy {
        try requester.refuse(.revokeToken)
        let decoy = try await decoy(id, of: owner)
        let now = clock.now
        let event = event(.decoyRevoked, decoy, requester, at: now)
        do throws(LedgerError) {
            return try await ledger.revokeDecoy(id, at: now, event: event)
        } catch {
            throw fault(error)
        }
    }

    private func event(
        _ kind: Event.Kind, _ decoy: Decoy, _ requester: Requester, at now: Timestamp
    ) -> Event {
        Event(
            kind, at: now, actor: requester.subject?.id, by: requester.token?.id, subject: decoy.owner,
            token: decoy.id, address: requester.address, detail: decoy.name.text)
    }
}
