import Desk
import Gate
import HTTPServer
import JSON
import Ledger
import TestHouse
import Testing
import Tokens

@testable import OAuth

/// `npm login`: npm asks, a person approves, and npm fetches the token.
@Suite struct NPMLoginTests {
    let house: TestHouse
    let desk: AuthorizationDesk
    let services: [Service]

    init() throws {
        house = try TestHouse()
        services = [
            Service(
                name: try ServiceName("npm"), kind: .npm, url: ServiceURL("https://packages.example.com/npm/")
            ),
            Service(name: try ServiceName("nowhere"), kind: .npm),
        ]
        let tokens = TokenDesk(
            ledger: house.ledger, services: services, clock: house.clock, format: .standard)
        desk = AuthorizationDesk(ledger: house.ledger, tokens: tokens, clock: house.clock)
    }

    func respond(
        _ method: String, _ target: String, from peer: String = "192.0.2.7", isOn: Bool = true,
        presets: [ClientPreset] = ClientPreset.allCases
    ) async throws -> Response {
        var router = Router()
        let settings = OAuthSettings(
            issuer: "https://tokens.example.com", services: services,
            clients: ClientRegistry(presets: presets),
            allowsDevices: isOn, clock: house.clock)
        NPMLogin(desk: desk, settings: settings).addRoutes(to: &router)
        return try await router.respond(
            to: Request(
                method, "/oauth/dialects\(target)", body: Array("{}".utf8),
                peer: .address(try #require(IPAddress(peer)))))
    }

    func asked(from peer: String = "192.0.2.7") async throws -> (login: String, done: String) {
        let response = try await respond("POST", "/npm/-/v1/login", from: peer)
        #expect(response.status == 200)
        let body = try JSONValue(parsing: response.body)
        return (body["loginUrl"]?.string ?? "", body["doneUrl"]?.string ?? "")
    }

    func poll(_ done: String, from peer: String = "192.0.2.7") async throws -> (
        status: Int, JSONValue, wait: String?
    ) {
        let path = done.replacing("https://packages.example.com/npm", with: "/npm")
        let response = try await respond("GET", path, from: peer)
        return (response.status, try JSONValue(parsing: response.body), response.headers["retry-after"])
    }

    func authorization(_ login: String) async throws -> Authorization {
        let id = try #require(AuthorizationID(String(login.split(separator: "/").last ?? "")))
        return try #require(try await desk.pending(id))
    }

    func approve(_ login: String) async throws {
        let person = try await house.person("alice")
        try await desk.approve(
            try await authorization(login), .init(name: "npm on laptop", scopes: ["npm"]),
            by: .person(person, address: "192.0.2.7"))
    }

    @Test func `npm gets the token that the person approved, once`() async throws {
        let (login, done) = try await asked()
        #expect(login.hasPrefix("https://tokens.example.com/oauth/login/"))
        #expect(done.hasPrefix("https://packages.example.com/npm/-/v1/done?code="))
        let pending = try await authorization(login)
        #expect(pending.kind == .login && pending.address == "192.0.2.7" && pending.resource?.text == "npm")
        #expect(try await poll(done) == (202, [:], "5"))
        try await approve(login)
        house.pass(.seconds(5))
        let (status, body, _) = try await poll(done)
        let token = try #require(body["token"]?.string)
        #expect(status == 200 && token.hasPrefix("jtn_"))
        let (again, none, _) = try await poll(done)
        #expect(again == 200 && none["token"] == nil && none["error"] != nil)
    }

    @Test func `nobody fetches it from another address`() async throws {
        let (login, done) = try await asked()
        try await approve(login)
        let (status, body, _) = try await poll(done, from: "198.51.100.9")
        #expect(status == 200 && body["token"] == nil && body["error"] != nil)
        #expect(try await poll(done).1["token"] != nil)
    }

    @Test func `after five minutes there is no token, nor after a refusal`() async throws {
        let (late, lateDone) = try await asked()
        try await approve(late)
        house.pass(.minutes(5))
        #expect(try await poll(lateDone).1["token"] == nil)
        let (denied, deniedDone) = try await asked()
        let person = try await house.person("bob")
        try await desk.deny(try await authorization(denied), by: .person(person, address: "192.0.2.7"))
        let (status, body, _) = try await poll(deniedDone)
        #expect(status == 200 && body["error"]?.string == "the sign-in was refused in the browser")
    }

    @Test func `who polls too fast waits longer`() async throws {
        let (_, done) = try await asked()
        #expect(try await poll(done).wait == "5")
        house.pass(.seconds(1))
        #expect(try await poll(done).wait == "10")
    }

    @Test func `where it is switched off, npm asks for a password`() async throws {
        #expect(try await respond("POST", "/npm/-/v1/login", isOn: false).status == 404)
        #expect(try await respond("POST", "/npm/-/v1/login", presets: [.git]).status == 404)
        #expect(try await respond("POST", "/nowhere/-/v1/login").status == 404)
        #expect(try await respond("POST", "/other/-/v1/login").status == 500)
    }

    @Test func `without a code there is nothing`() async throws {
        #expect(try await respond("GET", "/npm/-/v1/done").status == 400)
        #expect(try await poll("/npm/-/v1/done?code=x").1["token"] == nil)
    }
}
