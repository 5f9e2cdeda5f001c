public import Ledger
public import Tokens

/// Revokes a token for whoever presents it: its holder, a finder, or a service (RFC 7009).
public struct RevocationByHolder: Sendable {
    private let ledger: any TokenLedger
    private let clock: Clock

    public init(ledger: any TokenLedger, clock: Clock) {
        self.ledger = ledger
        self.clock = clock
    }

    /// Revokes the token whose secret has that digest, or ends that secret alone where it is a previous one. Does nothing for
    /// one that is unknown or has ended.
    ///
    /// `service` is the one that presented it; `nil` for anybody else.
    public func revoke(
        _ digest: TokenDigest, by service: Service? = nil, from address: IPAddress?
    ) async throws(LedgerError) {
        guard let (token, secret) = try await ledger.token(digest) else { return }
        let now = clock.now
        let name = token.name.text
        let event = Event(
            secret == token.secret ? .tokenRevoked : .secretEnded, at: now, actor: nil,
            subject: token.owner, token: token.id, address: address?.description ?? "",
            detail: service.map { "\(name) (by the service \($0.name))" } ?? "\(name) (by who held it)")
        let revocation = Token.Revocation(at: now, by: nil, reason: service == nil ? .byItself : .byService)
        if secret == token.secret {
            guard token.revocation == nil else { return }
            try await ledger.revoke(token.id, revocation, event: event)
        } else {
            // A previous secret ends alone, and does nothing where it has ended.
            let previous = try await ledger.previousSecrets(of: token.id, at: now)
            guard previous.contains(where: { $0.id == secret }) else { return }
            try await ledger.end(secret, revocation, event: event)
        }
    }
}
