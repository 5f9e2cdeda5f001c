import Desk
import HTTPServer
import JSON
import Ledger
import Tokens

/// Requests for approval, as the operator sees and decides them.
extension AdminAPI {
    func addRequests(to admin: inout RouteGroup) {
        admin.on("GET", "/requests", query: ["state"]) { request in
            let isAll = request.queryItems["state"] == "all"
            let states = isAll ? Set(TokenRequest.State.allCases) : [.open]
            let found = try await tokens.requests.all(in: states)
            return Self.answer(["requests": .array(found.map(JSONValue.init))])
        }
        admin.on("GET", "/requests/{id}") { (_, id: String) in try await showRequest(try requestID(id)) }
        admin.on("POST", "/requests/{id}/approve") { (request, id: String) in
            try await decide(try requestID(id), true, request)
        }
        admin.on("POST", "/requests/{id}/deny") { (request, id: String) in
            try await decide(try requestID(id), false, request)
        }
    }

    private func requestID(_ text: String) throws -> RequestID {
        guard let id = RequestID(text) else { throw DeskFault.noSuchRequest }
        return id
    }

    private func decide(_ id: RequestID, _ isApproval: Bool, _ request: Request) async throws -> Response {
        var body = try JSONBody(request)
        let word = body.optionalString("word") ?? ""
        try body.finish()
        try await tokens.requests.decide(id, approving: isApproval, saying: word, by: .commandLine)
        return try await showRequest(id)
    }

    private func showRequest(_ id: RequestID) async throws -> Response {
        Self.answer(JSONValue(try await tokens.requests.shown(id, to: .commandLine)))
    }
}
