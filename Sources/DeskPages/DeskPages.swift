public import Desk
public import HTTPServer
public import Ledger
public import OAuth
public import SignIn
public import Sodium
public import Tokens

/// The desk as people see it: pages that work without JavaScript.
///
/// Each route reads what it needs through the desk's rules, creates a ``Page`` and answers with its document. A family
/// of pages and their routes has a folder of its own; ``answer(_:_:)`` holds what all routes share.
public struct DeskPages: Sendable {
    public struct Dependencies: Sendable {
        let tokens: TokenDesk
        let people: PeopleDesk
        let serviceAccounts: AccountDesk
        let oversight: Oversight
        let inventory: Inventory
        let bulk: BulkDesk
        let noticeDesk: NoticeDesk
        let unsubscribeLink: UnsubscribeLink
        let leaks: LeakDesk
        let trust: TrustDesk
        let authorizations: AuthorizationDesk
        let oauth: OAuthSettings
        let sealedRequest: SealedRequest
        let accounts: LocalAccounts
        let provider: ProviderSignIn?
        let sessions: Sessions
        let forms: FormGuard
        let secretReveal: SecretReveal
        let flash: FlashCookie
        let clock: Clock
        /// How long events are kept.
        let retention: EventRetention

        public init(
            tokens: TokenDesk, people: PeopleDesk, serviceAccounts: AccountDesk, oversight: Oversight,
            accounts: LocalAccounts, provider: ProviderSignIn? = nil, sessions: Sessions, forms: FormGuard,
            secretReveal: SecretReveal, flash: FlashCookie, inventory: Inventory, bulk: BulkDesk,
            noticeDesk: NoticeDesk, unsubscribeLink: UnsubscribeLink, leaks: LeakDesk, trust: TrustDesk,
            authorizations: AuthorizationDesk, oauth: OAuthSettings, key: KeyedHash,
            clock: Clock, retention: EventRetention = EventRetention()
        ) {
            self.tokens = tokens
            self.people = people
            self.serviceAccounts = serviceAccounts
            self.oversight = oversight
            self.accounts = accounts
            self.provider = provider
            self.sessions = sessions
            self.forms = forms
            self.secretReveal = secretReveal
            self.flash = flash
            self.inventory = inventory
            self.bulk = bulk
            self.noticeDesk = noticeDesk
            self.unsubscribeLink = unsubscribeLink
            self.leaks = leaks
            self.trust = trust
            self.authorizations = authorizations
            self.oauth = oauth
            sealedRequest = SealedRequest(key: key)
            self.clock = clock
            self.retention = retention
        }
    }

    let parts: Dependencies
    /// The desk's public address, without a slash at its end.
    let address: String
    let speaksNuxeo: Bool
    let api: APIDescription
    /// Set once there has been an administrator.
    let wasAdministered = OnceMark()

    var isSecure: Bool { address.hasPrefix("https:") }
    var leavingMark: LeavingMark { LeavingMark(isSecure: isSecure) }

    /// Pages at the public address `address`, such as `https://tokens.example.com`; with the guide to Nuxeo's tools
    /// where the desk speaks their token authentication. `api` describes the API, as OpenAPI.
    public init(
        _ parts: Dependencies, address: String, speaksNuxeo: Bool = false, api: APIDescription
    ) {
        self.parts = parts
        self.speaksNuxeo = speaksNuxeo
        self.api = api
        self.address = address.withoutLastSlash
    }

    /// Adds every page and file to `router`.
    public func addRoutes(to router: inout Router) {
        addSignInRoutes(to: &router)
        addTokenRoutes(to: &router)
        addTokenPageRoutes(to: &router)
        addEditingRoutes(to: &router)
        addHandOverRoutes(to: &router)
        addWhoseRoutes(to: &router)
        addWhoseFileRoute(to: &router)
        addDecoyRoutes(to: &router)
        addAgentRoutes(to: &router)
        addRequestRoutes(to: &router)
        addAuthorizationRoutes(to: &router)
        addAccountRoutes(to: &router)
        addNoticeRoutes(to: &router)
        addDeliveryRoutes(to: &router)
        addTeamWebhookRoutes(to: &router)
        addPeopleRoutes(to: &router)
        addStewardRoutes(to: &router)
        addTrustRoutes(to: &router)
        addServiceAccountRoutes(to: &router)
        addOverviewRoutes(to: &router)
        addAllTokensRoutes(to: &router)
        addBulkRoutes(to: &router)
        addIncidentRoutes(to: &router)
        addEventRoutes(to: &router)
        addPasswordRoutes(to: &router)
        addPolicyRoutes(to: &router)
        addGuideRoutes(to: &router)
        addAPIRoutes(to: &router)
        router.on("GET", "/assets/{name}") { (request, name: String) in
            let response =
                Assets.response(to: request, name: name) ?? Self.errorPage(.notFound, status: 404)
            return PageHeaders.added(to: response, isSecure: isSecure)
        }
    }

    /// The error page for a request that no route handles.
    public func refusal(_ request: Request, _ refusal: Router.Refusal) -> Response {
        let response =
            switch refusal {
            case .notFound: Self.errorPage(.notFound, status: 404)
            case .methodNotAllowed(let allow): Self.errorPage(.methodNotAllowed(allow), status: 405)
            case .bodyTooLarge, .tooManyPairs, .unknownParameter:
                Self.errorPage(.tooMuch(refusal), status: refusal.status)
            }
        return PageHeaders.added(to: response, isSecure: isSecure)
    }

