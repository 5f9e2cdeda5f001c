internal import Ledger
public import Tokens

/// A token together with who it belongs to.
public struct OwnedToken: Hashable, Sendable {
    public let token: Token
    /// A person, or a service account.
    public let owner: Subject
    /// The owner, where that is a service account.
    public var account: Subject? { owner.isPerson ? nil : owner }

    public init(token: Token, owner: Subject) {
        self.token = token
        self.owner = owner
    }
}

/// What stewards may do with the tokens of a service account.
///
/// A steward grants no more than both the account and they themselves may use: stewardship is no way into a service.
/// Everything that shows a secret is therefore bound to the steward's own services; what takes a token away is not.
extension TokenDesk {
    /// A token that `person` manages: their own, or one of a service account whose steward they are. Throws
    /// ``DeskFault/noSuchToken`` for any other.
    public func managed(_ id: TokenID, by person: Subject) async throws(DeskFault) -> OwnedToken {
        let token = try await token(id, of: nil)
        guard token.owner != person.id else { return OwnedToken(token: token, owner: person) }
        let owner = try await owner(of: token)
        guard owner.isStewarded(by: person) else { throw .noSuchToken }
        return OwnedToken(token: token, owner: owner)
    }

    /// Anybody's token, for administrators and the operator. Throws ``DeskFault/noSuchToken``.
    public func owned(_ id: TokenID) async throws(DeskFault) -> OwnedToken {
        let token = try await token(id, of: nil)
        let owner = try await owner(of: token)
        return OwnedToken(token: token, owner: owner)
    }

    /// Whose a token is, whoever asks.
    public func owner(of token: Token) async throws(DeskFault) -> Subject {
        let owner = try await read { () throws(LedgerError) in try await ledger.subject(token.owner) }
        guard let owner else { throw .noSuchToken }
        return owner
    }

    /// The accounts whose steward a person is.
    func stewarded(by person: Subject) async throws(DeskFault) -> [Subject] {
        try await read { () throws(LedgerError) in try await ledger.accounts() }
            .filter { $0.isStewarded(by: person) }
    }

    /// The services that `requester` may grant to a token of `owner`.
    public func services(for owner: Subject, by requester: Requester) -> [Service] {
        let beyond = servicesBeyond(requester, of: owner).map(\.name)
        return services(for: owner).filter { !beyond.contains($0.name) }
    }

    /// The services of a service account that a steward may not use themselves; none for anybody else, and none for
    /// those who oversee, since they create nothing.
    public func servicesBeyond(_ requester: Requester, of owner: Subject) -> [Service] {
        guard let steward = requester.subject, requester.isSteward(of: owner),
            requester.grantedRight != .administration
        else { return [] }
        return services(for: owner).filter { !$0.admits(steward) }
    }

    /// Throws ``DeskFault/forbidden(_:)`` unless `requester` manages the tokens of `owner`.
    func refuseOthers(than owner: Subject, _ requester: Requester) throws(DeskFault) {
        guard requester.manages(owner) else {
            throw .forbidden("You are not a steward of \(owner.login): ask one of its stewards.")
        }
    }
}
