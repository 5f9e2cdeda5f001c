internal import Ledger
internal import Tokens

/// The sections of the rules that hold for a token, and what they say of tokens that nobody uses.
extension TokenPolicy {
    /// The section of all services, and those of the services at which a token of these scopes can be used today.
    ///
    /// - Parameter services: all services of the desk; `nil` if they are not known.
    func sections(
        for scopes: Scopes, of owner: Subject, among services: [Service]?
    ) -> [(service: ServiceName?, rules: TokenRules)] {
        let reached =
            services.map { known in known.filter { $0.admits(owner) && scopes.reach($0.name) }.map(\.name) }
            ?? scopes.reached(among: Array(self.services.keys))
        return sections(ofAny: reached)
    }

    /// The time after which a token that nobody uses is paused, or revoked, by the sections that are enforced at `now`,
    /// where it is over; `nil` where it is not, and where no section that holds for the token has such a rule.
    func exceededIdleSpan(
        _ rule: KeyPath<IdleRules, TimeSpan?>, by listed: ListedToken, among services: [Service]?,
        at now: Timestamp
    ) -> TimeSpan? {
        let span = sections(for: listed.token.scopes, of: listed.owner, among: services)
            .filter { $0.rules.isEnforced(at: now) }.compactMap { $0.rules.idle[keyPath: rule] }.min()
        return span.flatMap { listed.idleSince + $0 <= now ? $0 : nil }
    }

    /// The shortest time that any section which is enforced at `now` has for a rule.
    func shortestIdleSpan(_ rule: KeyPath<IdleRules, TimeSpan?>, at now: Timestamp) -> TimeSpan? {
        sections(ofAny: Array(services.keys)).filter { $0.rules.isEnforced(at: now) }
            .compactMap { $0.rules.idle[keyPath: rule] }.min()
    }

    /// Whether any section has a rule about tokens that nobody uses.
    var hasIdleRules: Bool { sections(ofAny: Array(services.keys)).contains { !$0.rules.idle.isEmpty } }
}
