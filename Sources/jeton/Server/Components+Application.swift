import Desk
import DeskAPI
import DeskPages
import Gate
import HTTPServer
import Ledger
import OAuth
import SCIM
import SignIn
import Signals
import Sodium
import Tokens

extension Components {
    /// The application for people, scripts and proxies.
    var application: Application {
        let pages = DeskPages(
            .init(
                tokens: tokens, people: people, serviceAccounts: serviceAccounts, oversight: oversight,
                accounts: accounts,
                provider: provider, sessions: sessions, forms: forms,
                secretReveal: SecretReveal(
                    key: key, ledger: ledger, clock: clock, isSecure: configuration.publicURL.isSecure),
                flash: FlashCookie(
                    key: key, clock: clock, isSecure: configuration.publicURL.isSecure),
                inventory: inventory, bulk: bulk, noticeDesk: noticeDesk,
                unsubscribeLink: UnsubscribeLink(key: key), leaks: leaks, trust: trust,
                authorizations: authorizations, oauth: oauth, key: key, clock: clock,
                retention: configuration.retention),
            address: "\(configuration.publicURL)", speaksNuxeo: configuration.nuxeo.enabled,
            api: APIDescription(parsing: TokensAPI.description)
        )
        var router = Router { request, refusal in
            // Scripts get problems (RFC 9457), identity providers SCIM errors, people pages.
            if ["/api/", "/oauth/", "/leaks"].contains(where: request.path.hasPrefix) {
                return Problem.refusal(refusal).response
            }
            if SCIMAPI.isIts(request.path) { return SCIMAPI.refusal(refusal) }
            if signals != nil, SignalReceiver.isIts(request.path) { return SignalReceiver.refusal(refusal) }
            return pages.refusal(request, refusal)
        }
        Health.addRoutes(to: &router, readiness: readiness, uses: uses)
        if configuration.servesMetricsBesideDesk { metricsRoute.add(to: &router) }
        pages.addRoutes(to: &router)
        let authentication = authentication
        let callers = CallerReader(
            authentication: authentication, sessions: sessions, desk: tokens, deskAddress: deskAddress)
        let tokensAPI = TokensAPI(desk: tokens, callers: callers, clock: clock)
        tokensAPI.addRoutes(to: &router)
        AccountsAPI(desk: serviceAccounts, tokens: tokensAPI).addRoutes(to: &router)
        TrustAPI(desk: trust, accounts: serviceAccounts, tokens: tokensAPI).addRoutes(to: &router)
        EventsAPI(oversight: oversight, callers: callers).addRoutes(to: &router)
        AdminAPI(
            people: people, tokens: tokens, accounts: serviceAccounts, oversight: oversight,
            inventory: inventory, bulk: bulk, notices: noticeDesk, trust: trust, clock: clock,
            address: "\(configuration.publicURL)",
            door: .overseers(callers)
        ).addRoutes(to: &router)
        SCIMAPI(
            ledger: ledger, authentication: authentication, clock: clock,
            address: "\(configuration.publicURL)",
            administrators: configuration.oidcSettings?.adminGroups ?? []
        ).addRoutes(to: &router)
        LeaksAPI(
            desk: leaks, callers: callers, reporters: leakReporters,
            trustedProxies: configuration.trustedProxies
        ).addRoutes(to: &router)
        if configuration.nuxeo.enabled {
            NuxeoTokens(desk: tokens, callers: callers).addRoutes(to: &router)
        }
        signals?.addRoutes(to: &router, trusting: configuration.trustedProxies)
        IntrospectionEndpoints(index: index, ledger: ledger, uses: uses, clock: clock, settings: gateSettings)
            .addRoutes(to: &router)
        addOAuth(to: &router)
        let gate = Gate(
            index: index, uses: uses, clock: clock, settings: gateSettings,
            owners: KnownPasswords(check: PasswordCheck(passwordKeeper, clock: clock)),
            recent: recentPasswords)
        return Application(
            router: router, direct: [gate], deferred: [gate], urgently: Self.beforeOthers)
    }

    /// The endpoints of the authorization server.
    private func addOAuth(to router: inout Router) {
        let settings = oauth
        var grants: [any TokenGrant] = [CodeGrant(authorizations, settings)]
        if settings.allowsDevices { grants.append(DeviceGrant(authorizations, settings)) }
        grants += exchangeGrants(settings, authentication)
        let endpoint = TokenEndpoint(settings, grants: grants, clock: clock)
        endpoint.addRoutes(to: &router)
        DeviceEndpoint(authorizations, settings).addRoutes(to: &router)
        RegistryDialects(
            trust: identities.issuers.isEmpty ? nil : trust,
            revocation: RevocationByHolder(ledger: ledger, clock: clock),
            authorizations: authorizations, format: configuration.tokenFormat, settings: settings
        ).addRoutes(to: &router)
        ServerMetadata(settings, grantTypes: endpoint.grantTypes).addRoutes(to: &router)
        ProtectedResources(settings).addRoutes(to: &router)
        if let registrations = settings.clients.registrations {
            RegistrationEndpoint(registrations).addRoutes(to: &router)
        }
    }

