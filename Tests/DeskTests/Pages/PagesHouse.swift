import HTTPServer
import Ledger
import OAuth
import ProviderKit
import Sodium
import Synchronization
import TestHouse
import Tokens

@testable import Desk
@testable import DeskPages
@testable import SignIn

/// The pages over a house, without a socket.
struct PagesHouse {
    let house: TestHouse
    let accounts: LocalAccounts
    let desk: TokenDesk
    let application: Application

    static let password = "correct horse battery"

    /// Pages over `house`, or over one of their own; `provider` is what signs people in, where one does, and
    /// has `timeout` milliseconds for an answer.
    init(
        address: String = "https://tokens.example.com", house: TestHouse? = nil,
        services: [Service] = PagesGallery.services, provider: HostileProvider? = nil, timeout: Int = 60_000,
        speaksNuxeo: Bool = true, abilities: NoticeDesk.Abilities = NoticeDesk.Abilities()
    ) throws {
        self.house = try house ?? TestHouse()
        let house = self.house
        var settings = SignInSettings()
        settings.isSecure = address.hasPrefix("https:")
        settings.passwordCost = .least
        settings.hasProvider = provider != nil
        let sessions = Sessions(ledger: house.ledger, clock: house.clock, settings: settings)
        accounts = LocalAccounts(
            ledger: house.ledger, sessions: sessions, clock: house.clock, format: .standard, key: house.key,
            settings: settings)
        desk = TokenDesk(
            ledger: house.ledger,
            services: services + [Service(name: try ServiceName("secret"), groups: ["dev"])],
            clock: house.clock, format: .standard)
        let inventory = Inventory(ledger: house.ledger, services: desk.services, clock: house.clock)
        let pages = DeskPages(
            .init(
                tokens: desk,
                people: PeopleDesk(ledger: house.ledger, accounts: accounts, clock: house.clock),
                serviceAccounts: AccountDesk(
                    ledger: house.ledger, clock: house.clock, services: desk.services),
                oversight: Oversight(ledger: house.ledger, services: desk.services), accounts: accounts,
                provider: provider.map {
                    var oidc = OIDCSettings(
                        issuer: $0.issuer, clientID: $0.clientID, deskAddress: address)
                    oidc.clientSecret = ClientSecret($0.clientSecret)
                    return ProviderSignIn(
                        ledger: house.ledger, sessions: sessions, clock: house.clock, key: house.key,
                        settings: settings, oidc: oidc, timeout: timeout)
                }, sessions: sessions, forms: FormGuard(key: house.key, settings: settings),
                secretReveal: SecretReveal(
                    key: house.key, ledger: house.ledger, clock: house.clock, isSecure: settings.isSecure),
                flash: FlashCookie(key: house.key, clock: house.clock, isSecure: settings.isSecure),
                inventory: inventory,
                bulk: BulkDesk(
                    ledger: house.ledger, inventory: inventory, format: .standard, clock: house.clock),
                noticeDesk: NoticeDesk(ledger: house.ledger, clock: house.clock, abilities: abilities),
                unsubscribeLink: UnsubscribeLink(key: house.key),
                leaks: LeakDesk(
                    ledger: house.ledger, policy: LeakPolicy(), services: desk.services.map(\.name),
                    format: .standard, clock: house.clock),
                trust: TrustDesk(
                    ledger: house.ledger, tokens: desk, verifier: IdentityVerifier([], clock: house.clock),
                    clock: house.clock),
                authorizations: AuthorizationDesk(ledger: house.ledger, tokens: desk, clock: house.clock),
                oauth: OAuthSettings(issuer: address, services: desk.services, clock: house.clock),
                key: house.key,
                clock: house.clock), address: address,
            speaksNuxeo: speaksNuxeo,
            api: PagesGallery.api)
        var router = Router(refuse: pages.refusal)
        pages.addRoutes(to: &router)
        application = Application(router: router)
    }

    /// A browser that is signed in as a new person of that login.
    func browser(_ login: String, administrator: Bool = false) async throws -> (PagesBrowser, Subject) {
        let person = try await house.person(login, administrator: administrator, password: Self.password)
        let browser = PagesBrowser(application)
        await browser.signIn(login)
        return (browser, person)
    }
}

/// What a browser does for its reader: keeps cookies, and sends forms back with their hidden fields.
final class PagesBrowser: Sendable {
    private struct State {
        var cookies: [String: String] = [:]
        var proof = ""
    }

    private let application: Application
    private let state = Mutex(State())

    init(_ application: Application) {
        self.application = application
    }

    func signIn(_ login: String) async {
        await get("/")
        await post("/sign-in", ["login": login, "password": PagesHouse.password])
    }

    @discardableResult
    func get(_ target: String, method: String = "GET") async -> Response {
        await send(Request(method, target))
    }

    /// Sends a form with the proof that the last page carried, or with `proof` in its place.
    @discardableResult
    func post(_ path: String, _ fields: [String: String] = [:], proof: String? = nil) async -> Response {
        let given = proof ?? state.withLock { $0.proof }
        let body = fields.merging(["csrf": given]) { $1 }.map { "\($0)=\(encoded($1))" }
            .joined(separator: "&")
        return await send(
            Request(
                "POST", path, headers: ["content-type": "application/x-www-form-urlencoded"],
                body: Array(body.utf8)))
    }

    /// What a form with an effect led to: the page, and what that page says was done.
    struct Act: Equatable {
        /// `nil` where the form did not redirect.
        let page: String?
        let notice: String?

        init(_ page: String?, _ notice: String?) {
            self.page = page
            self.notice = notice
        }
    }

    /// Sends a form, and opens the page that it leads to.
    func act(_ path: String, _ fields: [String: String] = [:]) async -> Act {
        let done = await post(path, fields)
        guard done.status == 303, let page = done.location else { return Act(nil, nil) }
        return Act(page, await get(page).notice)
    }

    private func send(_ request: Request) async -> Response {
        var request = request
        request.headers["cookie"] = state.withLock {
            $0.cookies.map { "\($0)=\($1)" }.joined(separator: "; ")
        }
        let response = await application.respond(to: request)
        state.withLock { state in
            for cookie in response.headers.all("set-cookie") {
                let pair = cookie.split(separator: ";")[0].split(separator: "=", maxSplits: 1)
                state.cookies[String(pair[0])] = pair.count == 2 ? String(pair[1]) : nil
            }
            if let found = response.text.firstMatch(of: /name="csrf" value="([^"]+)"/) {
                state.proof = String(found.output.1)
            }
        }
        return response
    }

    private func encoded(_ text: String) -> String {
        String(DeskPath.signIn.with([("x", text)]).text.dropFirst("/?x=".count))
    }
}

extension Response {
    var text: String { String(decoding: body, as: UTF8.self) }
    var location: String? { headers["location"] }
    /// The token that the page shows, if it shows one.
    var secret: String? { text.firstMatch(of: /jtn_[0-9A-Za-z]{38}/).map { String($0.output) } }
    /// What the page says was done, as it is written.
    var notice: String? {
        text.firstMatch(of: /<main[^>]*><div class="notice good" role="status"><p>(.*?)<\/p>/)
            .map { String($0.output.1) }
    }
    /// The page's main heading as it is written.
    var heading: String? { text.firstMatch(of: /<h1[^>]*>(.*?)<\/h1>/).map { String($0.output.1) } }
}
