public import Ledger
public import Tokens

/// What the owner of a token that nobody uses is told before it is paused or revoked.
public struct IdleWarning: Hashable, Sendable {
    /// What the rules do with the token.
    public enum Consequence: Hashable, Sendable {
        case pause(at: Timestamp)
        case revocation(at: Timestamp)
    }

    /// Since when nobody has used it.
    public let since: Timestamp
    /// What comes next; `nil` where nothing does.
    public let next: Consequence?

    /// `nil` while the rules have nothing to warn of.
    ///
    /// - Parameter services: all services of the desk; `nil` if they are not known.
    public init?(
        _ policy: TokenPolicy, _ listed: ListedToken, among services: [Service]?, at now: Timestamp
    ) {
        let sections = policy.sections(for: listed.token.scopes, of: listed.owner, among: services)
        let since = listed.idleSince
        guard let warn = sections.compactMap(\.rules.idle.warn).min(), listed.token.isLasting,
            listed.token.state(at: now) == .active, since + warn <= now
        else { return nil }
        self.since = since
        /// The first moment at which a section does that.
        func first(_ rule: KeyPath<IdleRules, TimeSpan?>) -> Timestamp? {
            sections.compactMap { section in
                guard let start = section.rules.enforceFrom, let span = section.rules.idle[keyPath: rule]
                else { return nil }
                return max(start, since + span)
            }.min()
        }
        switch (first(\.pause), first(\.revoke)) {
        case (let pause?, let revocation) where pause <= revocation ?? pause: next = .pause(at: pause)
        case (_, let revocation?): next = .revocation(at: revocation)
        case (_, nil): next = nil
        }
    }
}
