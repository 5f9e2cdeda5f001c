import Desk
import DeskAPI
import DeskPages
import Gate
import HTTPServer
import Ledger
import SCIM
import SignIn
import Sodium
import Tokens

/// All parts, put together over one ledger.
struct Components: Sendable {
    let configuration: Configuration
    let clock = Clock.system
    let index: TokenIndex
    let ledger: any Ledger
    /// Which file that is, where it is one.
    private let file: FileIdentity?
    /// The same, where other nodes change it, too.
    let shared: SharedLedger?
    /// Whether what is known here is current.
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
    private let key: KeyedHash
    let people: PeopleDesk
    let tokens: TokenDesk
    let oversight: Oversight

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
        staleness = shared?.staleness ?? .always
        readiness = Readiness(index: index, staleness: staleness)
        uses = UseRecorder(ledger: ledger, format: configuration.tokenFormat)
        verdicts = VerdictCounts(
            configuration.services.map(\.name), shards: configuration.limits.threads)
        requests = RequestFigures(Self.routes, shards: configuration.limits.threads)
        let settings = configuration.signIn
        sessions = Sessions(ledger: ledger, clock: clock, settings: settings)
        accounts = LocalAccounts(
            ledger: ledger, sessions: sessions, clock: clock, format: configuration.tokenFormat, key: key,
            settings: settings)
        if let oidc = configuration.oidc {
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
                signsPeopleIn: provider != nil, administratorGroups: configuration.oidc?.adminGroups ?? []))
        tokens = TokenDesk(
            ledger: ledger, services: configuration.services, clock: clock, format: configuration.tokenFormat)
        oversight = Oversight(ledger: ledger, services: configuration.services)
    }

    /// What requests are counted by.
    private static let routes: [RequestFigures.Route] = [
        .init("verify", "/verify/"), .init("oauth", "/oauth/", "/.well-known/"), .init("api", "/api/"),
        .init("scim", "/scim/"), .init("nuxeo", "/nuxeo/"),
        .init("health", "/healthz", "/readyz", "/metrics"),
    ]

    private static func openLedger(
        _ configuration: Configuration, _ lock: LedgerLock?, _ makesLedger: Bool,
        observer: @escaping @Sendable (Change) -> Void
    ) throws(CommandFailure) -> (any Ledger, SharedLedger?) {
        switch configuration.ledger {
        case .sqlite:
            // As the lock has it: a link could lead elsewhere by now.
            let path = lock?.path ?? ""
            return try attempt(path) { () throws(LedgerError) in
                (
                    try SQLiteLedger(path: path, namedGroups: configuration.namedGroups, observer: observer),
                    nil
                )
            }
        case .postgresql(let settings):
            return try attempt("\(settings)") { () throws(LedgerError) in
                let ledger = try PostgreSQLLedger(
                    configuration.complete(settings), makesTables: makesLedger,
                    namedGroups: configuration.namedGroups, observer: observer)
                return (ledger, SharedLedger(ledger: ledger, staleness: configuration.staleness))
            }
        }
    }

    private static func attempt<Value>(
        _ place: String, _ open: () throws(LedgerError) -> Value
    ) throws(CommandFailure) -> Value {
        do {
            return try open()
        } catch {
            throw .failed("cannot open the ledger \(place): \(error)")
        }
    }

    /// What people, scripts and proxies reach.
    var application: Application {
        let pages = DeskPages(
            .init(
                tokens: tokens, people: people, oversight: oversight, accounts: accounts,
                provider: provider, sessions: sessions, forms: forms,
                secretReveal: SecretReveal(
                    key: key, ledger: ledger, clock: clock, isSecure: configuration.publicURL.isSecure),
                clock: clock), address: "\(configuration.publicURL)")
        var router = Router { request, refusal in
            // Scripts read problems, identity providers what SCIM calls errors, people pages.
            if ["/api/", "/oauth/"].contains(where: request.path.hasPrefix) {
                return Problem.refusal(refusal).response
            }
            if SCIMAPI.isIts(request.path) { return SCIMAPI.refusal(refusal) }
            return pages.refusal(request, refusal)
        }
        Health.addRoutes(to: &router, readiness: readiness, uses: uses)
        if configuration.metrics.listen == configuration.listen { metricsRoute.add(to: &router) }
        pages.addRoutes(to: &router)
        let authentication = authentication
        let callers = CallerReader(
            authentication: authentication, sessions: sessions, desk: tokens, deskAddress: deskAddress)
        TokensAPI(desk: tokens, callers: callers, clock: clock).addRoutes(to: &router)
        SCIMAPI(
            ledger: ledger, authentication: authentication, clock: clock,
            address: "\(configuration.publicURL)",
            administrators: configuration.oidc?.adminGroups ?? []
        ).addRoutes(to: &router)
        if configuration.speaksNuxeo {
            NuxeoTokens(desk: tokens, callers: callers).addRoutes(to: &router)
        }
        OAuthEndpoints(index: index, ledger: ledger, uses: uses, clock: clock, settings: gateSettings)
            .addRoutes(to: &router)
        let gate = Gate(
            index: index, uses: uses, clock: clock, settings: gateSettings,
            owners: KnownPasswords(check: PasswordCheck(passwordKeeper, clock: clock)),
            recent: recentPasswords)
        return Application(
            router: router, direct: [gate], deferred: [gate], urgently: Self.beforeOthers)
    }

    /// What an urgent request asks of the ledger goes before what others ask.
    static let beforeOthers: Application.Around = { work in
        await LedgerPriority.$isUrgent.withValue(true) { await work() }
    }

    /// Who presents a token to the desk or to SCIM, each of which counts as a use of it.
    private var authentication: TokenAuthentication {
        let uses = uses
        let clock = clock
        return TokenAuthentication(
            index: index, clock: clock, format: configuration.tokenFormat,
            trustedProxies: configuration.trustedProxies, staleness: staleness
        ) { token, address, userAgent in
            uses.record(
                token, service: ServiceName.desk, address: address, userAgent: userAgent, at: clock.now)
        }
    }

    /// What programs on this machine reach that use Cyrus SASL.
    func saslauthd(log: RequestLog) -> [LocalServer] {
        configuration.saslauthdSockets(deskAddress: deskAddress).map { socket in
            var settings = socket.settings
            settings.staleness = staleness
            settings.verdicts = verdicts
            let gate = SaslauthdGate(index: index, uses: uses, clock: clock, settings: settings)
            return LocalServer(path: socket.path, access: socket.file, log: log) { gate.answer($0) }
        }
    }

    private var gateSettings: GateSettings {
        GateSettings(
            services: configuration.services, deskAddress: deskAddress,
            issuer: "\(configuration.publicURL)", secrets: configuration.secrets,
            format: configuration.tokenFormat, trustedProxies: configuration.trustedProxies,
            threads: configuration.limits.threads, staleness: staleness, verdicts: verdicts)
    }

    private var passwordKeeper: PasswordCheck.Keeper {
        if configuration.passwordCheck == .oidc, let provider { return .provider(provider) }
        return .accounts(accounts)
    }

    /// What the machine's operator reaches. Where it is not known which services there are, a token can
    /// be made for any.
    func admin(services: [Service]?) -> Router {
        var router = AdminAPI(
            people: people,
            tokens: TokenDesk(
                ledger: ledger, services: services, clock: clock, format: configuration.tokenFormat),
            oversight: Oversight(ledger: ledger, services: services ?? []), clock: clock,
            address: "\(configuration.publicURL)"
        ).router
        LedgerName.route(of: file, to: &router)
        Health.addRoutes(to: &router, readiness: readiness, uses: uses)
        // Who may open the socket is this process's own user.
        MetricsRoute(for: nil, trusting: []) { metrics }.add(to: &router)
        return router
    }

    private var metricsRoute: MetricsRoute {
        MetricsRoute(for: configuration.metrics.allowed, trusting: configuration.trustedProxies) { metrics }
    }

    /// What monitoring reaches, where that is a place of its own.
    var monitoring: Application {
        var router = Router()
        Health.addRoutes(to: &router, readiness: readiness, uses: uses)
        metricsRoute.add(to: &router)
        return Application(router: router, urgent: true, urgently: Self.beforeOthers)
    }

    private var deskAddress: String { "\(configuration.publicURL)/tokens" }
}

/// What the gate asks of passwords is what signing in knows of them.
private struct KnownPasswords: PasswordOwners {
    let check: PasswordCheck

    func outcome(of presented: PresentedPassword, from address: IPAddress?) async -> PasswordOutcome {
        await check.outcome(of: presented, from: address)
    }
}

extension Configuration {
    /// What it says about signing in.
    var signIn: SignInSettings {
        var settings = SignInSettings()
        settings.isSecure = publicURL.isSecure
        settings.idle = sessionIdle
        settings.absolute = sessionAbsolute
        settings.trustedProxies = trustedProxies
        settings.hasProvider = oidc != nil
        return settings
    }
}
