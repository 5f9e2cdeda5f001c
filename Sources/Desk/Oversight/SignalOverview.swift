public import Ledger
public import Tokens

/// What administrators see of the identity provider's signals.
public struct SignalOverview: Hashable, Sendable {
    /// What the operator configured.
    public struct Plan: Hashable, Sendable {
        /// An event and what it does.
        public struct Rule: Hashable, Sendable {
            public let event: String
            public let act: SignalAct

            public init(event: String, act: SignalAct) {
                (self.event, self.act) = (event, act)
            }
        }

        /// The name of the stream in the ledger.
        public let stream: String
        public let issuer: String
        /// Whether signals are fetched, and not pushed.
        public let polls: Bool
        public let rules: [Rule]

        public init(stream: String, issuer: String, polls: Bool, rules: [Rule]) {
            (self.stream, self.issuer, self.polls, self.rules) = (stream, issuer, polls, rules)
        }
    }

    /// A signal that this node refused.
    public struct Refusal: Hashable, Sendable {
        public let at: Timestamp
        public let sentence: String

        public init(at: Timestamp, sentence: String) {
            (self.at, self.sentence) = (at, sentence)
        }
    }

    public let plan: Plan
    public let stream: SignalStream
    /// The latest refused signal at this node since its start.
    public let refusal: Refusal?

    public init(plan: Plan, stream: SignalStream, refusal: Refusal? = nil) {
        (self.plan, self.stream, self.refusal) = (plan, stream, refusal)
    }
}

/// Where ``Oversight`` learns of signals.
public struct SignalSource: Sendable {
    let plan: SignalOverview.Plan
    let refusal: @Sendable () -> SignalOverview.Refusal?

    /// - Parameter refusal: the latest refused signal at this node.
    public init(
        plan: SignalOverview.Plan, refusal: @escaping @Sendable () -> SignalOverview.Refusal? = { nil }
    ) {
        (self.plan, self.refusal) = (plan, refusal)
    }
}

extension Oversight {
    /// What is known of the provider's signals; `nil` where none are taken.
    public func signals() async throws(DeskFault) -> SignalOverview? {
        guard let source = signalSource else { return nil }
        let stream = try await read { () throws(LedgerError) in
            try await ledger.stream(source.plan.stream)
        }
        return SignalOverview(plan: source.plan, stream: stream, refusal: source.refusal())
    }
}

extension SignalAct {
    /// What it does, for people.
    public var words: String {
        switch self {
        case .note: "is noted"
        case .endSessions: "ends browser sessions"
        case .dormant: "ends sessions; tokens are dormant until the next sign-in"
        case .pause: "ends sessions and pauses tokens"
        case .revoke: "ends sessions and revokes tokens"
        case .deactivate: "deactivates, as SCIM does"
        case .reactivate: "reactivates, as SCIM does"
        case .remove: "closes the account, as SCIM does"
        }
    }
}
