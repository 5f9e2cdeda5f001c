public import Tokens

/// Secrets that were found where they must not be.
public protocol LeakLedger: Sendable {
    /// The tokens of those of the digests that are known, with their owners, as they are at `now`.
    func found(_ digests: [TokenDigest], at now: Timestamp) async throws(LedgerError)
        -> [TokenDigest: FoundSecret]
    /// Keeps where secrets were found, and carries out what ``LeakReport/judge`` decides, all in one transaction. Returns
    /// what became of each of ``LeakReport/leaks``, in their order; `nil` for a secret that is not known.
    ///
    /// A place that was reported before, by the same reporter, is not kept again and adds no event. An ended secret, and a
    /// secret of a token that has ended, is recorded without an act. Of a token's previous secret that works, the act ends
    /// only that secret.
    func report(_ report: LeakReport) async throws(LedgerError) -> [LeakOutcome?]
    /// Where the secrets of a token were found, the latest first; also those that have ended.
    func leaks(of token: TokenID) async throws(LedgerError) -> [Leak]
}

/// A secret of a token that somebody presents as found.
public struct FoundSecret: Hashable, Sendable {
    public let token: Token
    public let owner: Subject
    public let secret: SecretID
    /// Whether the secret is accepted, or will be when a pause ends.
    public let isWorking: Bool

    public init(token: Token, owner: Subject, secret: SecretID, isWorking: Bool) {
        (self.token, self.owner, self.secret, self.isWorking) = (token, owner, secret, isWorking)
    }

    /// Whether it is the token's current secret.
    public var isCurrent: Bool { secret == token.secret }
}

/// One secret of a report, by its digest, and where it was found.
public struct ReportedLeak: Hashable, Sendable {
    public let digest: TokenDigest
    /// The address or path of the place, without secrets; empty where it is not known.
    public let url: String
    /// The kind of place in the reporter's word, such as `commit`; may be empty.
    public let source: String

    public init(digest: TokenDigest, url: String, source: String) {
        (self.digest, self.url, self.source) = (digest, url, source)
    }
}

/// Leaks that were reported together.
public struct LeakReport: Sendable {
    public let leaks: [ReportedLeak]
    /// Who found them: the login of whoever sent them, or the name of a system.
    public let reporter: String
    public let at: Timestamp
    /// Who sent them, where they have an account here.
    public let actor: SubjectID?
    /// The token by which they were sent.
    public let actorToken: TokenID?
    /// The address from which they were sent.
    public let address: String
    /// What happens to a token of which a working secret was found.
    public let judge: @Sendable (FoundSecret) -> LeakAct

    public init(
        _ leaks: [ReportedLeak], by reporter: String, at: Timestamp, actor: SubjectID? = nil,
        actorToken: TokenID? = nil, address: String = "", judge: @escaping @Sendable (FoundSecret) -> LeakAct
    ) {
        self.leaks = leaks
        self.reporter = reporter
        self.at = at
        self.actor = actor
        self.actorToken = actorToken
        self.address = address
        self.judge = judge
    }
}

/// What became of one secret of a report.
public struct LeakOutcome: Hashable, Sendable {
    /// The secret with its token as it was before.
    public let found: FoundSecret
    /// What was done; `nil` where it had ended before, or was paused before and the place is known.
    public let act: LeakAct?
    /// Whether this place was not known before.
    public let isNew: Bool

    public init(found: FoundSecret, act: LeakAct?, isNew: Bool) {
        (self.found, self.act, self.isNew) = (found, act, isNew)
    }
}

/// Identifies a leak.
public typealias LeakID = Identifier<Leak>

/// A place where a secret was found.
public struct Leak: Hashable, Sendable {
    public let id: LeakID
    public let secret: SecretID
    public let reporter: String
    /// Without secrets; empty where it is not known.
    public let url: String
    public let source: String
    /// When it was reported first, and last.
    public let foundAt: Timestamp
    public let lastAt: Timestamp
    /// Whether the secret worked when it was first reported.
    public let wasWorking: Bool
    /// What was done, then or when it was reported again; `nil` for nothing.
    public let act: LeakAct?

    public init(
        id: LeakID, secret: SecretID, reporter: String, url: String, source: String, foundAt: Timestamp,
        lastAt: Timestamp, wasWorking: Bool, act: LeakAct?
    ) {
        self.id = id
        self.secret = secret
        self.reporter = reporter
        self.url = url
        self.source = source
        self.foundAt = foundAt
        self.lastAt = lastAt
        self.wasWorking = wasWorking
        self.act = act
    }
}

extension Event {
    /// How the detail of an event ends that a reported leak caused.
    public static let causedByLeak = ", leaked"

    /// Whether a reported leak caused it. The detail of other kinds may end with what a stranger chose.
    public var isByLeak: Bool {
        [.tokenRevoked, .tokenPaused, .secretEnded].contains(kind) && detail.hasSuffix(Self.causedByLeak)
    }
}
