public import Sodium

/// Identifies an authorization.
public typealias AuthorizationID = Identifier<Authorization>

/// What a program asks for and a person decides: a token, which the program redeems a code for, once.
///
/// A program with a browser beside it gets its code when the person has approved (RFC 6749, section 4.1). One without
/// asks first, and polls with its code while the person decides (RFC 8628, and the sign-in of npm).
public struct Authorization: Hashable, Sendable {
    /// How the program gets the token.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// By an authorization code (RFC 6749, section 4.1).
        case code
        /// By a device code, beside which the person types a user code (RFC 8628).
        case device
        /// By the address that npm polls.
        case login
    }

    /// What has become of it, apart from the time.
    public enum Stage: String, Hashable, Sendable, CaseIterable {
        case pending, approved, denied
        /// The code was redeemed.
        case used
        /// A code that had been redeemed came again, or one came with a wrong proof.
        case spoilt
    }

    /// How long the program may take to redeem an authorization code (RFC 9700 wants it short).
    public static let codeLasting = TimeSpan.seconds(60)
    /// How long a person may take to decide, and a program to fetch what was decided.
    public static let patience = TimeSpan.minutes(5)
    /// The shortest time between two polls (RFC 8628, section 3.2), and what a program that is too fast adds to it
    /// (section 3.5).
    public static let pollInterval = TimeSpan.seconds(5)

    public let id: AuthorizationID
    public let kind: Kind
    /// The SHA-256 of the code that the program redeems.
    public let digest: SHA256Digest
    /// The SHA-256 of the code that the person types, for a device.
    public let userCode: SHA256Digest?
    /// The program's `client_id`, and what people call it.
    public let client: String
    public let clientTitle: String
    /// What the program asks for; empty where it leaves that to the person.
    public let scopes: [Scope]
    /// The service that it names as the audience (RFC 8707); `nil` for none.
    public let resource: ServiceName?
    /// Where the program asked from, and how it called itself; empty where that is not known.
    public let address: String
    public let agent: String
    public let createdAt: Timestamp
    /// The moment from which the code is refused.
    public var expiresAt: Timestamp
    /// The latest poll, and the shortest time to the next one.
    public var polledAt: Timestamp?
    public var pollInterval: TimeSpan
    /// Where the code was sent, and what its proof has to match (RFC 7636); empty without a browser.
    public let redirectURI: String
    public let challenge: String
    public var stage: Stage
    /// Who decided, what, and from which address.
    public var subject: SubjectID?
    public var decision: Decision?
    public var decidedFrom: String
    /// The token that the program got, and when.
    public var token: TokenID?
    public var settledAt: Timestamp?

    public init(
        id: AuthorizationID, kind: Kind, digest: SHA256Digest, userCode: SHA256Digest? = nil, client: String,
        clientTitle: String, scopes: [Scope], resource: ServiceName? = nil, address: String,
        agent: String = "",
        createdAt: Timestamp, expiresAt: Timestamp, polledAt: Timestamp? = nil,
        pollInterval: TimeSpan = Authorization.pollInterval, redirectURI: String = "", challenge: String = "",
        stage: Stage = .pending, subject: SubjectID? = nil, decision: Decision? = nil,
        decidedFrom: String = "", token: TokenID? = nil, settledAt: Timestamp? = nil
    ) {
        self.id = id
        self.kind = kind
        self.digest = digest
        self.userCode = userCode
        self.client = client
        self.clientTitle = clientTitle
        self.scopes = scopes
        self.resource = resource
        self.address = address
        self.agent = agent
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.polledAt = polledAt
        self.pollInterval = pollInterval
        self.redirectURI = redirectURI
        self.challenge = challenge
        self.stage = stage
        self.subject = subject
        self.decision = decision
        self.decidedFrom = decidedFrom
        self.token = token
        self.settledAt = settledAt
    }

    /// Whether a person can still decide at `now`.
    public func isPending(at now: Timestamp) -> Bool { stage == .pending && isCurrent(at: now) }

    /// Whether it has not timed out at `now`. One of the future was made under a clock that was wrong; the clock of another
    /// node may be a little ahead.
    public func isCurrent(at now: Timestamp) -> Bool { !createdAt.isAhead(of: now) && now < expiresAt }

    /// The client, as its token remembers it.
    public var tokenClient: Token.Client {
        Token.Client(id: client, title: clientTitle, address: address.isEmpty ? decidedFrom : address)
    }
}

extension Authorization {
    /// What the person lets the program have: a new token, or a new secret of one that it had.
    public struct Decision: Hashable, Sendable {
        public let name: String
        /// The scopes in text form; empty for every service.
        public let scopes: [String]
        public let addresses: [String]
        /// `nil` where nobody chose an expiry.
        public let expiresAt: Timestamp?
        /// Whether no expiry at all was chosen.
        public let neverExpires: Bool
        /// The token that gets a new secret; `nil` for a new token.
        public let rotates: TokenID?

        public init(
            name: String, scopes: [String], addresses: [String] = [], expiresAt: Timestamp? = nil,
            neverExpires: Bool = false, rotates: TokenID? = nil
        ) {
            self.name = name
            self.scopes = scopes
            self.addresses = addresses
            self.expiresAt = expiresAt
            self.neverExpires = neverExpires
            self.rotates = rotates
        }
    }

    /// What a poll is answered with, apart from a token.
    public enum Poll: Hashable, Sendable {
        /// Nobody has decided yet.
        case pending
        /// The program polls too fast; it has to wait that long between two polls from now on.
        case tooFast(TimeSpan)
        case denied, expired
        /// It can be redeemed.
        case ready
        /// It was redeemed before.
        case used
    }

    /// Notes a poll at `now`, and says what it is answered with (RFC 8628, section 3.5).
    public mutating func poll(at now: Timestamp) -> Poll {
        switch stage {
        case .used, .spoilt: return .used
        case .denied: return .denied
        case .approved: return isCurrent(at: now) ? .ready : .expired
        case .pending:
            guard isCurrent(at: now) else { return .expired }
            defer { polledAt = now }
            // Half a second for the way.
            if let polledAt, now < polledAt + pollInterval - TimeSpan(milliseconds: 500), polledAt <= now {
                pollInterval = pollInterval + Self.pollInterval
                return .tooFast(pollInterval)
            }
            return .pending
        }
    }
}
