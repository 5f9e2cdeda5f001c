import Ledger
public import Tokens

/// Tokens that programs get in exchange for the one that a person gave them.
extension TokenDesk {
    /// Creates a token for a program in exchange for `parent`, which the program presented.
    ///
    /// It has the parent's scopes at services, addresses and expiry, and is revoked with the parent. It replaces the
    /// token that the same application on the same device got from the same `place`.
    public func exchange(
        _ parent: Token, of owner: Subject, application: String, device: String, from place: String,
        by requester: Requester
    ) async throws(DeskFault) -> Issued {
        guard parent.isLasting else {
            throw .forbidden(
                "This token was itself got in exchange for another: use a token that was created on My Tokens."
            )
        }
        guard let scopes = parent.scopes.withoutTheDesk else {
            throw .forbidden("This token has no access to any service, so it cannot be exchanged.")
        }
        let (name, device) = try named(application, device)
        let now = clock.now
        let token = Token(
            id: .make(at: now), owner: owner.id, name: name, scopes: scopes, addresses: parent.addresses,
            createdAt: now, origin: .exchange(Token.Exchange(parent: parent.secret, device: device)),
            expiresAt: parent.expiresAt)
        let secret = format.makeSecret()
        let event = event(
            .tokenCreated, token, requester, at: now,
            detail: "\(name), in exchange for \(parent.name) (\(parent.id))")
        do throws(LedgerError) {
            try await ledger.exchange(token, digest: secret.digest, from: place, event: event)
        } catch .tooManyTokens {
            throw try await tooMany(for: parent, of: owner)
        } catch {
            throw fault(error)
        }
        return Issued(token: token, secret: secret)
    }

    /// The refusal of another exchange for `parent`, which names the three tokens that were unused the longest.
    private func tooMany(for parent: Token, of owner: Subject) async throws(DeskFault) -> DeskFault {
        let exchanged = try await exchanged(for: parent)
        guard exchanged.count >= LedgerLimits.activeExchangesPerToken else { return fault(.tooManyTokens) }
        let idle = exchanged.sorted {
            ($0.lastUse?.lastAt ?? $0.token.createdAt) < ($1.lastUse?.lastAt ?? $1.token.createdAt)
        }
        let named = idle.prefix(3).map { one in
            let use = one.lastUse.map { "last used \($0.lastAt.rfc3339.prefix(10))" }
            return "\(one.token.name) of \(one.token.createdAt.rfc3339.prefix(10)), \(use ?? "never used") "
                + "(\(one.token.id))"
        }
        return .forbidden(
            "\(LedgerLimits.activeExchangesPerToken) programs already have a token in exchange for this one: revoke "
                + "some on My Tokens. Longest unused: \(named.joined(separator: "; ")).")
    }

    /// Revokes an exchanged token that presents itself. Does nothing if it is no longer active. Throws
    /// ``DeskFault/noSuchToken`` if it is of another application or device.
    public func revokeExchanged(
        _ token: Token, application: String, device: String, by requester: Requester
    ) async throws(DeskFault) {
        let (name, device) = try named(application, device)
        guard token.exchange?.device == device, token.name.isSame(as: name) else { throw .noSuchToken }
        guard token.state(at: clock.now) == .active else { return }
        try await revoke(token.id, of: requester.subject, by: requester)
    }

    /// Revokes all tokens that an application on a device got for `parent`, from any place. Throws
    /// ``DeskFault/noSuchToken`` if there are none.
    public func revokeAllExchanged(
        of parent: Token, owner: Subject, application: String, device: String, by requester: Requester
    ) async throws(DeskFault) {
        let (name, device) = try named(application, device)
        let exchanged = try await exchanged(for: parent).map(\.token).filter {
            $0.exchange?.device == device && $0.name.isSame(as: name)
        }
        guard !exchanged.isEmpty else { throw .noSuchToken }
        for token in exchanged { try await revoke(token.id, of: owner, by: requester) }
    }

    /// The names of application and device, checked like names of tokens.
    private func named(
        _ application: String, _ device: String
    ) throws(DeskFault) -> (application: TokenName, device: TokenName) {
        var faults: [FieldFault] = []
        func read(_ text: String, _ field: String) -> TokenName? {
            if format.isFound(in: text) {
                faults.append(FieldFault(field, "must not contain a token"))
                return nil
            }
            do throws(TextFault) {
                return try TokenName(text)
            } catch {
                faults.append(FieldFault(field, error.description))
                return nil
            }
        }
        let names = (read(application, "applicationName"), read(device, "deviceId"))
        guard let name = names.0, let device = names.1 else { throw .invalid(faults) }
        return (name, device)
    }
}
