import Desk
import HTTPServer
import JSON
import Ledger
import Tokens

/// Changes of one token: edit, rotate, pause, resume, revoke.
extension TokensAPI {
    func addChangeRoutes(to api: inout RouteGroup) {
        api.on("PATCH", "/tokens/{id}") { (request, id: String) in
            let caller = try await callers.caller(of: request)
            return try await edit(try tokenID(id, caller), request, caller)
        }
        api.on("DELETE", "/tokens/{id}", query: ["wait"], urgent: true) { (request, id: String) in
            let caller = try await callers.caller(
                of: request, takesPrevious: true, ignoresRules: true)
            return try await revoke(try tokenID(id, caller), request, caller)
        }
        api.on("GET", "/tokens/{id}/previous-secret") { (request, id: String) in
            let caller = try await callers.caller(of: request)
            return try await previousSecret(of: try tokenID(id, caller), caller)
        }
        api.on("POST", "/tokens/{id}/pause", query: ["wait"], urgent: true) { (request, id: String) in
            let caller = try await callers.caller(of: request)
            return try await pause(try tokenID(id, caller), request, caller)
        }
        api.on("POST", "/tokens/{id}/resume") { (request, id: String) in
            let caller = try await callers.caller(of: request)
            return try await resume(try tokenID(id, caller), request, caller)
        }
        api.on("DELETE", "/tokens/{id}/previous-secret", urgent: true) { (request, id: String) in
            let caller = try await callers.caller(of: request)
            return try await endPrevious(of: try tokenID(id, caller), caller)
        }
        api.on("POST", "/agents/end", urgent: true) { request in
            let caller = try await callers.caller(of: request)
            try mustManage(caller)
            let ended = try await desk.endAgents(of: caller.subject, by: caller.requester)
            return answer(["ended": .integer(Int64(ended.count))])
        }
        api.on("POST", "/tokens/{id}/hand-over") { (request, id: String) in
            let caller = try await callers.caller(of: request)
            return try await handOver(try tokenID(id, caller), request, caller)
        }
        api.on("POST", "/tokens/{id}/rotate") { (request, id: String) in
            let caller = try await callers.rotator(of: request)
            return try await rotate(try tokenID(id, caller), request, caller, renaming: false)
        }
        api.on("POST", "/tokens/{id}/regenerate") { (request, id: String) in
            let caller = try await callers.caller(of: request)
            return try await rotate(try tokenID(id, caller), request, caller, renaming: true)
        }
    }

    fileprivate func edit(_ id: TokenID, _ request: Request, _ caller: Caller) async throws -> Response {
        try mustManage(caller)
        let edit = try TokenEdit(JSONBody(request, takesMergePatch: true))
        let owner = try await desk.managed(id, by: caller.subject).owner
        let token = try await desk.edit(id, of: owner, edit, by: caller.requester)
        return try await read(token.id, caller)
    }

    fileprivate func rotate(
        _ id: TokenID, _ request: Request, _ caller: Caller, renaming: Bool
    ) async throws -> Response {
        let isOwn = caller.token.map { $0.id == id && $0.scopes.allow(.rotate) } ?? false
        if renaming || !isOwn { try mustManage(caller) }
        let chosen = try Overlap(in: request, words: !renaming)
        // Clients that regenerate expect none where they choose none.
        let overlap = renaming ? chosen ?? Overlap.none : chosen
        let owner = try await desk.managed(id, by: caller.subject).owner
        return try await reveal(
            try await desk.rotate(
                id, of: owner, overlap: overlap, renaming: renaming, by: caller.requester), of: owner)
    }

    fileprivate func previousSecret(of id: TokenID, _ caller: Caller) async throws -> Response {
        try mustReach(id, caller)
        let token = try await desk.managed(id, by: caller.subject).token
        guard let previous = try await desk.previousSecrets(of: token).first else {
            throw Problem.noPreviousSecret
        }
        return answer(JSONValue(previous, try await desk.move(of: token, from: previous)))
    }

