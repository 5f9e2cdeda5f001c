public import Ledger

extension TokenFinding {
    /// A few words, for a list.
    public var title: String {
        switch self {
        case .unlimited: "Every service, and never expires"
        case .unused: "Unused for 90 days"
        case .neverUsed: "Never used"
        case .expiring: "Expires within 7 days"
        case .ownerAway: "Owner suspended or away"
        case .newNetwork: "Used from a new network today"
        case .shared: "Shared by several machines"
        case .wide: "Wider than its use"
        case .oldSecret: "Old secret still in use"
        case .leaked: "Found where it must not be"
        case .misused: "Used in an unsafe way"
        }
    }

    /// What it means, and what to do.
    public var advice: String {
        switch self {
        case .unlimited:
            "Such a token can do all that its owner can, for good: have it narrowed to the services that need it, with an "
                + "expiry."
        case .unused:
            "Nothing has used it for 90 days: pause it, see whether anything is refused, then revoke it."
        case .neverUsed:
            "It is more than 14 days old, and nothing has ever used it: revoke it, unless its owner still needs it."
        case .expiring:
            "What uses it stops within 7 days: ask its owner to rotate it, if it is still needed."
        case .ownerAway:
            "Its owner is suspended, deactivated or dormant, or is a service account without stewards: hand over what is "
                + "needed, and revoke the rest."
        case .newNetwork:
            "It was used today from a network where it had not been seen: ask its owner, and pause it if they do not know."
        case .shared:
            "It is used from many networks and with several clients, so it was copied: create a token for each of them, "
                + "then revoke it."
        case .wide:
            "It may be used at services where it was not used in 90 days: have it narrowed to the others."
        case .misused:
            "In the last 30 days it was sent in a query string or over plain http, tried at a service that it is not for, or "
                + "used from two far networks at once: its events say which. Ask its owner, and have it rotated."
        case .oldSecret:
            "It was rotated, and something still uses the secret from before: bring the new one there before the old one "
                + "ends."
        case .leaked:
            "A secret of it that works was found in a place such as a repository: revoke it, or have it rotated with the old "
                + "secret ended at once."
        }
    }

    /// The risk of OWASP’s Non-Human Identities Top 10 (2025) that it is a sign of, if there is one.
    public var risk: String? {
        switch self {
        case .unlimited: "NHI7"
        case .unused, .neverUsed, .ownerAway: "NHI1"
        case .newNetwork, .leaked, .misused: "NHI2"
        case .shared: "NHI9"
        case .wide: "NHI5"
        case .oldSecret: "NHI7"
        case .expiring: nil
        }
    }
}
