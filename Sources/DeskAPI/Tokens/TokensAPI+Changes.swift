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
            let caller = try await callers.caller(of: request, takesPrevious: true)
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
        let token = try await desk.edit(id, of: caller.subject, edit, by: caller.requester)
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
        let issued = try await desk.rotate(
            id, of: caller.subject, overlap: overlap, renaming: renaming, by: caller.requester)
        return reveal(
            issued, lastUse: try await desk.lastUse(of: issued.token), isDormant: try await isDormant(caller))
    }

    fileprivate func previousSecret(of id: TokenID, _ caller: Caller) async throws -> Response {
        try mustReach(id, caller)
        let token = try await desk.token(id, of: caller.subject)
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
        let token = try await desk.pause(
            id, of: caller.subject, for: .seconds(seconds), by: caller.requester)
        return try await receipted(try await read(token.id, caller), request)
    }

    fileprivate func resume(_ id: TokenID, _ request: Request, _ caller: Caller) async throws -> Response {
        try mustManage(caller)
        try JSONBody(request).finish()
        let token = try await desk.resume(id, of: caller.subject, by: caller.requester)
        return try await read(token.id, caller)
    }

    fileprivate func endPrevious(of id: TokenID, _ caller: Caller) async throws -> Response {
        try mustReach(id, caller)
        try await desk.endPrevious(of: id, of: caller.subject, by: caller.requester)
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
            try await desk.revoke(id, of: caller.subject, by: caller.requester)
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
    fileprivate init(_ patch: consuming JSONBody) throws(Problem) {
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
