import HTTPServer
import Ledger
import TestHouse
import Testing
import Tokens

@testable import DeskAPI

/// Walks every route that there is, so that a new one has to say here what it needs.
@Suite("Every route of the API, with each kind of token")
struct RouteWalkTests {
    /// What a caller needs for a route.
    private enum Need {
        case nothing, goodToken, managing
    }

    private static let needs: [String: Need] = [
        "GET /api/v1/openapi.json": .nothing,
        "GET /api/v1/me": .goodToken,
        "GET /api/v1/services": .goodToken,
        "GET /nuxeo/authentication/token": .goodToken,
        "GET /api/v1/tokens": .managing,
        "POST /api/v1/tokens": .managing,
        "GET /api/v1/tokens/{id}": .managing,
        "GET /api/v1/changes/{number}": .goodToken,
        "PATCH /api/v1/tokens/{id}": .managing,
        "POST /api/v1/tokens/{id}/regenerate": .managing,
        "POST /api/v1/tokens/{id}/rotate": .managing,
        "POST /api/v1/tokens/{id}/pause": .managing,
        "POST /api/v1/tokens/{id}/resume": .managing,
        "GET /api/v1/tokens/{id}/previous-secret": .managing,
        "DELETE /api/v1/tokens/{id}/previous-secret": .managing,
        "DELETE /api/v1/tokens/{id}": .managing,
    ]

    /// A caller, and what the routes answer by what they need; `nil` where it is let in.
    private struct Caller {
        let name: String
        let secret: TokenSecret?
        let goodToken: Int?
        let managing: Int?
    }

    let house: TestHouse
    let api: APIHouse

    init() throws {
        house = try TestHouse()
        api = try APIHouse(house)
    }

    @Test(
        """
        CVE-2026-117635, CVE-2026-56654, CVE-2026-73126, CVE-2026-70407, CVE-2026-56443, GO-2026-6053, CVE-2026-101023 \
        (Gitea): no route forgets what a token may do, and none takes one kind for another
        """)
    func walk() async throws {
        let alice = try await house.person("alice")
        for route in api.router.routes {
            let name = "\(route.method) \(route.pattern)"
            guard let need = Self.needs[name] else {
                Issue.record("\(name) is not in the table: say what it needs")
                continue
            }
            let other = try await house.token("other \(name)", of: alice).token
            let target = route.pattern.replacing("{id}", with: other.id.text)
            for caller in try await callers(alice, name) {
                let status = await api.call(route.method, target, as: caller.secret).status
                let refusal: Int? =
                    switch need {
                    case .nothing: nil
                    case .goodToken: caller.goodToken
                    case .managing: caller.managing
                    }
                let comment = "\(name) with \(caller.name): \(status)"
                if let refusal {
                    #expect(status == refusal, "\(comment)")
                } else {
                    #expect(status != 401 && status != 403 && status < 500, "\(comment)")
                }
            }
        }
    }

    /// A caller of each kind, with tokens of their own for each route: some routes end what they are called with.
    private func callers(_ alice: Subject, _ route: String) async throws -> [Caller] {
        func secret(_ scopes: String...) async throws -> TokenSecret {
            try await house.token("\(scopes) \(route)", of: alice, scopes: scopes).secret
        }
        let revoked = try await house.token("revoked \(route)", of: alice, scopes: ["jeton:manage"])
        try await house.revoke(revoked.token)
        let expired = try await house.token(
            "expired \(route)", of: alice, scopes: ["jeton:manage"], expiresAt: house.clock.now)
        let bob = try await house.person(
            "bob-\(alice.id.number)-\(Self.needs.keys.sorted().firstIndex(of: route) ?? 0)")
        let suspended = try await house.token("suspended", of: bob, scopes: ["jeton:manage"])
        try await house.suspend(bob)
        return [
            Caller(name: "nothing", secret: nil, goodToken: 401, managing: 401),
            Caller(
                name: "an unknown token", secret: TokenFormat.standard.makeSecret(), goodToken: 401,
                managing: 401),
            Caller(name: "a revoked token", secret: revoked.secret, goodToken: 401, managing: 401),
            Caller(name: "an expired token", secret: expired.secret, goodToken: 401, managing: 401),
            Caller(name: "a suspended owner's", secret: suspended.secret, goodToken: 403, managing: 403),
            Caller(name: "every service", secret: try await secret(), goodToken: nil, managing: 403),
            Caller(name: "one service", secret: try await secret("maven"), goodToken: nil, managing: 403),
            Caller(name: "jeton:scim", secret: try await secret("jeton:scim"), goodToken: nil, managing: 403),
            Caller(
                name: "jeton:manage", secret: try await secret("jeton:manage"), goodToken: nil, managing: nil),
        ]
    }
}