    /// The configuration of the authorization server, with the programs that the operator does not know.
    static func oauth(_ configuration: Configuration, key: KeyedHash, clock: Clock) -> OAuthSettings {
        var settings = configuration.oauthSettings
        if configuration.oauth.clientMetadata != .off {
            settings.clients.documents = ClientDocuments(
                policy: configuration.oauth.clientMetadata, clock: clock)
        }
        if configuration.oauth.allowsRegistration {
            settings.clients.registrations = ClientRegistrations(key: key, clock: clock)
        }
        return settings
    }

    /// Gives an urgent request priority at the ledger.
    static let beforeOthers: Application.Around = { work in
        await LedgerPriority.$isUrgent.withValue(true) { await work() }
    }

    /// Authenticates tokens at the desk and at SCIM, which counts as a use of the token.
    private var authentication: TokenAuthentication {
        let uses = uses
        let clock = clock
        return TokenAuthentication(
            index: index, clock: clock, format: configuration.tokenFormat,
            trustedProxies: configuration.trustedProxies, staleness: staleness
        ) { secret, address, userAgent in
            uses.record(
                secret, service: ServiceName.desk, address: address, userAgent: userAgent, at: clock.now)
        } recordRefusal: { token, denial, address, userAgent in
            uses.record(
                refusalOf: token, denial, service: ServiceName.desk, address: address, userAgent: userAgent,
                at: clock.now)
        } recordTry: { decoy, address, userAgent in
            uses.record(
                tryOf: decoy, service: ServiceName.desk, address: address, userAgent: userAgent, at: clock.now
            )
        }
    }

    /// The sockets for programs with Cyrus SASL.
    func saslauthd(log: RequestLog) -> [LocalServer] {
        configuration.saslauthdSockets(desk: deskAddress).map { socket in
            var settings = socket.settings
            settings.staleness = staleness
            settings.verdicts = verdicts
            let gate = SaslauthdGate(index: index, uses: uses, clock: clock, settings: settings)
            return LocalServer(path: socket.path, access: socket.file, log: log) { gate.answer($0) }
        }
    }

    private var gateSettings: GateSettings {
        GateSettings(
            services: configuration.services, desk: deskAddress,
            issuer: "\(configuration.publicURL)", secrets: configuration.secrets,
            format: configuration.tokenFormat, trustedProxies: configuration.trustedProxies,
            threads: configuration.limits.threads, staleness: staleness, verdicts: verdicts)
    }

    private var passwordKeeper: PasswordCheck.Keeper {
        if configuration.signIn.passwordCheck == .oidc, let provider { return .provider(provider) }
        return .accounts(accounts)
    }

    /// The application for the operator, on the data folder's socket. If the services are unknown (`nil`), tokens can be
    /// created for any.
    func admin(services: [Service]?) -> Application {
        let tokens = TokenDesk(
            ledger: ledger, services: services, clock: clock, format: configuration.tokenFormat,
            overseers: configuration.accounts.mayOversee)
        var router = AdminAPI(
            people: people, tokens: tokens,
            accounts: AccountDesk(
                ledger: ledger, clock: clock, services: services, logins: serviceAccounts.logins,
                grace: serviceAccounts.grace),
            oversight: Oversight(ledger: ledger, services: services ?? []), inventory: inventory, bulk: bulk,
            notices: noticeDesk, trust: trustDesk(tokens),
            clock: clock, address: "\(configuration.publicURL)"
        ) { [ledger] path in try await ledger.backup(to: path) }
        .router
        OperatorsLeaks(desk: leaks).addRoutes(to: &router)
        addSignals(to: &router)
        LedgerName.route(of: file, to: &router)
        Health.addRoutes(to: &router, readiness: readiness, uses: uses)
        // Only this process's user can open the socket.
        MetricsRoute(for: nil, trusting: []) { metrics }.add(to: &router)
        return Application(
            router: router, direct: [OperatorsOnly()], urgent: true, urgently: Self.beforeOthers)
    }

    private var metricsRoute: MetricsRoute {
        MetricsRoute(for: configuration.metrics.allowed, trusting: configuration.trustedProxies) { metrics }
    }

    /// The application for monitoring, if it has an address of its own.
    var monitoring: Application {
        var router = Router()
        Health.addRoutes(to: &router, readiness: readiness, uses: uses)
        metricsRoute.add(to: &router)
        return Application(router: router, urgent: true, urgently: Self.beforeOthers)
    }

    private var deskAddress: DeskAddress { DeskAddress(publicURL: "\(configuration.publicURL)") }
}

/// Checks passwords for the gate with the check of signing in.
private struct KnownPasswords: PasswordOwners {
    let check: PasswordCheck

    func outcome(of presented: PresentedPassword, from address: IPAddress?) async -> PasswordOutcome {
        await check.outcome(of: presented, from: address)
    }
}
