import HTTPServer
import TestHouse
import Testing
import Tokens

@testable import jeton

/// Calls every route that the server has in the way of everybody who can have a credential: ``RouteTable`` says what
/// each of them gets.
@Suite("Every route, with every kind of credential")
struct RouteWalkTests {
    /// A configuration, by what it is.
    struct Setting: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let file: String

        static let all = [
            Setting(
                testDescription: "as it starts",
                file: """
                    services: { maven: { }, git: { kind: git, url: "https://git.example.com/" } }
                    accounts: { may_oversee: ["bot-walk*"] }
                    """),
            Setting(
                testDescription: "with an identity provider and its signals, Nuxeo's dialect and metrics",
                file: """
                    services: { maven: { }, git: { kind: git, url: "https://git.example.com/" } }
                    sign_in: { oidc: { issuer: "http://127.0.0.1:9", client_id: jeton } }
                    signals: { issuer: "http://127.0.0.1:9", audience: desk }
                    nuxeo: { enabled: true }
                    oauth: { dynamic_registration: true, client_metadata: any }
                    accounts: { may_oversee: ["bot-walk*"] }
                    metrics: { listen: "127.0.0.1:8080" }
                    """),
        ]
    }

    @Test(
        """
        CVE-2026-117635, CVE-2026-56654, CVE-2026-73126, CVE-2026-70407, CVE-2026-56443, GO-2026-6053, CVE-2026-101023 \
        (Gitea): no route forgets what a credential may do, and none takes one kind for another
        """, arguments: Setting.all)
    func walk(_ setting: Setting) async throws {
        let house = try await WalkHouse(setting.file)
        for fault in try await RouteWalk(house).faults() { Issue.record("\(fault)") }
        await house.close()
    }

    @Test("every row is of a route, and none is there twice")
    func rows() async throws {
        var routes: [String] = []
        for setting in Setting.all {
            let house = try await WalkHouse(setting.file)
            let names = house.application.routes.map(\.name)
            #expect(names.count == Set(names).count)
            #expect(
                house.components.monitoring.routes.allSatisfy {
                    names.contains($0.name) || $0.name == "GET /metrics"
                })
            routes += names
            await house.close()
        }
        let rows = RouteTable.rows.map(\.name)
        #expect(Set(rows).subtracting(routes) == [], "no server has these routes")
        #expect(rows.count == Set(rows).count)
        let kinds = CredentialKind.all.map(\.name)
        #expect(kinds.count == Set(kinds).count)
        for row in RouteTable.rows {
            #expect(row.exceptions.keys.allSatisfy(kinds.contains), "\(row.name)")
            let isOpen = [.anybody, .anyProgram].contains(row.access)
            #expect(isOpen || !row.answer.looksRefused, "\(row.name): its answer looks like a refusal")
        }
    }

    @Test("what the operator's socket answers, the public address does not have, for whomever")
    func socket() async throws {
        let house = try await WalkHouse(Setting.all[0].file)
        let socket = house.components.admin(services: nil)
        let listed = Set(RouteTable.rows.map(\.name))
        let routes = socket.routes.filter { !listed.contains($0.name) }
        #expect(routes.count > 15)
        for kind in CredentialKind.all {
            let caller = try await kind.make(house, ["jeton:scim"])
            for route in routes {
                var request = Request(route.method, route.pattern.replacing(/{[a-z]+}/, with: "x"))
                WalkPresentation.usual.add(caller, &request)
                for peer in [Peer.address(.loopback), .localProxy] {
                    request.peer = peer
                    // Nor would it be answered there if a listener of proxies were given these routes.
                    for application in [house.application, socket] {
                        let status = await application.respond(to: request).status
                        #expect(status == 404, "\(route.name) with \(kind.name) from \(peer)")
                    }
                }
            }
        }
        let found = await socket.respond(to: Request("GET", "/healthz", peer: .operator)).status
        #expect(found == 200, "the operator is let in")
        await house.close()
    }

    @Test("the walk finds a route without a row, and doors that stand open")
    func faults() async throws {
        let house = try await WalkHouse(Setting.all[0].file)
        var walk = RouteWalk(house)
        #expect(walk.unlisted == [])
        var router = Router()
        router.on("POST", "/tokens/{id}/give-away") { _ in Response(status: 200) }
        router.on("GET", "/account") { _ in Response(status: 200) }
        router.on("GET", "/tokens/{id}") { _ in Response(status: 200) }
        router.on("POST", "/account/sign-out-everywhere") { _ in
            Response(status: 303, headers: ["Location": "/?signed-out"])
        }
        walk.application = Application(router: router)
        #expect(walk.unlisted == ["POST /tokens/{id}/give-away"])
        let faults = try await walk.faults()
        for fault in [
            "POST /tokens/{id}/give-away has no row in RouteTable.swift: say there who is let in",
            "GET /account with nothing: 200, not 303 to the sign-in page",
            "GET /account with a token with jeton:manage, as Private-Token: 200, not 303 to the sign-in page",
            "GET /tokens/{id} with a person's session, of what is not there: 200, not 404",
            "POST /account/sign-out-everywhere with a person's session, without the form's proof: "
                + "303 to /?signed-out, not 400",
        ] {
            #expect(faults.contains(fault), "\(faults)")
        }
        await house.close()
    }
}
