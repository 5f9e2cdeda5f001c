import HTTPServer
import Ledger
import TestHouse
import Testing
import TokenIndex
import Tokens

@testable import Gate

/// A gate over a ``TestHouse``, called without a socket.
struct GateHouse {
    let house: TestHouse
    let uses: UseRecorder
    let application: Application
    let recent = RecentPasswords()
    let verdicts: VerdictCounts
    let readiness: Readiness

    /// The secret of `maven` and `ops`; `git` has none.
    static let secret = "a+b%2Bc d: sixteen and more"

    /// The service `old` takes the passwords of `owners`, until `until` if given. `index` replaces the house's own.
    init(
        _ house: TestHouse, owners: (any PasswordOwners)? = nil, until: Timestamp? = nil,
        index: TokenIndex? = nil, staleness: Staleness = .always, telling: [String: [String]] = [:],
        and more: [Service] = []
    ) throws {
        let index = index ?? house.index
        self.house = house
        readiness = Readiness(index: index, staleness: staleness)
        uses = UseRecorder(ledger: house.ledger)
        let services = [
            Service(name: try ServiceName("maven"), title: "Maven private repository"),
            Service(name: try ServiceName("git"), title: "Projets “Studio”", kind: .git),
            Service(
                name: try ServiceName("ops"), title: "Operations", realm: "Ops \"desk\"",
                groups: ["ops", "root"], tellGroups: telling["ops"]),
            Service(
                name: try ServiceName("old"), title: "The old repository",
                passwords: .transition(until: until)),
            Service(
                name: try ServiceName("old-ops"), title: "Old operations", groups: ["ops"],
                passwords: .transition(until: until)),
            Service(name: try ServiceName("open"), title: "Open to readers", allowsAnonymousReads: true),
        ]
        var settings = GateSettings(
            services: services + more, desk: DeskAddress(publicURL: "https://tokens.example.com"),
            issuer: "https://tokens.example.com",
            secrets: [
                services[0].name: try #require(ServiceSecret(Self.secret)),
                services[2].name: try #require(ServiceSecret(Self.secret)),
            ])
        settings.staleness = staleness
        verdicts = settings.verdicts
        let gate = Gate(
            index: index, uses: uses, clock: house.clock, settings: settings, owners: owners,
            recent: recent)
        var router = Router()
        Health.addRoutes(to: &router, readiness: readiness, uses: uses)
        IntrospectionEndpoints(
            index: index, ledger: house.ledger, uses: uses, clock: house.clock, settings: settings
        ).addRoutes(to: &router)
        application = Application(router: router, direct: [gate], deferred: [gate])
    }

    func ask(
        _ method: String = "GET", _ target: String = "/verify/maven", _ headers: Headers = [:],
        peer: IPAddress = .loopback
    ) async -> Response {
        await application.respond(to: Request(method, target, headers: headers, peer: .address(peer)))
    }

    /// Sends a form, authenticated as `maven` by default.
    func post(
        _ target: String, _ form: String, _ headers: Headers = ["Authorization": basic("maven", secret)],
        type: String = "application/x-www-form-urlencoded", peer: IPAddress = .loopback
    ) async -> Response {
        var headers = headers
        headers["Content-Type"] = type
        return await application.respond(
            to: Request("POST", target, headers: headers, body: Array(form.utf8), peer: .address(peer)))
    }
}

extension Response {
    var text: String { String(decoding: body, as: UTF8.self) }
    var reason: String? { headers["X-Jeton-Reason"] }
}