    private static func errorPage(_ page: ErrorPage, status: Int) -> Response {
        Response(status: status, .html, page.document(for: nil))
    }

    // MARK: What all routes share

    /// Answers a request that needs no sign-in.
    func answer(
        _ request: Request, _ handler: (Visit) async throws -> Response
    ) async throws -> Response {
        let proof = parts.forms.proof(for: request)
        let formProof = FormProof(field: FormGuard.field, value: proof.value)
        var visit = Visit(
            request: request, visitor: nil, proof: formProof,
            address: parts.sessions.addressText(of: request), now: parts.clock.now, flash: parts.flash)
        do {
            visit = Visit(
                request: request, visitor: try await parts.sessions.visitor(of: request), proof: formProof,
                address: visit.address, now: visit.now, flash: parts.flash)
            if visit.visitor?.subject.isAdministrator == true {
                visit.showsPasswords = try await parts.oversight.hasPasswords
            }
            try await addAccounts(to: &visit)
            if let person = visit.visitor?.subject {
                visit.newNotices = try await parts.noticeDesk.countOfNew(for: person)
            }
            let response =
                request.method == "POST" && !parts.forms.isGenuine(request)
                ? visit.answer(formFault(request), status: 400) : try await handler(visit)
            let marked = parts.flash.removed(
                by: leavingMark.removed(by: response, to: request), to: request)
            return PageHeaders.added(
                to: marked.setting(proof.cookie.map { [$0] } ?? []), isSecure: isSecure)
        } catch let failure as Failure {
            // It brings its own page and the reason for the log.
            throw failure
        } catch {
            let response = PageHeaders.added(to: refusal(of: visit, error), isSecure: isSecure)
            guard response.status >= 500 else { return response }
            throw Failure(response, reason: "\(type(of: error)): \(error)")
        }
    }

    /// The error page for a form that is refused.
    private func formFault(_ request: Request) -> ErrorPage {
        parts.forms.holdsSecret(request) || parts.forms.isCrossSite(request)
            ? .formExpired : .noCookie(for: "this form", at: address)
    }

    /// Answers a request of a signed-in person; redirects others to the sign-in page.
    func answerPerson(
        _ request: Request, _ handler: (PersonVisit) async throws -> Response
    ) async throws -> Response {
        try await answer(request) { visit in
            guard let visitor = visit.visitor else {
                // A form cannot be sent again after signing in, only opened again.
                let path = request.method == "POST" ? nil : ReturnPath(request.target)
                return .onTo(path.map(DeskPath.signIn(returnTo:)) ?? .signIn)
            }
            return try await handler(PersonVisit(visit: visit, visitor: visitor))
        }
    }

    /// Answers a request of an administrator, and refuses other people (403).
    func answerAdministrator(
        _ request: Request, _ handler: (PersonVisit) async throws -> Response
    ) async throws -> Response {
        try await answerPerson(request) { visit in
            guard visit.subject.isAdministrator else { return visit.answer(ErrorPage.forbidden, status: 403) }
            return try await handler(visit)
        }
    }

    /// The error page for `error`.
    private func refusal(of visit: Visit, _ error: any Error) -> Response {
        switch error {
        case DeskFault.noSuchToken, DeskFault.noSuchPerson, DeskFault.noSuchAccount,
            DeskFault.noSuchRequest, DeskFault.noSuchIncident, DeskFault.noSuchRule:
            return visit.answer(ErrorPage.notFound, status: 404)
        case DeskFault.forbidden(let sentence):
            return visit.answer(ErrorPage(title: "This cannot be done", sentence: sentence), status: 403)
        case DeskFault.needsApproval, DeskFault.requestSettled:
            let sentence = (error as? DeskFault)?.description ?? ""
            return visit.answer(ErrorPage(title: "This cannot be done", sentence: sentence), status: 409)
        case DeskFault.personRemoved:
            let sentence = DeskFault.personRemoved.description
            return visit.answer(ErrorPage(title: "Nothing was changed", sentence: sentence), status: 409)
        case DeskFault.noSuchSelection:
            return visit.answer(ErrorPage.selectionGone, status: 404)
        case DeskFault.incidentHasPauses(let count):
            return visit.answer(ErrorPage.incidentHasPauses(count), status: 409)
        case DeskFault.notActive:
            return visit.answer(ErrorPage.notActive, status: 409)
        case DeskFault.beingRotated:
            return visit.answer(ErrorPage.beingRotated, status: 409)
        case DeskFault.invalid:
            return visit.answer(ErrorPage.badRequest, status: 422)
        case let fault as SignInFault where fault == .busy:
            return visit.answer(ErrorPage.busy, status: fault.status)
        case let fault as SignInFault:
            return visit.answer(
                ErrorPage(title: "This did not work", sentence: fault.description), status: fault.status)
        case is LedgerError, DeskFault.ledger:
            var response = visit.answer(ErrorPage.ledgerFailed, status: 503)
            response.headers["Retry-After"] = "5"
            return response
        default:
            return visit.answer(ErrorPage.failed, status: 500)
        }
    }
}
