public import Tokens

/// Which tokens to list, and in what order.
public struct TokenQuery: Hashable, Sendable {
    /// Only those of this subject.
    public var owner: SubjectID?
    /// Only those of people, only those of service accounts, or only those by which agents act on behalf of people.
    public var ownerKind: OwnerKind?
    /// Only those in one of these states at `now`.
    public var states: Set<Token.State>
    /// Only those that jobs got for their identities, or only others.
    public var isOfJob: Bool?
    /// The moment for which states and findings are decided.
    public var now: Timestamp
    /// Only those of this name (folded).
    public var name: String?
    /// Only those whose name contains this text (folded).
    public var namePart: String?
    /// Only the token of this identifier; where there is none, those whose name, or whose owner's login, name or e-mail
    /// address, contains this text (folded), and those that were used from this address or range of addresses.
    public var search: String?
    /// Only those that nobody has used after this moment, whose secret is as old, and that were not resumed after it; none that were
    /// exchanged for others, and none for which others were exchanged that were used.
    public var unusedSince: Timestamp?
    /// Only those whose scopes allow anything at this service.
    public var allowing: ServiceName?
    /// Only those that have this scope.
    public var holding: DeskScope?
    /// Only those of these identifiers.
    public var among: [TokenID]?
    /// Only those that were used this way.
    public var used: UsePlaceQuery?
    /// Only those that were created then.
    public var created: MomentRange
    /// Only those of which this is true.
    public var finding: TokenFinding?
    /// What ``finding`` is measured by.
    public var findingLimits: FindingLimits
    public var order: TokenOrder
    /// The cursor: only those that come after this one in ``order``.
    public var after: TokenCursor?
    /// The cursor of the order ``TokenOrder/newest``: only those whose current secret comes before this one, which are older.
    public var before: SecretID?
    /// The most to return.
    public var limit: Int

    public enum OwnerKind: String, Hashable, Sendable, CaseIterable {
        case person, account, agent
    }

    /// A query for tokens by their states at `now`.
    public init(
        owner: SubjectID? = nil, states: Set<Token.State> = Set(Token.State.allCases), now: Timestamp,
        search: String? = nil, before: SecretID? = nil, limit: Int = 100
    ) {
        self.owner = owner
        self.states = states
        self.now = now
        self.search = search
        created = MomentRange()
        findingLimits = FindingLimits()
        order = .newest
        self.before = before
        self.limit = limit
    }
}

/// Moments from `from` on and before `until`, where they are given.
public struct MomentRange: Hashable, Sendable {
    public var from: Timestamp?
    public var until: Timestamp?

    public init(from: Timestamp? = nil, until: Timestamp? = nil) {
        self.from = from
        self.until = until
    }
}

/// How a token was used in the last ``LedgerLimits/daysOfUses`` days. Everything that is given holds for one and the same
/// place: that service, from those addresses, with that client.
public struct UsePlaceQuery: Hashable, Sendable {
    public var service: String?
    public var addresses: AddressRange?
    /// A part of the client's name (folded).
    public var client: String?
    /// Only places where it was first used before the end of this range, and last used from its beginning on, in whole
    /// days (UTC).
    public var at: MomentRange

    public init(
        service: String? = nil, addresses: AddressRange? = nil, client: String? = nil,
        at: MomentRange = MomentRange()
    ) {
        self.service = service
        self.addresses = addresses
        self.client = client
        self.at = at
    }
}

/// The order of a list of tokens. Those that are equal come in the order of their current secrets.
public enum TokenOrder: String, Hashable, Sendable, CaseIterable {
    /// The newest secret first.
    case newest
    case oldest
    /// By name (folded).
    case name
    /// By the owner's login (folded).
    case owner
    /// The latest use first, and those that were never used last.
    case lastUse = "last-use"
    /// Those that were never used first, then the earliest last use.
    case leastUsed = "least-used"
    /// Those that expire soonest first, and those that never do last.
    case expiry
}

/// A token with what lists show beside it.
public struct ListedToken: Hashable, Sendable {
    public let token: Token
    public let owner: Subject
    /// The latest use; `nil` where the token was never used.
    public let lastUse: Use?
    /// The text by which lists are ordered by owner: the folded login, and more where others have the same.
    private let ownerKey: String

    public init(token: Token, owner: Subject, ownerKey: String? = nil, lastUse: Use?) {
        self.token = token
        self.owner = owner
        self.ownerKey = ownerKey ?? owner.login.folded
        self.lastUse = lastUse
    }

    /// The cursor for what comes after it in a list of this order.
    public func cursor(in order: TokenOrder) -> TokenCursor {
        let key: CursorKey =
            switch order {
            case .newest, .oldest: .none
            case .name: .text(token.name.text.folded)
            case .owner: .text(ownerKey)
            case .lastUse, .leastUsed: lastUse.map { .number($0.lastAt.milliseconds) } ?? .none
            case .expiry: token.expiresAt.map { .number($0.milliseconds) } ?? .none
            }
        return TokenCursor(token.secret, key)
    }
}
