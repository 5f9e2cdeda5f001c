import Desk
import Ledger
import Tokens

/// Groups the list of My Tokens: a token, its previous secrets, and the tokens that programs got in exchange.
extension DeskPages {
    /// The rows, each with the token's previous secrets.
    func rows(_ working: [ListedToken]) async throws -> [TokenRow] {
        let exchanged = Dictionary(grouping: working.filter { $0.token.exchange != nil }) {
            $0.token.exchange?.parent
        }
        var rows: [TokenRow] = []
        for listed in working where listed.token.exchange == nil {
            let token = listed.token
            // A token whose secret was never rotated has no other.
            let previous = token.rotatedAt == nil ? [] : try await parts.tokens.previousSecrets(of: token)
            let secrets = [token.secret] + previous.map(\.id)
            rows.append(
                TokenRow(
                    token: token, lastUse: listed.lastUse, previous: try await uses(of: previous, token),
                    exchanged: secrets.flatMap { exchanged[$0] ?? [] }.map {
                        ExchangedToken(token: $0.token, lastUse: $0.lastUse)
                    }))
        }
        return rows
    }

    /// The uses of previous secrets since they were replaced.
    func uses(of previous: [PreviousSecret], _ token: Token) async throws -> [PreviousSecretUses] {
        guard let first = previous.map(\.replacedAt).min() else { return [] }
        let uses = try await parts.tokens.uses(of: token.id, since: first)
        return previous.map { secret in
            PreviousSecretUses(
                secret: secret,
                uses: summedByPlace(uses.filter { $0.secret == secret.id && $0.lastAt >= secret.replacedAt }))
        }
    }

    func parent(of token: Token, _ owner: Subject) async throws -> Token? {
        guard let exchange = token.exchange else { return nil }
        return try await parts.tokens.token(exchange.parent.alias, of: owner)
    }

    /// The active tokens that programs got in exchange for `token`.
    func exchanged(for token: Token) async throws -> [ExchangedToken] {
        try await parts.tokens.exchanged(for: token).map {
            ExchangedToken(token: $0.token, lastUse: $0.lastUse)
        }
    }
}
