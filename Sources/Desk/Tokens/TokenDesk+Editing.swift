internal import Ledger
public import Tokens

/// Changes of a token that need no new secret.
extension TokenDesk {
    /// Changes a token of `owner`, and the tokens that were exchanged for it. Returns it as it now is; keeps an event only
    /// where something changed.
    ///
    /// Throws ``DeskFault/invalid(_:)`` with the faults of all fields at once, ``DeskFault/notActive`` where the token
    /// has ended, and ``DeskFault/forbidden(_:)`` for exchanged tokens.
    @discardableResult
    public func edit(
        _ id: TokenID, of owner: Subject, _ edit: TokenEdit, by requester: Requester
    ) async throws(DeskFault) -> Token {
        // Somebody else may change the token between reading and writing it.
        for _ in 0..<3 {
            let token = try await token(id, of: owner)
            let now = clock.now
            let policy = try await tokenPolicy()
            let wanted = try judge(edit, of: token, owner, by: requester, under: policy, at: now)
            guard wanted != token else { return token }
            try refuseUnbinding(token, to: wanted, of: owner, under: policy)
            let event = event(
                .tokenChanged, token, requester, at: now, detail: wanted.changes(from: token))
            do throws(DeskFault) {
                return try await change(token) { current throws(LedgerError) in
                    guard current.isWorking(at: now) else { throw .notActive }
                    guard current.attributes == token.attributes else { throw .changedMeanwhile }
                    current.attributes = wanted.attributes
                    return [event]
                }
            } catch .ledger(.changedMeanwhile) {
                continue
            }
        }
        throw .ledger(.changedMeanwhile)
    }

    /// What `edit` would make of a token. Throws as ``edit(_:of:_:by:)`` does.
    func edited(
        _ token: Token, of owner: Subject, _ edit: TokenEdit, by requester: Requester
    ) async throws(DeskFault) -> Token {
        let policy = try await tokenPolicy()
        let wanted = try judge(edit, of: token, owner, by: requester, under: policy, at: clock.now)
        try refuseUnbinding(token, to: wanted, of: owner, under: policy)
        return wanted
    }

    private func judge(
        _ edit: TokenEdit, of token: Token, _ owner: Subject, by requester: Requester,
        under policy: TokenPolicy, at now: Timestamp
    ) throws(DeskFault) -> Token {
        try requester.refuse(.editToken)
        try refuseOthers(than: owner, requester)
        guard !owner.isSuspended else {
            throw .forbidden("This account is suspended: it cannot change tokens.")
        }
        guard token.isLasting else {
            throw .forbidden(
                "A program got this token in exchange for another: change that one, and this one changes with it."
            )
        }
        guard token.isWorking(at: now) else { throw .notActive }
        var check = TokenEditCheck(
            token,
            check: newTokenCheck(
                for: owner, by: requester,
                grantable: Set(DeskScope.allCases.filter { token.scopes.allow($0) })),
            format: format, at: now)
        let wanted = try check.apply(edit)
        // A leaked token must not be able to reach from elsewhere what it may manage.
        if !token.addresses.cover(wanted.addresses) {
            try requester.refuse(.widenToken)
            guard requester.has(owner) else {
                throw .forbidden("Only \(owner.login) can give this token more addresses.")
            }
            let approvers = policy.approval.approvers(of: wanted.scopes)
            if !approvers.isEmpty { throw .invalid([.widened(approvers)]) }
            for scope in DeskScope.allCases
            where token.scopes.allow(scope) && !mayGrant(scope, to: owner, requester) {
                throw .forbidden(
                    "A token that may \(scope.power) can be given more addresses only by \(scope.grantor.words)."
                )
            }
        }
        return wanted
    }
}

extension Token {
    /// What can be edited.
    fileprivate struct Attributes: Hashable {
        let name: TokenName
        let description: String
        let scopes: Scopes
        let addresses: [AddressRange]
        let expiresAt: Timestamp?
        let expirySetAt: Timestamp
    }

    fileprivate var attributes: Attributes {
        get {
            Attributes(
                name: name, description: description, scopes: scopes, addresses: addresses,
                expiresAt: expiresAt, expirySetAt: expirySetAt)
        }
        set {
            name = newValue.name
            description = newValue.description
            scopes = newValue.scopes
            addresses = newValue.addresses
            expiresAt = newValue.expiresAt
            expirySetAt = newValue.expirySetAt
        }
    }

    /// What an event says of the change from `old`: the fields, with what they were where that is short.
    func changes(from old: Token) -> String {
        func short(_ texts: [String], otherwise: String) -> String {
            let text = texts.isEmpty ? otherwise : texts.joined(separator: " ")
            let beginning = text.beginning(bytes: 200)
            return beginning == text ? text : beginning + "…"
        }
        func words(_ token: Token) -> (scopes: String, addresses: String) {
            (
                short(token.scopes.list.map(\.text), otherwise: "every service"),
                short(token.addresses.map(\.description), otherwise: "anywhere")
            )
        }
        let (before, after) = (words(old), words(self))
        let parts = [
            name == old.name ? nil : "name (was “\(old.name)”)",
            description == old.description ? nil : "description",
            scopes == old.scopes ? nil : "scopes to \(after.scopes) (were \(before.scopes))",
            addresses == old.addresses ? nil : "addresses to \(after.addresses) (were \(before.addresses))",
            expiresAt == old.expiresAt
                ? nil : "expiry to \(expiresAt?.rfc3339 ?? "none") (was \(old.expiresAt?.rfc3339 ?? "none"))",
        ]
        return "\(name): " + parts.compactMap(\.self).joined(separator: "; ")
    }
}
