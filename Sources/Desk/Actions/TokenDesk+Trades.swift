import Ledger
public import Tokens

/// Tokens that programs get in exchange for the one that a person handed them.
extension TokenDesk {
    /// Makes a token for a program in exchange for `parent`, which the program presented. It may do what
    /// the parent may at services, from where the parent may, ends when the parent ends, and takes the place of the one that the same
    /// program on the same device had.
    public func trade(
        _ parent: Token, of owner: Subject, application: String, device: String, by actor: Actor
    ) async throws(DeskFault) -> Issued {
        guard parent.trade == nil else {
            throw .forbidden(
                "This token was traded for another one itself: use a token that its owner made on My Tokens.")
        }
        guard let scopes = parent.scopes.withoutTheDesk else {
            throw .forbidden("This token may do nothing at any service, so there is nothing to trade it for.")
        }
        let (name, device) = try named(application, device)
        let now = clock.now
        let token = Token(
            id: .make(at: now), owner: owner.id, name: name, scopes: scopes, addresses: parent.addresses,
            createdAt: now, origin: .trade(Token.Trade(parent: parent.id, device: device)),
            expiresAt: parent.expiresAt)
        let secret = format.makeSecret()
        let event = event(
            .tokenCreated, token, actor, at: now, detail: "\(name), traded for \(parent.name) (\(parent.id))")
        do throws(LedgerError) {
            try await ledger.trade(token, digest: secret.digest, event: event)
        } catch .tooManyTokens {
            throw .forbidden(
                "\(LedgerLimits.liveTradesPerToken) programs have a token in exchange for this one already: "
                    + "revoke some on My Tokens.")
        } catch {
            throw fault(error)
        }
        return Issued(token: token, secret: secret)
    }

    /// Revokes the token that a program got, presented by itself or by the token it was traded for.
    /// Throws ``DeskFault/noSuchToken`` where there is none of that program and device.
    public func endTrade(
        of presented: Token, owner: Subject, application: String, device: String, by actor: Actor
    ) async throws(DeskFault) {
        let (name, device) = try named(application, device)
        let live: [ListedToken]
        do throws(LedgerError) {
            live = try await ledger.tokens(
                TokenQuery(
                    owner: owner.id, states: [.live], now: clock.now, search: name.text,
                    limit: LedgerLimits.liveTokensPerSubject))
        } catch {
            throw fault(error)
        }
        let parent = presented.trade?.parent ?? presented.id
        let traded = live.map(\.token).first {
            $0.trade == Token.Trade(parent: parent, device: device) && $0.name.isSame(as: name)
                && (presented.trade == nil || $0.id == presented.id)
        }
        guard let traded else { throw .noSuchToken }
        try await revoke(traded.id, of: owner, by: actor)
    }

    /// What a program calls itself and its device, as a list can show them.
    private func named(
        _ application: String, _ device: String
    ) throws(DeskFault) -> (application: TokenName, device: TokenName) {
        var faults: [FieldFault] = []
        func read(_ text: String, _ field: String) -> TokenName? {
            if format.isFound(in: text) {
                faults.append(FieldFault(field, "must not hold a token"))
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
