import Desk
import Gate
import HTTPServer
import JSON
import Ledger
import Sodium
import TestHouse
import Testing
import Tokens

@testable import OAuth

/// The authorization server over a ``TestHouse``, called without a socket, with alice who approves.
struct OAuthHouse {
    let house: TestHouse
    let alice: Subject
    let desk: AuthorizationDesk
    let tokens: TokenDesk
    let settings: OAuthSettings
    let router: Router

    static let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    /// Of that verifier, as in RFC 7636, appendix B.
    static let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    static let redirect = "http://127.0.0.1:38203"
    static let serverSecret = "the secret of a server, long enough"

    init(allowsDevices: Bool = true) async throws {
        house = try TestHouse()
        alice = try await house.person("alice")
        let services = [
            Service(
                name: try ServiceName("git"), title: "Git", kind: .git,
                url: ServiceURL("https://git.example.com/"),
                paths: ["/*/*.git"].compactMap { PathPattern($0) }),
            Service(name: try ServiceName("maven"), url: ServiceURL("https://example.com/maven/")),
        ]
        tokens = TokenDesk(ledger: house.ledger, services: services, clock: house.clock, format: .standard)
        desk = AuthorizationDesk(ledger: house.ledger, tokens: tokens, clock: house.clock)
        let clients = [
            OAuthClient(
                id: "server", title: "A server",
                redirectURIs: ["https://app.example.com/cb"].compactMap { RedirectURI($0) },
                scopes: [.service(try ServiceName("maven"), .read)], secret: ServiceSecret(Self.serverSecret))
        ]
        settings = OAuthSettings(
            issuer: "https://tokens.example.com", services: services,
            clients: ClientRegistry(clients: clients), allowsDevices: allowsDevices,
            clock: house.clock)
        var router = Router()
        TokenEndpoint(
            settings, grants: [CodeGrant(desk, settings), DeviceGrant(desk, settings)], clock: house.clock
        ).addRoutes(to: &router)
        DeviceEndpoint(desk, settings).addRoutes(to: &router)
        self.router = router
    }

    /// What git asks for.
    func asked(_ scopes: [String] = ["git:write"]) -> AuthorizationDesk.Asked {
        AuthorizationDesk.Asked(
            client: "jeton-git", clientTitle: "git", scopes: scopes.compactMap { Scope($0) }, resource: nil,
            address: "192.0.2.7")
    }

    var requester: Requester { .person(alice, address: "192.0.2.7") }

    /// A code that alice has just approved.
    func code(
        _ decision: Authorization.Decision = .init(name: "git from 192.0.2.7", scopes: ["git:write"])
    ) async throws -> String {
        try await desk.approve(
            asked(), decision, sendingTo: Self.redirect, challenge: Self.challenge, by: requester)
    }

    func post(
        _ path: String, _ form: [String: String], headers: Headers = [:]
    ) async throws -> (response: Response, json: JSONValue) {
        var headers = headers
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        let body = form.map { "\($0)=\($1.percentEncoded)" }.joined(separator: "&")
        let response = try await router.respond(
            to: Request("POST", path, headers: headers, body: Array(body.utf8)))
        return (response, try JSONValue(parsing: response.body))
    }

    /// The request by which git redeems `code`, with some parameters changed; an empty one is left out.
    func redeem(
        _ code: String, _ changes: [String: String] = [:], headers: Headers = [:]
    ) async throws -> (response: Response, json: JSONValue) {
        let form = [
            "grant_type": "authorization_code", "client_id": "jeton-git", "code": code,
            "redirect_uri": Self.redirect, "code_verifier": Self.verifier,
        ].merging(changes) { $1 }.filter { !$1.isEmpty }
        return try await post("/oauth/token", form, headers: headers)
    }

    /// The newest events.
    func events() async throws -> [Event] {
        try await house.ledger.events(about: nil, before: nil, limit: 10)
    }

    /// The token with that secret, as the gate knows it.
    func isActive(_ secret: String) -> Bool {
        guard case .token(let digest, _) = Credential(token: Array(secret.utf8).span, format: .standard)
        else {
            return false
        }
        return house.record(digest)?.isRevoked == false
    }
}
