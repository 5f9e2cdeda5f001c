import Desk
import Gate
import HTTPServer
import Ledger
import SCIM
import SignIn
import Sodium
import Tokens

/// All parts, put together over one ledger.
struct House: Sendable {
    let configuration: Configuration
    let clock = Clock.system
    let index: TokenIndex
    let ledger: any Ledger
    /// Which file that is, where it is one.
    let file: FileIdentity?
    /// The same, where other nodes change it, too.
    let shared: SharedLedger?
    /// Whether what is known here is current.
    let freshness: Freshness
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

    /// Opens the ledger, with the key in `data`, whose locks the caller holds: that of the folder, and, where the
    /// ledger is a file, of that. In an empty database tables are made only where `makesLedger` says so.
    init(
        _ configuration: Configuration, data: DataFolder, lock: LedgerLock?, makesLedger: Bool
    ) throws(CommandFailure) {
        self.configuration = configuration
        let index = TokenIndex(whole: false)
        self.index = index
        let recentPasswords = RecentPasswords()
        self.recentPasswords = recentPasswords
        let key = try data.key()
        self.key = key
        file = lock?.identity
        (ledger, shared) = try Self.openLedger(configuration, lock, makesLedger) { change in
            index.apply(change)
            recentPasswords.apply(change)
        }
        freshness = shared?.freshness ?? .always
        readiness = Readiness(index: index, freshness: freshness)
        uses = UseRecorder(ledger: ledger, format: configuration.tokenFormat)
        verdicts = VerdictCounts(
            configuration.services.map(\.name), lanes: configuration.limits.threads)
        requests = RequestFigures(Self.routes, lanes: configuration.limits.threads)
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
            ledger: ledger, services: configuration.services, clock: clock, format: configuration.tokenFormat)
    }

    /// What requests are counted by.
    private static let routes: [RequestFigures.Route] = [
        .init("verify", "/verify/"), .init("oauth", "/oauth/", "/.well-known/"), .init("api", "/api/"),
        .init("scim", "/scim/"), .init("nuxeo", "/nuxeo/"),
        .init("health", "/healthz", "/readyz", "/metrics"),
    ]
}
