import Ledger
public import Tokens

/// What a person may let a program have.
extension AuthorizationDesk {
    /// Throws ``DeskFault/invalid(_:)`` with the faults of a decision: more than the program asked for, or what the rules
    /// for new tokens refuse. Throws ``DeskFault/needsApproval(_:)`` where others must approve such a token.
    public func check(
        _ decision: Authorization.Decision, of asked: Asked, for person: Subject, address: String
    ) async throws(DeskFault) {
        let requester = Requester.client(asked.tokenClient, of: person, address: address)
        if let id = decision.rotates {
            let former = try await tokens(of: person, at: asked.client)
            guard let token = former.first(where: { $0.token.id == id })?.token else { throw .noSuchToken }
            guard asked.includes(token) else {
                throw .invalid([
                    FieldFault(
                        "scopes",
                        "that token may do more than \(asked.clientTitle) asks for: choose a new one",
                        isWhole: true)
                ])
            }
            return
        }
        let beyond = asked.scopes.isEmpty ? [] : decision.scopes.filter { !asked.includes($0) }
        guard beyond.isEmpty, asked.scopes.isEmpty || !decision.scopes.isEmpty else {
            let what = beyond.isEmpty ? "every service" : beyond.joined(separator: ", ")
            throw .invalid([
                FieldFault("scopes", "\(asked.clientTitle) did not ask for \(what)", isWhole: true)
            ])
        }
        _ = try await tokens.checkedForClient(decision, for: person, by: requester, at: clock.now)
    }
}

extension AuthorizationDesk.Asked {
    /// Whether the scopes that it asks for include that one, in text form.
    fileprivate func includes(_ text: String) -> Bool {
        guard let scope = Scope(text) else {
            // The rules for new tokens say what is wrong with it.
            return true
        }
        return Scopes(scopes).covers(scope)
    }

    /// Whether a program that asks for this may get a new secret of `token`, which may do no more.
    public func includes(_ token: Token) -> Bool {
        guard !scopes.isEmpty else { return true }
        guard case .only(let all) = token.scopes else { return false }
        return all.allSatisfy(Scopes(scopes).covers)
    }
}

extension TokenDesk {
    /// Checks the token that a person lets a program have by the rules for new tokens.
    func checkedForClient(
        _ decision: Authorization.Decision, for person: Subject, by requester: Requester, at now: Timestamp
    ) async throws(DeskFault) -> CheckedToken {
        let new = NewToken(
            name: decision.name, scopes: decision.scopes, addresses: decision.addresses,
            expiresAt: decision.expiresAt, neverExpires: decision.neverExpires)
        let checked = try await check(new, for: person, by: requester, at: now)
        guard !person.isSuspended else {
            throw .forbidden("This account is suspended: it cannot create tokens.")
        }
        guard checked.approvers.isEmpty else { throw .needsApproval(checked.approvers) }
        return checked
    }
}
