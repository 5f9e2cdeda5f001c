import Desk
import HTTPServer
import JSON
import Ledger
import Tokens

/// Requests for approval: ask, read, decide, withdraw, and create what was approved.
extension TokensAPI {
    func addRequestRoutes(to api: inout RouteGroup) {
        api.on("GET", "/requests") { request in
            try await listRequests(try await callers.caller(of: request))
        }
        api.on("POST", "/requests") { request in
            try await ask(request, try await callers.caller(of: request))
        }
        api.on("GET", "/requests/{id}") { (request, id: String) in
            let caller = try await callers.caller(of: request)
            return answer(try await requestBody(try requestID(id, caller), caller))
        }
        api.on("POST", "/requests/{id}/approve") { (request, id: String) in
            let caller = try await callers.caller(of: request)
            return try await decide(try requestID(id, caller), true, request, caller)
        }
        api.on("POST", "/requests/{id}/deny") { (request, id: String) in
            let caller = try await callers.caller(of: request)
            return try await decide(try requestID(id, caller), false, request, caller)
        }
        api.on("POST", "/requests/{id}/withdraw") { (request, id: String) in
            let caller = try await callers.caller(of: request)
            let id = try requestID(id, caller)
            try JSONBody(request).finish()
            try await desk.requests.withdraw(id, by: caller.requester)
            return answer(try await requestBody(id, caller))
        }
        api.on("POST", "/requests/{id}/token") { (request, id: String) in
            let caller = try await callers.caller(of: request)
            let id = try requestID(id, caller)
            try JSONBody(request).finish()
            let shown = try await desk.requests.shown(id, to: caller.requester)
            if shown.request.handOver != nil {
                return try await handedOver(try await desk.requests.handOver(id, by: caller.requester))
            }
            return try await reveal(
                try await desk.requests.create(id, by: caller.requester), of: shown.owner)
        }
    }

    /// The token that a body describes.
    func newToken(in body: inout JSONBody) -> TokenDesk.NewToken {
        let expiry = body.expiryChoice("expires_at")
        return TokenDesk.NewToken(
            name: body.requiredString("name"), scopes: body.strings("scopes"),
            addresses: body.strings("addresses"), expiresAt: expiry.end, neverExpires: expiry.isNever)
    }

    /// Answers what is not an identifier like an unknown one, and only to those who may manage tokens.
    private func requestID(_ text: String, _ caller: Caller) throws -> RequestID {
        try mustManage(caller)
        guard let id = RequestID(text) else { throw DeskFault.noSuchRequest }
        return id
    }

    private func listRequests(_ caller: Caller) async throws -> Response {
        try mustManage(caller)
        let own = try await desk.requests.own(of: caller.subject)
        let decidable = try await desk.requests.decidable(by: caller.subject)
        return answer([
            "requests": .array(own.map(JSONValue.init)), "to_decide": .array(decidable.map(JSONValue.init)),
        ])
    }

    private func ask(_ request: Request, _ caller: Caller) async throws -> Response {
        try mustManage(caller)
        var body = try JSONBody(request)
        let wanted = newToken(in: &body)
        let reason = body.requiredString("reason")
        try body.finish()
        let asked = try await desk.requests.ask(
            for: wanted, because: reason, for: caller.subject, by: caller.requester)
        return try await requested(asked.id, caller, status: 201)
    }

    /// A request that was made.
    func requested(_ id: RequestID, _ caller: Caller, status: Int) async throws -> Response {
        var response = answer(try await requestBody(id, caller))
        response.status = status
        response.headers["Location"] = "\(Self.base)/requests/\(id)"
        return response
    }

    private func decide(
        _ id: RequestID, _ isApproval: Bool, _ request: Request, _ caller: Caller
    ) async throws -> Response {
        var body = try JSONBody(request)
        let word = body.optionalString("word") ?? ""
        try body.finish()
        try await desk.requests.decide(id, approving: isApproval, saying: word, by: caller.requester)
        return answer(try await requestBody(id, caller))
    }

    private func requestBody(_ id: RequestID, _ caller: Caller) async throws -> JSONValue {
        JSONValue(try await desk.requests.shown(id, to: caller.requester))
    }
}

extension JSONValue {
    init(_ shown: ShownRequest) {
        let (request, token) = (shown.request, shown.request.requestedToken)
        let missing = shown.missing
        self = .object([
            "id": .string(request.id.text), "kind": .string(request.kind),
            "state": .string(shown.state.rawValue),
            "requester": .string(shown.requester.login.text), "owner": .string(shown.owner.login.text),
            "reason": .string(request.reason), "created_at": .string(request.createdAt.rfc3339),
            "answer_by": .string(request.answerableUntil.rfc3339),
            "token": [
                "name": .string(token.name.text),
                "scopes": .array(token.scopes.list.map { .string($0.text) }),
                "addresses": .array(token.addresses.map { .string($0.description) }),
                "expires_at": .optional(token.expiresAt?.rfc3339),
            ],
            "needs": .array(
                shown.approvers.map { approvers in
                    [
                        "groups": .array(approvers.groups.map { .string($0) }),
                        "service": .optional(approvers.service?.text),
                        "is_met": .bool(!missing.contains(approvers)),
                    ]
                }),
            "decisions": .array(
                request.decisions.map { decision in
                    [
                        "by": .optional(decision.by == nil ? nil : shown.login(of: decision)),
                        "at": .string(decision.at.rfc3339),
                        "decision": .string(decision.isApproval ? "approved" : "denied"),
                        "word": .string(decision.word),
                    ]
                }),
            "approved_until": .optional(request.approvedUntil?.rfc3339),
            "settled_at": .optional(request.settledAt?.rfc3339),
            "created_token": .optional(request.token?.text),
        ])
    }
}

extension Problem {
    /// The refusal of a token that others have to approve first.
    static func needsApproval(_ approvers: [Approvers]) -> Problem {
        Problem(
            status: 403, kind: "needs-approval", title: "The token needs approval",
            detail: "This token needs approval by \(approvers.words). Ask for it: POST the same body with a "
                + "reason to \(TokensAPI.base)/requests. Once it is approved, create it with POST "
                + "\(TokensAPI.base)/requests/{id}/token.",
            headers: ["X-Jeton-Reason": "needs_approval"])
    }

    static let noSuchRequest = Problem(
        status: 404, kind: "no-such-request", title: "No such request",
        detail: "There is no request with this id that you may see.")
}
