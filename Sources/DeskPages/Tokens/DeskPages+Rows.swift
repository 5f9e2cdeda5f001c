import Desk
import Ledger
import Tokens

/// Groups the list of My Tokens: a token, the secrets that it replaced, and the tokens that programs got in exchange.
extension DeskPages {
    /// The rows; a replaced secret that still works is part of its successor's row.
    func rows(_ active: [ListedToken]) async throws -> [TokenRow] {
        let exchanged = Dictionary(grouping: active.filter { $0.token.exchange != nil }) {
            $0.token.exchange?.parent
        }
        let active = active.filter { $0.token.exchange == nil }
        let tokens = Dictionary(
            active.map { ($0.token.id, $0.token) }, uniquingKeysWith: { first, _ in first })
        var old: [TokenID: [TokenRow.OldSecret]] = [:]
        var nested: Set<TokenID> = []
        for listed in active {
            // Follows the chain to the newest successor. If that one is revoked, the old secret has a row of its own.
            guard let successor = listed.token.successor, var heir = tokens[successor] else { continue }
            while let next = heir.successor.flatMap({ tokens[$0] }) { heir = next }
            let replacedAt = tokens[successor]?.createdAt ?? heir.createdAt
            let uses = try await parts.tokens.uses(of: listed.token.id, since: replacedAt)
                .filter { $0.lastAt >= replacedAt }
            old[heir.id, default: []].append(.init(token: listed.token, uses: summedByPlace(uses)))
            nested.insert(listed.token.id)
        }
        return active.filter { !nested.contains($0.token.id) }.map { listed in
            let old = old[listed.token.id] ?? []
            let parents = [listed.token.id] + old.map(\.token.id)
            return TokenRow(
                token: listed.token, lastUse: listed.lastUse, old: old,
                exchanged: parents.flatMap { exchanged[$0] ?? [] }.map {
                    ExchangedToken(token: $0.token, lastUse: $0.lastUse)
                })
        }
    }

    func parent(of token: Token, _ owner: Subject) async throws -> Token? {
        guard let exchange = token.exchange else { return nil }
        return try await parts.tokens.token(exchange.parent, of: owner)
    }

    /// The active tokens that programs got in exchange for `token`.
    func exchanged(for token: Token) async throws -> [ExchangedToken] {
        try await parts.tokens.exchanged(for: token).map {
            ExchangedToken(token: $0.token, lastUse: $0.lastUse)
        }
    }
}
