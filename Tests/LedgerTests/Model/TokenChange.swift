import Ledger
import TestHouse
import Tokens

/// One change of a token, for a ledger and for ``TokenModel`` alike.
struct TokenChange: Sendable {
    enum Kind: Sendable {
        case rotate(Rotation)
        case end(SecretID)
        case revoke
        /// An exchange for the current secret, by somebody who knew the token when it was narrow, or before.
        case exchange(TokenModel.Secret, isNarrow: Bool)
        case pause(Pause.Source, until: Timestamp?)
        case resume(Pause.Source)
        case expire(Timestamp)
        case narrow
    }

    let kind: Kind
    /// The identifier that it is asked for by.
    let token: TokenID
    let owner: SubjectID
    let at: Timestamp

    static let wide = Scopes(text: "git maven")
    static let narrow = Scopes(text: "git maven:read")

    /// Makes the change. What the ledger throws is its outcome where the token's state is the reason.
    func make(in ledger: any Ledger) async throws -> TokenModel.Outcome {
        do throws(LedgerError) {
            return try await attempt(in: ledger)
        } catch {
            guard [.notActive, .beingRotated, .noSuchToken].contains(error) else { throw error }
            return .refused(error)
        }
    }

    private func attempt(in ledger: any Ledger) async throws(LedgerError) -> TokenModel.Outcome {
        switch kind {
        case .rotate(let rotation):
            try await ledger.rotate(token, rotation, event: event(.tokenRotated))
        case .end(let secret):
            let revocation = Token.Revocation(at: at, by: owner, reason: .rotated)
            return try await ledger.end(secret, revocation, event: event(.secretEnded)) ? .done : .nothing
        case .revoke:
            let revocation = Token.Revocation(at: at, by: owner, reason: .byOwner)
            try await ledger.revoke(token, revocation, event: event(.tokenRevoked))
        case .exchange(let child, let isNarrow): try await exchange(child, isNarrow: isNarrow, in: ledger)
        case .pause, .resume, .expire, .narrow: return try await alter(in: ledger)
        }
        return .done
    }

    private func exchange(
        _ child: TokenModel.Secret, isNarrow: Bool, in ledger: any Ledger
    ) async throws(LedgerError) {
        guard let name = try? TokenName("device \(child.device)"), let parent = child.parent,
            let scopes = isNarrow ? Self.narrow : Self.wide
        else { return }
        let token = Token(
            id: child.id.alias, owner: owner, name: name, scopes: scopes, createdAt: at,
            origin: .exchange(.init(parent: parent, device: name)), expiresAt: child.expiresAt)
        try await ledger.exchange(token, digest: child.digest, from: "here", event: event(.tokenCreated))
    }

    private func alter(in ledger: any Ledger) async throws(LedgerError) -> TokenModel.Outcome {
        let event = event(.tokenChanged)
        let isDone = Flag()
        try await ledger.change(token, at: at) { [self] token throws(LedgerError) in
            guard token.isWorking(at: at) else { throw .notActive }
            isDone.set(alter(&token))
            return isDone.isSet ? [event] : []
        }
        return isDone.isSet ? .done : .nothing
    }

    /// Returns whether there was something to change.
    private func alter(_ token: inout Token) -> Bool {
        switch kind {
        case .pause(let source, let until):
            let pause = Pause(source: source, at: at, until: until, by: owner)
            token.pauses = token.pauses.filter { $0.source != source } + [pause]
        case .resume(let source):
            guard token.pauses.inForce(at: at).contains(where: { $0.source == source }) else { return false }
            token.pauses.removeAll { $0.source == source }
        case .expire(let end):
            guard end < token.expiresAt ?? .distantFuture else { return false }
            token.expiresAt = end
        default:
            guard let narrow = Self.narrow, token.scopes != narrow else { return false }
            token.scopes = narrow
        }
        return true
    }

    private func event(_ kind: Event.Kind) -> Event {
        Event(id: .next(at: at), kind, at: at, actor: owner, subject: owner, token: token)
    }
}
