internal import Ledger
internal import SQL
internal import Tokens

extension TokenConditions {
    /// The condition that there is no use. PostgreSQL expects hardly any token to have none where it is told that
    /// `last_uses.last_at` is NULL, and sorts all of them.
    static let isNeverUsed =
        "NOT EXISTS (SELECT 1 FROM last_uses AS latest WHERE latest.token = tokens.token_id)"

    /// The condition of a finding.
    mutating func condition(of finding: TokenFinding, _ query: TokenQuery) -> String {
        let now = query.now
        switch finding {
        case .unlimited:
            return "tokens.scopes = '' AND tokens.expires_at IS NULL AND tokens.origin <> 'trade'"
        case .unused:
            let moment = bind(now - FindingLimits.unused)
            return """
                last_uses.last_at <= \(moment) AND tokens.origin <> 'trade'
                    AND (tokens.resumed_at IS NULL OR tokens.resumed_at <= \(moment))
                    AND NOT \(Self.wasExchangedAndUsed(after: moment))
                """
        case .neverUsed:
            return """
                \(Self.isNeverUsed) AND tokens.origin <> 'trade'
                    AND tokens.created_at <= \(bind(now - FindingLimits.settled))
                    AND NOT \(Self.wasExchangedAndUsed(after: "0"))
                """
        case .expiring:
            return """
                tokens.expires_at > \(bind(now)) AND tokens.expires_at <= \(bind(now + FindingLimits.expiring))
                    AND tokens.origin <> 'trade'
                """
        case .ownerAway: return ownerAway(query.findingLimits)
        case .newNetwork, .shared, .oldSecret, .leaked, .misused:
            return "tokens.token_id IN (\(candidates(of: finding, query)))"
        case .wide:
            return """
                last_uses.services > 0 AND tokens.origin <> 'trade'
                    AND tokens.created_at <= \(bind(now - FindingLimits.settled))
                    AND last_uses.services < CASE WHEN tokens.reach = -1
                        THEN CAST(\(bind(query.findingLimits.services)) AS BIGINT) ELSE tokens.reach END
                """
        }
    }

    /// The tokens of which one of these findings is true, apart from their states, as a query.
    mutating func candidates(of finding: TokenFinding, _ query: TokenQuery) -> String {
        switch finding {
        case .newNetwork: Self.newNetworks(on: bind(query.now.day))
        case .shared:
            """
            SELECT token FROM last_uses
                WHERE networks >= \(FindingLimits.networks) AND clients >= \(FindingLimits.clients)
            """
        case .misused:
            """
            SELECT token FROM events
                WHERE kind = '\(Event.Kind.tokenMisused.rawValue)' AND token IS NOT NULL
                    AND at > \(bind(query.now - TokenMisuse.remembered))
            """
        case .oldSecret: Self.oldSecretsInUse(at: bind(query.now))
        case .leaked: Self.leakedSecrets(at: bind(query.now))
        default: "SELECT token_id FROM tokens"
        }
    }

    private mutating func ownerAway(_ limits: FindingLimits) -> String {
        var ways = [
            "suspended_at IS NOT NULL", "deactivated_at IS NOT NULL", "unattended_since IS NOT NULL",
            "must_sign_in_since IS NOT NULL",
        ]
        if let moment = limits.dormantSince {
            ways.append("is_break_glass = 0 AND last_sign_in_at <= \(bind(moment))")
        }
        return "tokens.owner IN (SELECT id FROM subjects WHERE \(ways.joined(separator: " OR ")))"
    }

    /// Whether a token that was exchanged for it was used after `moment`.
    private static func wasExchangedAndUsed(after moment: String) -> String {
        """
        EXISTS (SELECT 1 FROM tokens AS exchanged JOIN last_uses AS latest ON latest.token = exchanged.id
            WHERE exchanged.origin = 'trade' AND exchanged.origin_token = tokens.id AND latest.last_at > \(moment))
        """
    }

    private static func newNetworks(on day: String) -> String {
        """
        SELECT token FROM use_places AS new
            WHERE first_day = \(day) AND network <> ''
                AND EXISTS (SELECT 1 FROM use_places AS old WHERE old.token = new.token AND old.first_day < \(day))
                AND NOT EXISTS (SELECT 1 FROM use_places AS old WHERE old.token = new.token
                    AND old.network = new.network AND old.first_day < \(day))
        """
    }

    private static func leakedSecrets(at now: String) -> String {
        """
        SELECT found.token_id FROM leaks JOIN tokens AS found ON found.id = leaks.secret
            WHERE found.revoked_at IS NULL AND (found.expires_at IS NULL OR found.expires_at > \(now))
        """
    }

    private static func oldSecretsInUse(at now: String) -> String {
        """
        SELECT previous.token_id FROM tokens AS previous
            WHERE previous.replaced_at IS NOT NULL AND previous.revoked_at IS NULL
                AND (previous.expires_at IS NULL OR previous.expires_at > \(now))
                AND EXISTS (SELECT 1 FROM uses WHERE uses.token = previous.id
                    AND uses.last_at > previous.replaced_at)
        """
    }
}
