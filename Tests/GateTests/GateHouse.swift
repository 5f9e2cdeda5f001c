import HTTPServer
import Ledger
import TestHouse
import Tokens

@testable import Gate

/// A gate over a house, asked without a socket.
struct GateHouse {
    let house: TestHouse
    let uses: UseRecorder
    let application: Application
    let recent = RecentPasswords()

    /// `owners` know the passwords that the service `old` takes, until `until` where it is given.
    init(_ house: TestHouse, owners: (any PasswordOwners)? = nil, until: Timestamp? = nil) throws {
        self.house = house
        uses = UseRecorder(ledger: house.ledger)
        let services = [
            Service(name: try ServiceName("maven"), title: "Maven private repository"),
            Service(name: try ServiceName("git"), title: "Projets “Studio”", kind: .git),
            Service(
                name: try ServiceName("old"), title: "The old repository",
                passwords: .transition(until: until)),
        ]
        let gate = Gate(
            index: house.index, uses: uses, clock: house.clock,
            settings: GateSettings(services: services, deskAddress: "https://tokens.example.com/tokens"),
            owners: owners, recent: recent)
        var router = Router()
        Health.addRoutes(to: &router)
        application = Application(router: router, direct: [gate], deferred: [gate])
    }

    func ask(
        _ method: String = "GET", _ target: String = "/verify/maven", _ headers: Headers = [:],
        peer: IPAddress = .loopback
    ) async -> Response {
        await application.respond(to: Request(method, target, headers: headers, peer: peer))
    }
}

extension Response {
    var text: String { String(decoding: body, as: UTF8.self) }
    var reason: String? { headers["X-Jeton-Reason"] }
}
