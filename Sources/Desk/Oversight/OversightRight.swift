internal import Ledger
public import Tokens

/// How far somebody oversees what belongs to others.
public enum OversightRight: Hashable, Sendable, Comparable {
    /// Reading what administrators see.
    case audit
    /// Acting on it, too.
    case administration

    /// The least scope with which a token has it.
    public var scope: DeskScope {
        switch self {
        case .audit: .audit
        case .administration: .admin
        }
    }
}

extension Requester {
    /// How far it oversees what belongs to others; `nil` for not at all. A token has no such right before
    /// ``TokenDesk/overseer(_:for:)`` has judged it.
    public var oversight: OversightRight? { isAdministrator ? .administration : grantedRight }

    /// Throws ``DeskFault/forbidden(_:)`` for whoever does not administer.
    func refuseUnlessAdministering() throws(DeskFault) { try refuseUnlessOverseeing(.administration) }

    /// Throws ``DeskFault/forbidden(_:)`` for whoever has less than that right.
    func refuseUnlessOverseeing(_ right: OversightRight) throws(DeskFault) {
        guard let oversight, oversight >= right else { throw .forbidden("Only administrators may do this.") }
    }
}

/// Who oversees: administrators at a browser, the operator, and tokens with `jeton:admin` or `jeton:audit`.
///
/// Such a token is judged whenever it is used, as one with `jeton:scim` is, so that nothing has to be revoked when its
/// owner administers no longer. That of a service account works while the operator consents to it, and while one of the
/// account’s active stewards is an administrator.
extension TokenDesk {
    /// `requester` with the right to oversee. Throws ``DeskFault/forbidden(_:)``, which says what is missing.
    public func overseer(
        _ requester: Requester, for right: OversightRight
    ) async throws(DeskFault) -> Requester {
        guard let token = requester.token, let owner = requester.subject else {
            try requester.refuseUnlessAdministering()
            return requester.overseeing(.administration)
        }
        guard let found = token.scopes.oversight, found >= right else {
            throw .forbidden(
                "This needs a token with the scope \(right.scope.text)"
                    + (right == .audit ? " or \(DeskScope.admin.text)." : "."))
        }
        if owner.isPerson {
            guard owner.isAdministrator else { throw .forbidden(Self.noLongerAdministrator) }
        } else {
            try await refuseUnlessOverseen(owner)
        }
        return requester.overseeing(found)
    }

    private static let noLongerAdministrator =
        "The owner of this token is no longer an administrator: use a token of another administrator."

    /// Throws ``DeskFault/forbidden(_:)`` unless a service account may oversee, and an administrator attends to it.
    private func refuseUnlessOverseen(_ account: Subject) async throws(DeskFault) {
        guard mayOversee(account) else {
            throw .forbidden(
                "The operator does not let \(account.login) oversee the desk (accounts.may_oversee).")
        }
        let administrators = try await read { () throws(LedgerError) in try await ledger.administrators() }
        guard administrators.contains(where: account.isStewarded) else {
            throw .forbidden(
                "No steward of \(account.login) is an administrator any longer: make one a steward of it.")
        }
    }

    /// Whether the operator lets a service account oversee.
    func mayOversee(_ account: Subject) -> Bool { overseers.contains { $0.matches(account.login) } }

    // MARK: Granting

    /// The scopes at the desk itself that `requester` may give to a token of `owner`.
    public func grantable(to owner: Subject, by requester: Requester) -> Set<DeskScope> {
        Set(DeskScope.allCases.filter { mayGrant($0, to: owner, requester) })
    }

    /// Whether a token of `owner` may get this scope at the desk itself: not by a token, since a leaked token must not be
    /// able to create others like it.
    func mayGrant(_ scope: DeskScope, to owner: Subject, _ requester: Requester) -> Bool {
        guard !requester.isToken, isPossible(scope, for: owner) else { return false }
        if requester.isClient { return scope.isForClients }
        switch scope.grantor {
        case .person: return true
        case .administrator: return owner.isPerson ? owner.isAdministrator : requester.isAdministrator
        }
    }

    /// Whether any token of `owner` may have this scope at the desk itself.
    func isPossible(_ scope: DeskScope, for owner: Subject) -> Bool {
        guard !owner.isPerson else { return true }
        switch scope.accountUse {
        case .never: return false
        case .always: return true
        case .withConsent: return mayOversee(owner)
        }
    }
}

extension Scopes {
    /// The right that they give.
    var oversight: OversightRight? {
        [OversightRight.administration, .audit].first { allow($0.scope) }
    }
}
