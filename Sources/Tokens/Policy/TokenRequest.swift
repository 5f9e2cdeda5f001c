/// Identifies a request.
public typealias RequestID = Identifier<TokenRequest>

/// What somebody asks others to approve before it is done: a new token, or that a token is handed over.
///
/// An approval does nothing by itself. It lets the requester do exactly what was approved, for
/// ``approvalLasting``.
public struct TokenRequest: Hashable, Sendable {
    /// What is asked for.
    public enum Content: Hashable, Sendable {
        /// A new token.
        case create(RequestedToken)
        /// That a token of the requester is given to the owner, a service account.
        case handOver(RequestedHandOver)
    }

    /// What has become of a request.
    public enum State: String, Hashable, Sendable, CaseIterable {
        /// It waits for those who can approve it.
        case open
        /// What it asks for can be done.
        case approved
        case denied
        case withdrawn
        /// Nobody answered in time, or the approval was not used in time.
        case expired
        /// What it asked for was done.
        case used
    }

    /// What one person said to a request.
    public struct Decision: Hashable, Sendable {
        /// Who decided; `nil` for the command line.
        public let by: SubjectID?
        public let at: Timestamp
        /// Whether they approved; else they denied.
        public let isApproval: Bool
        /// The approving groups that they were in at that time.
        public let groups: [String]
        /// What they said; empty for nothing.
        public let word: String

        public init(by: SubjectID?, at: Timestamp, isApproval: Bool, groups: [String], word: String) {
            self.by = by
            self.at = at
            self.isApproval = isApproval
            self.groups = groups
            self.word = word
        }
    }

    /// How long a request waits for an answer.
    public static let patience = TimeSpan.days(30)
    /// How long an approval can be used.
    public static let approvalLasting = TimeSpan.days(7)

    public let id: RequestID
    /// Who asks, and may later do what was approved.
    public let requester: SubjectID
    /// Whose token it will be.
    public let owner: SubjectID
    public let content: Content
    /// Why, in the requester's words.
    public let reason: String
    public let createdAt: Timestamp
    /// What was said so far, the earliest first.
    public internal(set) var decisions: [Decision]
    /// What has become of it, apart from the time: never ``State/expired``. See ``state(at:)``.
    public internal(set) var stage: State
    /// The moment from which the approval can no longer be used.
    public internal(set) var approvedUntil: Timestamp?
    /// When it was withdrawn or used.
    public internal(set) var settledAt: Timestamp?
    /// The token that was created.
    public internal(set) var token: TokenID?

    /// A request as it is made, or as it is kept where the rest is given.
    public init(
        id: RequestID, requester: SubjectID, owner: SubjectID, content: Content, reason: String,
        createdAt: Timestamp, decisions: [Decision] = [], stage: State = .open,
        approvedUntil: Timestamp? = nil, settledAt: Timestamp? = nil, token: TokenID? = nil
    ) {
        self.id = id
        self.requester = requester
        self.owner = owner
        self.content = content
        self.reason = reason
        self.createdAt = createdAt
        self.decisions = decisions
        self.stage = stage
        self.approvedUntil = approvedUntil
        self.settledAt = settledAt
        self.token = token
    }

    /// The state at `now`.
    public func state(at now: Timestamp) -> State {
        switch stage {
        case .open where now >= answerableUntil: .expired
        case .approved where approvedUntil.map({ now >= $0 }) ?? true: .expired
        default: stage
        }
    }

    /// The moment from which it can no longer be answered.
    public var answerableUntil: Timestamp { createdAt + Self.patience }

    /// The token that it asks for: its name, and what it will be allowed to do.
    public var requestedToken: RequestedToken {
        switch content {
        case .create(let token): token
        case .handOver(let handOver):
            RequestedToken(name: handOver.name, scopes: handOver.scopes, addresses: [], expiresAt: nil)
        }
    }

    /// The name of the kind of what it asks for.
    public var kind: String {
        switch content {
        case .create: "create"
        case .handOver: "hand_over"
        }
    }
}

extension TokenRequest {
    /// What it asks for, if that is to hand a token over.
    public var handOver: RequestedHandOver? {
        if case .handOver(let handOver) = content { handOver } else { nil }
    }
}

/// A token that somebody asks to hand over.
public struct RequestedHandOver: Hashable, Sendable {
    public let token: TokenID
    /// Its name at the account.
    public let name: TokenName
    /// What it will be allowed to do there.
    public let scopes: Scopes

    public init(token: TokenID, name: TokenName, scopes: Scopes) {
        self.token = token
        self.name = name
        self.scopes = scopes
    }
}

/// A token that somebody asks for.
public struct RequestedToken: Hashable, Sendable {
    public let name: TokenName
    public let scopes: Scopes
    /// The addresses that it may be used from; empty for any.
    public let addresses: [AddressRange]
    public let expiresAt: Timestamp?

    public init(name: TokenName, scopes: Scopes, addresses: [AddressRange], expiresAt: Timestamp?) {
        self.name = name
        self.scopes = scopes
        self.addresses = addresses
        self.expiresAt = expiresAt
    }

    /// Whether both are for the same token, whatever the order of the addresses.
    public func isSame(as other: RequestedToken) -> Bool { isSame(as: other, within: .seconds(0)) }

    /// Whether both are for the same token, with expiries at most `span` apart: a form that is sent twice counts 30
    /// days from either moment.
    public func isSame(as other: RequestedToken, within span: TimeSpan) -> Bool {
        guard name.text.isExactly(other.name.text), scopes == other.scopes,
            Set(addresses) == Set(other.addresses)
        else { return false }
        switch (expiresAt, other.expiresAt) {
        case (nil, nil): return true
        case (let one?, let two?): return max(one, two) - min(one, two) <= span
        default: return false
        }
    }
}
