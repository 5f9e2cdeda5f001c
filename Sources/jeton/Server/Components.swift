import Desk
import DeskAPI
import Exports
import Gate
import HTTPServer
import Ledger
import Notices
import OAuth
import SCIM
import SQLLedger
import SignIn
import Signals
import Sodium
import TokenIndex
import Tokens

/// All parts of the server, composed over one ledger.
struct Components: Sendable {
    let configuration: Configuration
    let clock = Clock.system
    let index: TokenIndex
    let ledger: any Ledger
    /// The file of the ledger; `nil` for a database.
    let file: FileIdentity?
    /// The ledger, if other nodes change it as well.
    let shared: SharedLedger?
    /// Whether this node knows of every change.
    let staleness: Staleness
    let recentPasswords: RecentPasswords
    let uses: UseRecorder
    let verdicts: VerdictCounts
    let requests: RequestFigures
    let readiness: Readiness
    let sessions: Sessions
    let accounts: LocalAccounts
    let provider: ProviderSignIn?
    let forms: FormGuard
    let key: KeyedHash
    let people: PeopleDesk
    let tokens: TokenDesk
    let authorizations: AuthorizationDesk
    let oauth: OAuthSettings
    let serviceAccounts: AccountDesk
    let oversight: Oversight
    /// Where events are sent.
    let exports: [EventExport]
    let inventory: Inventory
    let bulk: BulkDesk
    let noticeDesk: NoticeDesk
    /// Writes and sends notices.
    let notices: NoticeService
    let leaks: LeakDesk
    /// Who reports leaks by a protocol of their own.
    let leakReporters: LeaksAPI.Reporters
    /// Verifies identities of jobs.
    let identities: IdentityVerifier
    /// Trades identities of jobs for tokens.
    let trust: TrustDesk
    /// Takes the identity provider's signals, if the configuration says so.
    let signals: SignalReceiver?

    /// Opens the ledger and composes the parts. The caller holds the lock on the folder and, for a file, `lock` on the
    /// ledger. With `createsLedger`, creates the tables in an empty database.
    init(
        _ configuration: Configuration, data: DataFolder, lock: LedgerLock?, createsLedger: Bool
    ) throws(CommandFailure) {
        self.configuration = configuration
        let index = TokenIndex(whole: false)
        self.index = index
        let recentPasswords = RecentPasswords()
        self.recentPasswords = recentPasswords
        let knownAccounts = KnownAccounts(lasting: .seconds(10))
        let key = try data.key()
        self.key = key
        file = lock?.identity
        (ledger, shared) = try Self.openLedger(configuration, lock, createsLedger) { change in
            index.apply(change)
            recentPasswords.apply(change)
            knownAccounts.apply(change)
        }
        staleness = shared?.staleness ?? .always
        readiness = Readiness(index: index, staleness: staleness)
        uses = UseRecorder(ledger: ledger, format: configuration.tokenFormat)
        verdicts = VerdictCounts(
            configuration.services.map(\.name), shards: configuration.limits.threads)
        requests = RequestFigures(Self.routes, shards: configuration.limits.threads)
        let settings = configuration.signInSettings
        sessions = Sessions(ledger: ledger, clock: clock, settings: settings)
        accounts = LocalAccounts(
            ledger: ledger, sessions: sessions, clock: clock, format: configuration.tokenFormat, key: key,
            settings: settings)
        if let oidc = configuration.oidcSettings {
            provider = ProviderSignIn(
                ledger: ledger, sessions: sessions, clock: clock, key: key, settings: settings, oidc: oidc,
                warn: { report("warning: \($0)") })
        } else {
            provider = nil
        }
        forms = FormGuard(key: key, settings: settings)
        people = PeopleDesk(
            ledger: ledger, accounts: accounts, clock: clock,
            provider: ProviderRule(
                signsPeopleIn: provider != nil,
                administratorGroups: configuration.oidcSettings?.adminGroups ?? []))
        tokens = TokenDesk(
            ledger: ledger, services: configuration.services, clock: clock, format: configuration.tokenFormat,
            revokesReused: configuration.revokesReused, staleFor: configuration.staleFor,
            overseers: configuration.accounts.mayOversee)
        authorizations = AuthorizationDesk(ledger: ledger, tokens: tokens, clock: clock)
        oauth = Self.oauth(configuration, key: key, clock: clock)
        serviceAccounts = AccountDesk(
            ledger: ledger, clock: clock, services: configuration.services,
            logins: configuration.accounts.logins,
            grace: configuration.accounts.grace, known: knownAccounts,
            administratorGroups: configuration.oidcSettings?.adminGroups ?? [])
        identities = IdentityVerifier(configuration.federationIssuers, clock: clock)
        trust = TrustDesk(
            ledger: ledger, tokens: tokens, verifier: identities, clock: clock,
            admitsPeople: configuration.peopleHaveTrustRules)
        signals = configuration.signalSettings.map { [ledger, clock] in
            SignalReceiver(ledger: ledger, clock: clock, settings: $0)
        }
        oversight = Oversight(
            ledger: ledger, services: configuration.services, signals: Self.signalSource(signals))
        exports = configuration.sinks.map { [ledger, clock] in
            EventExport(
                $0.name, of: ledger, to: $0.sink, as: $0.format, version: Version.number, clock: clock)
        }
        inventory = Inventory(ledger: ledger, services: configuration.services, clock: clock)
        leaks = LeakDesk(
            ledger: ledger, policy: configuration.leakPolicy, services: configuration.services.map(\.name),
            format: configuration.tokenFormat, clock: clock)
        leakReporters = configuration.leaks.reporters(clock: clock)
        bulk = BulkDesk(ledger: ledger, inventory: inventory, format: configuration.tokenFormat, clock: clock)
        let noticeSettings = configuration.noticeSettings(
            key: key, exports: exports, failures: ledger.failures, clock: clock)
        notices = NoticeService(ledger: ledger, settings: noticeSettings, clock: clock)
        noticeDesk = NoticeDesk(
            ledger: ledger, clock: clock,
            abilities: configuration.noticeAbilities(noticeSettings, key: key, clock: clock))
    }

    /// The groups of paths by which requests are counted.
    private static let routes: [RequestFigures.CountedRoute] = [
        .init("verify", "/verify/"), .init("oauth", "/oauth/", "/.well-known/"), .init("api", "/api/"),
        .init("scim", "/scim/"), .init("signals", "/signals"), .init("nuxeo", "/nuxeo/"),
        .init("leaks", "/leaks"), .init("health", "/healthz", "/readyz", "/metrics"),
    ]
}
