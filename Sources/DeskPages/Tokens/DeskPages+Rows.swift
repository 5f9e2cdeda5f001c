import Desk
import Ledger
import Tokens

/// Groups the list of My Tokens: a token, its previous secrets, and the tokens that programs got in exchange.
extension DeskPages {
    /// The rows, each with the token's previous secrets.
    func rows(_ working: [ListedToken], at now: Timestamp) async throws -> [TokenRow] {
        let policy = try await parts.tokens.tokenPolicy()
        let exchanged = Dictionary(grouping: working.filter { $0.token.exchange != nil }) {
            $0.token.exchange?.parent
        }
        var rows: [TokenRow] = []
        for listed in working where listed.token.isLasting {
            let token = listed.token
            let previous = try await moves(of: token)
            let secrets = [token.secret] + previous.map(\.secret.id)
            rows.append(
                TokenRow(
                    token: token, lastUse: listed.lastUse, previous: previous,
                    exchanged: secrets.flatMap { exchanged[$0] ?? [] }.map {
                        ExchangedToken(token: $0.token, lastUse: $0.lastUse)
                    },
                    idle: IdleWarning(policy, listed, among: parts.tokens.knownServices, at: now)))
        }
        return rows
    }

    /// The previous secrets of a token that still work, with the places that have moved from each.
    func moves(of token: Token) async throws -> [PreviousSecretMove] {
        // A token whose secret was never rotated has no other.
        guard token.rotatedAt != nil else { return [] }
        var moves: [PreviousSecretMove] = []
        for secret in try await parts.tokens.previousSecrets(of: token) {
            let move = try await parts.tokens.move(of: token, from: secret)
            moves.append(PreviousSecretMove(secret: secret, move: move))
        }
        return moves
    }

    func partlyEnded(of owner: Subject) async throws -> [PartlyEndedToken] {
        var found: [PartlyEndedToken] = []
        for token in try await parts.tokens.partlyEnded(of: owner.id) {
            found.append(PartlyEndedToken(token: token, previous: try await moves(of: token)))
        }
        return found
    }

    func parent(of token: Token, _ owner: Subject?) async throws -> Token? {
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
