import Desk
import HTTPServer
import JSON
import Ledger
import Tokens

/// Decoys as JSON: `/api/v1/decoys`, of whoever asks.
extension TokensAPI {
    func addDecoyRoutes(to api: inout RouteGroup) {
        api.on("GET", "/decoys") { request in
            let caller = try await callers.caller(of: request)
            try mustManage(caller)
            return answer(["decoys": .array(try await desk.decoys(of: caller.subject).map { JSONValue($0) })])
        }
        api.on("POST", "/decoys") { request in
            let caller = try await callers.caller(of: request)
            try mustManage(caller)
            var body = try JSONBody(request)
            let name = body.requiredString("name")
            try body.finish()
            let issued = try await desk.createDecoy(name, for: caller.subject, by: caller.requester)
            var response = answer(JSONValue(issued))
            response.status = 201
            return response
        }
        api.on("DELETE", "/decoys/{id}", urgent: true) { (request, id: String) in
            let caller = try await callers.caller(of: request)
            try mustManage(caller)
            guard let id = TokenID(id) else { throw Problem.noSuchToken }
            try await desk.revokeDecoy(id, of: caller.subject, by: caller.requester)
            return Response(status: 204)
        }
    }
}

/// Decoys for `jeton decoy` and `jeton token create --decoy`.
extension AdminAPI {
    func addDecoys(to admin: inout RouteGroup) {
        admin.on("GET", "/decoys", query: ["user"]) { request in
            let owner: Subject? =
                if let login = request.queryItems["user"] { try await subject(login) } else { nil }
            let decoys = try await tokens.decoys(of: owner)
            let owners = try await people.logins(of: decoys.map(\.owner))
            return Self.answer([
                "decoys": .array(
                    decoys.map { JSONValue($0).with(["owner": .optional(owners[$0.owner])]) })
            ])
        }
        admin.on("POST", "/decoys") { request in
            var body = try JSONBody(request)
            let (login, name) = (body.requiredString("user"), body.requiredString("name"))
            try body.finish()
            let owner = try await subject(login)
            let issued = try await tokens.createDecoy(name, for: owner, by: .commandLine)
            return Self.answer(JSONValue(issued).with(["owner": .string(owner.login.text)]), status: 201)
        }
        admin.on("DELETE", "/decoys/{id}") { (_, id: String) in
            guard let id = TokenID(id) else { throw Self.noSuchToken("There is no such decoy.") }
            let decoy = try await tokens.revokeDecoy(id, of: nil, by: .commandLine)
            return Self.answer(JSONValue(decoy))
        }
    }
}

extension JSONValue {
    init(_ decoy: Decoy) {
        self = .object([
            "id": .string(decoy.id.text), "name": .string(decoy.name.text),
            "created_at": .string(decoy.createdAt.rfc3339), "revoked_at": .optional(decoy.revokedAt?.rfc3339),
            "tries": .integer(Int64(decoy.tries)),
            "last_try": decoy.lastTry.map { one in
                [
                    "at": .string(one.at.rfc3339), "service": .string(one.service),
                    "address": .string(one.address), "client": .string(one.client),
                ]
            } ?? .null,
        ])
    }

    fileprivate init(_ issued: TokenDesk.IssuedDecoy) {
        self = JSONValue(issued.decoy).with(["secret": .string(issued.secret.reveal())])
    }
}
