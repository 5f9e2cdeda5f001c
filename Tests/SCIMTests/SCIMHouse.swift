import Gate
import HTTPServer
import JSON
import Ledger
import TestHouse
import Testing
import Tokens

@testable import SCIM

/// SCIM over a test house, called without a socket.
struct SCIMHouse {
    let house: TestHouse
    let application: Application
    /// The administrator whose token provisions.
    let root: Subject
    let secret: TokenSecret

    init(administrators: [String] = []) async throws {
        house = try TestHouse()
        root = try await house.person("root", administrator: true)
        secret = try await house.token("okta", of: root, scopes: ["jeton:scim"]).secret
        let authentication = TokenAuthentication(
            index: house.index, clock: house.clock, format: .standard, trustedProxies: AddressRange.loopback
        ) { _, _, _ in }
        var router = Router { _, refusal in SCIMAPI.refusal(refusal) }
        SCIMAPI(
            ledger: house.ledger, authentication: authentication, clock: house.clock,
            address: "https://tokens.example.com",
            administrators: administrators
        ).addRoutes(to: &router)
        application = Application(router: router)
    }

    /// Calls SCIM with the provisioning token, or another.
    func call(
        _ method: String, _ path: String, _ body: JSONValue? = nil, headers: Headers = [:],
        as other: TokenSecret? = nil
    ) async -> Response {
        var headers = headers
        headers["authorization"] = "Bearer \((other ?? secret).reveal())"
        headers["content-type"] = "application/scim+json"
        return await application.respond(
            to: Request(
                method, "/scim/v2\(path)", headers: headers, body: body.map { Array($0.text.utf8) } ?? []))
    }

    /// The same with operations of PATCH.
    func patch(_ path: String, _ operations: JSONValue..., headers: Headers = [:]) async -> Response {
        await call(
            "PATCH", path,
            [
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                "Operations": .array(operations),
            ], headers: headers)
    }

    /// Adds a user, and returns its id.
    func add(_ login: String, _ more: [String: JSONValue] = [:]) async throws -> String {
        let members: [String: JSONValue] = ["userName": .string(login), "active": true]
        let added = await call("POST", "/Users", .object(members.merging(more) { _, new in new }))
        #expect(added.status == 201)
        return try #require(added.json?["id"]?.string)
    }

    func subject(_ id: String) async throws -> Subject {
        let id = try #require(SubjectID(id))
        return try #require(try await house.ledger.subject(id))
    }

    /// What happened, the newest first.
    func events(_ count: Int = 1) async throws -> [Event] {
        try await house.ledger.events(about: nil, before: nil, limit: count)
    }
}

extension Response {
    var json: JSONValue? { try? JSONValue(parsing: body) }

    /// The status and the kind of error.
    var fault: String { "\(status) \(json?["scimType"]?.string ?? "-")" }
}
