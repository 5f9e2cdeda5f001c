public import Tokens

/// What Jeton remembers: subjects, their tokens, sessions, uses, and every event.
///
/// Each change is one transaction together with its ``Event``. When a method returns, its change is durable (it
/// survives `kill -9` and a power failure) and the ledger's observer has seen it, so that the gate knows of a change
/// before whoever asked for it gets an answer.
///
/// The ledger is composed of one protocol for each role, and code takes the roles that it needs:
///
/// ```swift
/// struct Oversight {
///     let ledger: any EventLedger & UseLedger
/// }
/// ```
///
/// Only the composition, which opens and closes it, and the engines know the whole. All errors are ``LedgerError``;
/// `Tests/LedgerTests/Conformance` says what every engine must do.
public protocol Ledger:
    SubjectLedger, AccountLedger, PasswordLedger, TokenLedger, UseLedger, RefusalLedger, SessionLedger,
    AttemptLedger, EventLedger, ExportLedger, PolicyLedger, RequestLedger, ProvisioningLedger, NodeLedger,
    BulkLedger, NoticeLedger, NoticeFactLedger, LeakLedger, DecoyLedger, SignalLedger, AuthorizationLedger,
    TrustLedger
{
    /// Counts the failures since the ledger was opened.
    var failures: LedgerFailures { get }
    /// Reads both policies, then every subject, then every token into `reader`, all from one moment that is
    /// later than every change answered before. Writers do not wait for it.
    ///
    /// Throws ``LedgerError/cancelled`` where the task is cancelled.
    func load(into reader: some LedgerReader) async throws(LedgerError)
    /// Removes what is kept for a limited time: uses and refusals older than ``LedgerLimits/daysOfUses``, the history of
    /// uses older than ``LedgerLimits/daysOfHistory``, sessions and invitations that ended as long ago as the uses,
    /// expired one-time marks and attempts, requests older than ``LedgerLimits/daysOfRequests``, tokens of jobs that ended
    /// ``LedgerLimits/daysOfEndedJobs`` ago, and pauses that are over.
    /// Sessions that are ended and invitations that are used are removed at once.
    func sweep(at now: Timestamp) async throws(LedgerError)
    /// Writes a complete, consistent copy to a new file while the ledger is in use.
    /// Throws ``LedgerError/backupFailed(reason:)`` where the file exists or cannot be written.
    func backup(to path: String) async throws(LedgerError)
    /// Finishes pending work and closes the files or connections. Nothing may be called afterwards.
    func close() async
}

/// A change that the gate must know. Applying it twice does no harm.
public enum Change: Sendable {
    /// A subject as it now is.
    case subject(Subject)
    /// One of a token's secrets as it now is, with the digest by which it is found.
    case secret(TokenRecord, TokenDigest)
    /// The sign-in policy from now on; `nil` for none.
    case signInPolicy(SignInPolicy?)
    /// The operator's rules about tokens from now on.
    case tokenPolicy(TokenPolicy)
    /// A decoy as it now is.
    case decoy(DecoyRecord)
    /// The subject's password changed. Not sent while loading.
    case password(SubjectID)
}

/// The limits that every engine keeps.
public enum LedgerLimits {
    /// The most active tokens of one subject.
    public static let activeTokensPerSubject = 1000
    /// The most active tokens that were exchanged for one.
    public static let activeExchangesPerToken = 50
    /// The most trust rules of one subject that are not removed.
    public static let trustRulesPerSubject = 100
    /// The most active tokens that one trust rule has given to jobs.
    public static let activeTokensPerTrustRule = 10_000
    /// How many days the tokens of jobs are kept after their end.
    public static let daysOfEndedJobs = 30
    /// The most rows of uses for one token, or one person's password, and day. The last row counts whatever does not
    /// fit, with empty service, client and address.
    public static let usesPerTokenAndDay = 200
    /// The most places, see ``UsePlaceQuery``, that are kept of one token. The last one stands for whatever does not fit,
    /// with empty service, address and client.
    public static let placesPerToken = 1000
    /// The most rows of refusals for one secret and day. The last row counts whatever does not fit, with empty
    /// service, client and address.
    public static let refusalsPerSecretAndDay = 100
    /// The most places that are kept of one secret that was found.
    public static let leaksPerSecret = 100
    /// The most authorizations that wait for a person, in all, and of those that were asked for from one address, or
    /// network of 64 bits.
    public static let pendingAuthorizations = 2000
    public static let pendingAuthorizationsPerAddress = 50
    /// How long an authorization is kept after it timed out.
    public static let authorizationsKept = TimeSpan.days(1)
    /// The most decoys of one subject that are not revoked.
    public static let decoysPerSubject = 100
    /// The most addresses that ``UseLedger/people(at:since:)`` asks for.
    public static let addressesAskedFor = 10
    /// How long another identity may replace one that was released.
    public static let releaseLasting = TimeSpan.days(7)
    /// The most links to the first administrator's account that work at a time.
    public static let firstInvitations = 16
    /// How many days uses are kept.
    public static let daysOfUses = 90
    /// The most rows of the history of one token for one day. The last row counts whatever does not fit, with an
    /// empty service.
    public static let servicesPerTokenAndDay = 20
    /// How many days the uses of a token by day and service are kept.
    public static let daysOfHistory = 365
    /// The most requests of one person that wait for an answer.
    public static let openRequestsPerSubject = 50
    /// The most new notices that are counted for one person.
    public static let newNoticesCounted = 100
    /// How many days requests are kept.
    public static let daysOfRequests = 365
}

/// The order in which requests that wait for the ledger are served.
public enum LedgerPriority {
    /// Whether the current task's requests go before others, as those of a revocation do.
    @TaskLocal public static var isUrgent = false
}

/// The policies for everybody's tokens.
public protocol PolicyLedger: Sendable {
    /// How often people must sign in to keep their tokens from becoming dormant; `nil` where they need not.
    func signInPolicy() async throws(LedgerError) -> SignInPolicy?
    /// Sets that policy by ``Tokens/SignInPolicy/settled(every:after:at:)`` as of `event.at`, and returns
    /// what now holds. No event is kept where nothing changes.
    @discardableResult
    func setSignInPolicy(every span: TimeSpan?, event: Event) async throws(LedgerError) -> SignInPolicy?
    /// The operator's rules about tokens; no rules where none were set.
    func tokenPolicy() async throws(LedgerError) -> TokenPolicy
    /// Sets those rules. `event` gets their difference from the former ones as its detail; none is kept where nothing
    /// changes.
    func setTokenPolicy(_ policy: TokenPolicy, event: Event) async throws(LedgerError)
}
