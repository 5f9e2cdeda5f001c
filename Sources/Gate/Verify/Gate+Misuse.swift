import HTTPServer
import TokenIndex
import Tokens

/// What only the gate sees of misused tokens. None of it changes an answer.
extension Gate {
    /// Notes a token of this desk in the query of a target, where it is never read as a credential.
    ///
    /// Never inlined: most requests have no query.
    @inline(never)
    func lookIntoQuery(of original: borrowing ServiceRequest, at guarded: GuardedService, _ now: Timestamp) {
        guard let digest = original.digestInQuery(settings.format), let entry = index.find(digest) else {
            return
        }
        uses.misuses.note(
            .query, of: entry.secret, at: guarded.service.name.text, from: original.address, at: now)
    }

    /// Notes a token that came over plain http, if the proxy that says so is trusted.
    @inline(never)
    func note(
        plain entry: TokenIndex.Entry, _ head: borrowing RequestHead, at guarded: GuardedService,
        from address: IPAddress?, _ now: Timestamp
    ) {
        guard head.peer.isTrustedProxy(among: settings.trustedProxies) else { return }
        uses.misuses.note(
            .plainHTTP, of: entry.secret, at: guarded.service.name.text, from: address, at: now)
    }

    /// Notes a token that was tried where it can never work.
    func notice(
        _ denial: Denial, of token: TokenRecord?, at service: Service, from address: IPAddress?,
        _ now: Timestamp
    ) {
        guard let token else { return }
        let misuse: TokenMisuse
        switch denial {
        case .revoked, .expired: misuse = .ended
        case .insufficientScope where !token.scopes.name(service.name): misuse = .otherService
        default: return
        }
        uses.misuses.note(misuse, of: token.secret, at: service.name.text, from: address, at: now)
    }
}
