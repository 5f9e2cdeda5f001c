import Gate
import HTTPServer
import JSON
import Ledger
import Sodium
import Synchronization
import TestHouse
import Tokens

@testable import Desk
@testable import DeskAPI
@testable import SignIn

/// The API over a test house, called without a socket.
struct APIHouse {
    let house: TestHouse
    let desk: TokenDesk
    let accounts: AccountDesk
    let trust: TrustDesk
    let sessions: Sessions
    let router: Router
    let application: Application
    let used = Used()

    final class Used: Sendable {
        let tokens = Mutex<[TokenID]>([])
    }

    init(
        _ house: TestHouse, revokesReused: Bool = false, issuers: [FederationIssuer] = []
    ) throws {
        self.house = house
        let services = [
            Service(name: try ServiceName("maven"), title: "Maven private repository"),
            Service(name: try ServiceName("git"), title: "Studio projects", kind: .git),
            Service(
                name: try ServiceName("repos"), title: "Repositories", kind: .git,
                url: ServiceURL("https://git.example.com/r/"), groups: ["dev"],
                paths: ["/*/*.git", "/pub/*"].compactMap { PathPattern($0) }),
        ]
        var settings = SignInSettings()
        settings.passwordCost = .least
        sessions = Sessions(ledger: house.ledger, clock: house.clock, settings: settings)
        desk = TokenDesk(
            ledger: house.ledger, services: services, clock: house.clock, format: .standard,
            revokesReused: revokesReused, overseers: [.standard])
        accounts = AccountDesk(ledger: house.ledger, clock: house.clock, services: services)
        let used = used
        let authentication = TokenAuthentication(
            index: house.index, clock: house.clock, format: .standard, trustedProxies: AddressRange.loopback
        ) { secret, _, _ in used.tokens.withLock { $0.append(secret.alias) } }
        let callers = CallerReader(
            authentication: authentication, sessions: sessions, desk: desk,
            deskAddress: DeskAddress(publicURL: "https://tokens.example.com"))
        var router = Router { _, refusal in Problem.refusal(refusal).response }
        let tokens = TokensAPI(desk: desk, callers: callers, clock: house.clock)
        tokens.addRoutes(to: &router)
        AccountsAPI(desk: accounts, tokens: tokens).addRoutes(to: &router)
        let trust = TrustDesk(
            ledger: house.ledger, tokens: desk, verifier: IdentityVerifier(issuers, clock: house.clock),
            clock: house.clock)
        self.trust = trust
        TrustAPI(desk: trust, accounts: accounts, tokens: tokens).addRoutes(to: &router)
        EventsAPI(oversight: Oversight(ledger: house.ledger, services: services), callers: callers)
            .addRoutes(to: &router)
        let oversight = Oversight(ledger: house.ledger, services: services)
        let inventory = Inventory(ledger: house.ledger, services: services, clock: house.clock)
        AdminAPI(
            people: house.people(), tokens: desk, accounts: accounts, oversight: oversight,
            inventory: inventory,
            bulk: BulkDesk(
                ledger: house.ledger, inventory: inventory, format: .standard, clock: house.clock),
            notices: NoticeDesk(ledger: house.ledger, clock: house.clock), trust: trust, clock: house.clock,
            address: "https://tokens.example.com",
            door: .overseers(callers)
        ).addRoutes(to: &router)
        NuxeoTokens(desk: desk, callers: callers).addRoutes(to: &router)
        self.router = router
        application = Application(router: router)
    }

    /// Calls the API with a token, a cookie, or nothing.
    func call(
        _ method: String, _ target: String, as secret: TokenSecret? = nil, headers: Headers = [:],
        body: String = ""
    )
        async -> Response
    {
        var headers = headers
        if let secret { headers["authorization"] = "Bearer \(secret.reveal())" }
        if !body.isEmpty, headers["content-type"] == nil { headers["content-type"] = "application/json" }
        return await application.respond(
            to: Request(method, target, headers: headers, body: Array(body.utf8)))
    }

    /// A token that may manage alice's tokens.
    func manager(of owner: Subject) async throws -> (token: Token, secret: TokenSecret) {
        try await house.token("manager", of: owner, scopes: ["jeton:manage"])
    }

    /// A browser's cookie for `subject`.
    func cookie(of subject: Subject) async throws -> Headers {
        let cookies = try await sessions.begin(for: subject, at: Request("GET", "/"))
        return ["cookie": String(cookies[0].split(separator: ";")[0])]
    }
}

extension Response {
    var json: JSONValue? { try? JSONValue(parsing: body) }
}

/// A problem's whole body.
func problem(
    _ kind: String, _ title: String, _ status: Int64, _ detail: String, errors: [(String, String)] = []
) -> JSONValue {
    var members: [String: JSONValue] = [
        "type": .string("urn:jeton:problem:\(kind)"), "title": .string(title), "status": .integer(status),
        "detail": .string(detail),
    ]
    if !errors.isEmpty {
        members["errors"] = .array(errors.map { ["field": .string($0.0), "detail": .string($0.1)] })
    }
    return .object(members)
}

/// A token's whole body.
func body(
    _ token: Token, state: String = "live", through: String = "command_line", lastUsed: JSONValue = nil,
    asleep: Bool = false, revoked: JSONValue = nil, successor: TokenID? = nil, secret: String? = nil,
    account: String? = nil
) -> JSONValue {
    var members: [String: JSONValue] = [
        "id": .string(token.id.text), "name": .string(token.name.text),
        "description": .string(token.description),
        "owner": account.map { ["login": .string($0), "kind": "service-account"] } ?? nil,
        "rotated_at": .optional(token.rotatedAt?.rfc3339),
        "pauses": [],
        "scopes": .array(token.scopes.list.map { .string($0.text) }),
        "addresses": .array(token.addresses.map { .string($0.description) }), "state": .string(state),
        "asleep": .bool(asleep),
        "created_at": .string(token.createdAt.rfc3339), "created_through": .string(through),
        "expires_at": .optional(token.expiresAt?.rfc3339), "last_used": lastUsed,
        "handed_over": nil, "revoked": revoked,
        "successor": .optional(successor?.text), "traded_for": .optional(token.exchange?.parent.text),
        "device": .optional(token.exchange?.device.text),
        "client": nil, "actor": nil, "job": nil,
    ]
    if let secret { members["secret"] = .string(secret) }
    return .object(members)
}
