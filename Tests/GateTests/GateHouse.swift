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

    init(_ house: TestHouse) throws {
        self.house = house
        uses = UseRecorder(ledger: house.ledger)
        let services = [
            Service(name: try ServiceName("maven"), title: "Maven private repository"),
            Service(name: try ServiceName("git"), title: "Projets “Studio”", kind: .git),
            Service(
                name: try ServiceName("ops"), title: "Operations", realm: "Ops \"desk\"",
                groups: ["ops", "root"]),
        ]
        let gate = Gate(
            index: house.index, uses: uses, clock: house.clock,
            settings: GateSettings(services: services, deskAddress: "https://tokens.example.com/tokens"))
        var router = Router()
        Health.addRoutes(to: &router)
        application = Application(router: router, direct: [gate])
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
