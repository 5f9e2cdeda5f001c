/// Agents that act on behalf of a person: service accounts that got a token for the person's and their own (RFC 8693,
/// section 1.1).
extension Token {
    /// Who acts with a token on behalf of its owner.
    public struct Delegation: Hashable, Sendable {
        /// The agents: first the one that has the token, then the one that it acts for, and so on. Never empty.
        public let actors: [SubjectID]
        /// The token of the other agent that it was got for; `nil` where it was got for the person's own.
        public let from: SecretID?

        public init(actor: SubjectID, after others: [SubjectID] = [], from: SecretID? = nil) {
            actors = [actor] + others
            self.from = from
        }

        /// The agent that has the token.
        public var actor: SubjectID { actors[0] }

        /// How often the person's rights were passed on: 1 for an agent that the person's own token was used for.
        public var depth: Int { actors.count }
    }

    /// Who acts with it on behalf of its owner; `nil` for nobody else.
    public var delegation: Delegation? { exchange?.delegation }
}

/// The operator's limits for agents.
public struct DelegationPolicy: Hashable, Sendable {
    /// The logins of the service accounts that may act on behalf of people; empty for none.
    public var allowed: [LoginPattern]
    /// The most time that an agent's token works.
    public var maxLifetime: TimeSpan
    /// How often a person's rights may be passed on, from 1 on.
    public var maxDepth: Int

    /// The most time that an agent's token works unless the operator says otherwise.
    public static let standardMaxLifetime = TimeSpan.days(1)
    /// How long an agent's token works where the agent does not say.
    public static let standardLifetime = TimeSpan.minutes(15)
    /// What ``maxDepth`` may be: a token is that of one agent, or of a second one that the first calls.
    public static let depths = 1...2

    public init(
        allowed: [LoginPattern] = [], maxLifetime: TimeSpan = Self.standardMaxLifetime, maxDepth: Int = 1
    ) {
        self.allowed = allowed
        self.maxLifetime = maxLifetime
        self.maxDepth = maxDepth
    }

    /// Whether a subject may act on behalf of people.
    public func allows(_ agent: Subject) -> Bool {
        !agent.isPerson && allowed.contains { $0.matches(agent.login) }
    }

    /// The moment at which a token ends that is given at `now`: after ``standardLifetime``, or what was asked for, and never
    /// later than its parent.
    public func end(asked: TimeSpan?, parent: Timestamp?, at now: Timestamp) -> Timestamp {
        let end = now + min(asked ?? Self.standardLifetime, maxLifetime)
        return parent.map { min($0, end) } ?? end
    }
}