    fileprivate func pause(_ id: TokenID, _ request: Request, _ caller: Caller) async throws -> Response {
        try mustManage(caller)
        var body = try JSONBody(request)
        let seconds = body.requiredInteger("seconds")
        try body.finish()
        let owner = try await desk.managed(id, by: caller.subject).owner
        let token = try await desk.pause(id, of: owner, for: .seconds(seconds), by: caller.requester)
        return try await receipted(try await read(token.id, caller), request)
    }

    fileprivate func resume(_ id: TokenID, _ request: Request, _ caller: Caller) async throws -> Response {
        try mustManage(caller)
        try JSONBody(request).finish()
        let owner = try await desk.managed(id, by: caller.subject).owner
        let token = try await desk.resume(id, of: owner, by: caller.requester)
        return try await read(token.id, caller)
    }

    /// For a person who is signed in: takes `account`, `name` for another name there, and `reason` to ask the account's
    /// stewards.
    fileprivate func handOver(_ id: TokenID, _ request: Request, _ caller: Caller) async throws -> Response {
        try mustManage(caller)
        var body = try JSONBody(request)
        let account = body.requiredString("account")
        let name = body.optionalString("name")
        let reason = body.optionalString("reason")
        try body.finish()
        if let reason {
            let asked = try await desk.requests.askToHandOver(
                id, to: account, name: name, because: reason, by: caller.requester)
            return try await requested(asked.id, caller, status: 202)
        }
        let token = try await desk.handOver(
            id, of: caller.subject, to: account, name: name, by: caller.requester)
        return try await handedOver(token)
    }

    /// A token that belongs to a service account now.
    func handedOver(_ token: Token) async throws -> Response {
        answer(try await json(token, of: try await desk.owner(of: token)))
    }

    fileprivate func endPrevious(of id: TokenID, _ caller: Caller) async throws -> Response {
        try mustReach(id, caller)
        let owner = try await desk.managed(id, by: caller.subject).owner
        try await desk.endPrevious(of: id, of: owner, by: caller.requester)
        return Response(status: 204, headers: ["Cache-Control": "no-store"])
    }

    /// Revokes a token. A previous secret that presents itself ends alone, and so does one that is named by its own
    /// identifier.
    fileprivate func revoke(_ id: TokenID, _ request: Request, _ caller: Caller) async throws -> Response {
        if let token = caller.token, token.secret != caller.secret {
            guard id == token.id || id == caller.secret?.alias else { throw Problem.previousSecret }
            try await desk.end(caller.secret ?? token.secret, of: token, by: caller.requester)
        } else {
            try mustReach(id, caller)
            let owner = try await desk.managed(id, by: caller.subject).owner
            try await desk.revoke(id, of: owner, by: caller.requester)
        }
        return try await receipted(
            Response(status: 204, headers: ["Cache-Control": "no-store"]), request)
    }
}

extension Overlap {
    /// Reads `overlap_seconds`, or with `words` also `overlap: "until_moved"`; `nil` where the body has neither.
    init?(in request: Request, words: Bool = true) throws {
        var body = try JSONBody(request)
        let seconds = body.optionalInteger("overlap_seconds")
        let word = words ? body.word("overlap", of: ["until_moved"]) : nil
        try body.finish()
        guard word == nil || seconds == nil else {
            throw Problem.invalid([
                FieldFault("overlap", "cannot stand beside overlap_seconds: leave one out")
            ])
        }
        if word != nil {
            self = .untilMoved
        } else if let seconds {
            try self.init(seconds: seconds)
        } else {
            return nil
        }
    }
}

extension TokenEdit {
    /// Reads a merge patch (RFC 7396): members that are left out stay, and null removes what can be removed.
    init(_ patch: consuming JSONBody) throws(Problem) {
        var body = patch
        self.init()
        if body.has("name") { name = body.requiredString("name") }
        if body.has("description") { description = body.optionalString("description") ?? "" }
        if body.has("scopes") { scopes = body.strings("scopes") }
        if body.has("addresses") { addresses = body.strings("addresses") }
        if body.has("expires_at") { expiry = body.expiry("expires_at").map(Expiry.at) ?? .never }
        try body.finish()
    }
}
