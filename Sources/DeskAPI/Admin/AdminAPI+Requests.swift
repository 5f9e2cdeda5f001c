import Desk
import HTTPServer
import JSON
import Ledger
import Tokens

/// Requests for approval, as the operator and overseers see and decide them.
extension AdminAPI {
    func addRequests(to admin: inout RouteGroup) {
        add("GET", "/requests", to: &admin, query: ["state"]) { request, _ in
            let found = try await tokens.requests.all(in: Self.states(request))
            return Self.answer(["requests": .array(found.map(JSONValue.init))])
        }
        add("GET", "/requests/{id}", to: &admin) { (_, requester, id: String) in
            try await showRequest(try requestID(id), to: requester)
        }
        add("POST", "/requests/{id}/approve", to: &admin) { (request, requester, id: String) in
            try await decide(try requestID(id), true, request, by: requester)
        }
        add("POST", "/requests/{id}/deny", to: &admin) { (request, requester, id: String) in
            try await decide(try requestID(id), false, request, by: requester)
        }
    }

    /// The states of which requests are listed: `open`, unless it is `all`.
    private static func states(_ request: Request) throws(Problem) -> Set<TokenRequest.State> {
        switch request.queryItems["state"] {
        case nil, "open": [.open]
        case "all": Set(TokenRequest.State.allCases)
        default: throw .invalidQuery("state", "must be open or all")
        }
    }

    private func requestID(_ text: String) throws -> RequestID {
        guard let id = RequestID(text) else { throw DeskFault.noSuchRequest }
        return id
    }

    private func decide(
        _ id: RequestID, _ isApproval: Bool, _ request: Request, by requester: Requester
    ) async throws -> Response {
        var body = try JSONBody(request)
        let word = body.optionalString("word") ?? ""
        try body.finish()
        try await tokens.requests.decide(
            id, approving: isApproval, saying: word, by: requester, overseeing: true)
        return try await showRequest(id, to: requester)
    }

    private func showRequest(_ id: RequestID, to requester: Requester) async throws -> Response {
        Self.answer(JSONValue(try await tokens.requests.shown(id, to: requester, overseeing: true)))
    }
}
