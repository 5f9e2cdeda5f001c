internal import Ledger
internal import SQL
internal import Tokens

extension TokenConditions {
    /// Adds the conditions of a finding. Each begins with what an index, or the row itself, can tell.
    mutating func add(_ finding: TokenFinding, _ query: TokenQuery) {
        let now = query.now
        switch finding {
        case .unlimited: add("tokens.scopes = '' AND tokens.expires_at IS NULL AND tokens.origin <> 'trade'")
        case .unused:
            let moment = bind(now - FindingLimits.unused)
            add("last_uses.last_at <= \(moment) AND tokens.origin <> 'trade'")
            add("(tokens.resumed_at IS NULL OR tokens.resumed_at <= \(moment))")
            add("NOT \(Self.wasExchangedAndUsed(after: moment))")
        case .neverUsed:
            let moment = bind(now - FindingLimits.settled)
            add("last_uses.last_at IS NULL AND tokens.created_at <= \(moment) AND tokens.origin <> 'trade'")
            add("NOT \(Self.wasExchangedAndUsed(after: bind(Timestamp(milliseconds: 0))))")
        case .expiring:
            add("tokens.expires_at <= \(bind(now + FindingLimits.expiring)) AND tokens.origin <> 'trade'")
        case .ownerAway: addOwnerAway(query)
        case .newNetwork: add(Self.hasNewNetwork(on: bind(now.day)))
        case .shared:
            add(
                "last_uses.networks >= \(FindingLimits.networks) AND last_uses.clients >= \(FindingLimits.clients)"
            )
        case .wide:
            let all = bind(query.findingLimits.services)
            add("last_uses.services > 0 AND tokens.created_at <= \(bind(now - FindingLimits.settled))")
            add(
                "last_uses.services < CASE WHEN tokens.reach = -1 THEN CAST(\(all) AS BIGINT) ELSE tokens.reach END"
            )
            add("tokens.origin <> 'trade'")
        case .oldSecret: add(Self.hasOldSecretInUse(at: bind(now)))
        }
    }

    private mutating func addOwnerAway(_ query: TokenQuery) {
        var ways = ["suspended_at IS NOT NULL", "deactivated_at IS NOT NULL", "unattended_since IS NOT NULL"]
        if let moment = query.findingLimits.dormantSince {
            ways.append("is_break_glass = 0 AND last_sign_in_at <= \(bind(moment))")
        }
        add("tokens.owner IN (SELECT id FROM subjects WHERE \(ways.joined(separator: " OR ")))")
    }

    /// Whether a token that was exchanged for it was used after `moment`.
    private static func wasExchangedAndUsed(after moment: String) -> String {
        """
        EXISTS (SELECT 1 FROM tokens AS exchanged JOIN last_uses AS latest ON latest.token = exchanged.id
            WHERE exchanged.origin = 'trade' AND exchanged.origin_token = tokens.id AND latest.last_at > \(moment))
        """
    }

    private static func hasNewNetwork(on day: String) -> String {
        """
        \(identity) IN (SELECT token FROM use_places AS new
            WHERE first_day = \(day) AND network <> ''
                AND EXISTS (SELECT 1 FROM use_places AS old WHERE old.token = new.token AND old.first_day < \(day))
                AND NOT EXISTS (SELECT 1 FROM use_places AS old WHERE old.token = new.token
                    AND old.network = new.network AND old.first_day < \(day)))
        """
    }

    private static func hasOldSecretInUse(at now: String) -> String {
        """
        \(identity) IN (SELECT coalesce(previous.token, previous.id) FROM tokens AS previous
            WHERE previous.replaced_at IS NOT NULL AND previous.revoked_at IS NULL
                AND (previous.expires_at IS NULL OR previous.expires_at > \(now))
                AND EXISTS (SELECT 1 FROM uses WHERE uses.token = previous.id
                    AND uses.last_at > previous.replaced_at))
        """
    }
}
