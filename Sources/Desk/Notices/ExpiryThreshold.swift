public import Tokens

/// How long before an expiry its owner is told.
public enum ExpiryThreshold {
    /// In days, the tightest last.
    public static let days = [30, 7, 1]
    /// How long after an expiry it is still told that the token was in use. What happened longer ago is no news.
    public static let staleAfter = TimeSpan.days(7)
    /// How long before its expiry a token was last used that expired in use.
    public static let inUse = TimeSpan.days(7)

    /// The threshold to tell at `now`: the tightest that is reached and was not told; `nil` for none.
    ///
    /// It is reached from then on and not on one day only, so that an outage delays a notice and never drops it. After an
    /// outage the tightest alone is told. A token that was made for a shorter time than a threshold is not told of it: that
    /// it ends soon is known to whoever chose the expiry.
    ///
    /// - Parameters:
    ///   - setAt: when the expiry was chosen.
    ///   - told: the tightest threshold that was told of this expiry.
    public static func crossed(
        expiresAt: Timestamp, setAt: Timestamp, told: Int?, at now: Timestamp
    ) -> Int? {
        guard expiresAt > now else { return nil }
        let reached = days.last { expiresAt - now <= .days(Int64($0)) }
        guard let reached, expiresAt - setAt > .days(Int64(reached)) else { return nil }
        if let told, told <= reached { return nil }
        return reached
    }

    /// Whether to tell that a token expired while it was in use.
    public static func expiredInUse(
        expiresAt: Timestamp, setAt: Timestamp, lastUsedAt: Timestamp?, told: Int?, at now: Timestamp
    ) -> Bool {
        guard expiresAt <= now, now - expiresAt < staleAfter, expiresAt - setAt > .days(1), told != 0,
            let lastUsedAt
        else { return false }
        return lastUsedAt >= expiresAt - inUse
    }
}
