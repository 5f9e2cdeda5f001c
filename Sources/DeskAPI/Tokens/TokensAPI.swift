public import Desk
public import HTTPServer
import JSON
import Ledger
public import Tokens

/// My Tokens as JSON: `/api/v1/…`.
public struct TokensAPI: Sendable {
    let desk: TokenDesk
    private let callers: CallerReader
    private let clock: Clock

    public static let base = "/api/v1"
    /// The API's description (OpenAPI 3.1), `openapi.json`. A test holds its paths and methods equal to the
    /// router's.
    static let description = String(decoding: PackageResources.openapi_json, as: UTF8.self)
    private static let defaultPage = 50
    private static let largestPage = 100

    public init(desk: TokenDesk, callers: CallerReader, clock: Clock) {
        self.desk = desk
        self.callers = callers
        self.clock = clock
    }

    public func addRoutes(to router: inout Router) {
        router.group(Self.base, query: [], errors: Problem.response) { api in
            api.on("GET", "/tokens", query: ["cursor", "limit", "name", "state"]) { request in
                try await list(request, try await callers.caller(of: request))
            }
            api.on("POST", "/tokens") { request in
                try await create(request, try await callers.caller(of: request))
            }
            api.on("GET", "/tokens/{id}") { (request, id: String) in
                let caller = try await callers.caller(of: request)
                return try await read(try tokenID(id, caller), caller)
            }
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
            api.on("GET", "/changes/{number}") { (request, number: String) in
                _ = try await callers.caller(of: request)
                return try await receipt(of: number)
            }
            api.on("GET", "/me") { request in try await me(try await callers.caller(of: request)) }
            api.on("GET", "/services") { request in services(try await callers.caller(of: request)) }
            api.on("GET", "/openapi.json") { _ in
                Response(.json, Self.description, headers: ["Cache-Control": "no-cache"])
            }
        }
    }

    /// The token that a path names by its id, or by `self`, which is the one that is presented.
    ///
    /// Answers a path parameter that is not an id like the id of an unknown token, after authentication.
    private func tokenID(_ text: String, _ caller: Caller) throws(Problem) -> TokenID {
        if text == "self", let token = caller.token { return token.id }
        guard let id = TokenID(text) else { throw .noSuchToken }
        return id
    }

    // MARK: Handlers

    private func list(_ request: Request, _ caller: Caller) async throws -> Response {
        try mustManage(caller)
        var query = TokenQuery(owner: caller.subject.id, now: clock.now, limit: Self.defaultPage)
        let items = request.queryItems
        if let text = items["limit"] {
            guard let limit = Int(text), (1...Self.largestPage).contains(limit) else {
                throw Problem.invalidQuery("limit", "must be a whole number from 1 to \(Self.largestPage)")
            }
            query.limit = limit
        }
        if let text = items["cursor"] {
            guard let cursor = SecretID(text) else {
                throw Problem.invalidQuery("cursor", "must be a next_cursor of an earlier page")
            }
            query.before = cursor
        }
        switch items["state"] {
        case nil: query.states = Token.State.working
        case "all": break
        case let text?:
            guard let state = Token.State(rawValue: text) else {
                throw Problem.invalidQuery("state", "must be live, paused, expired, revoked or all")
            }
            query.states = [state]
        }
        query.name = items["name"]
        return try await page(query, state: items["state"], isDormant: isDormant(caller))
    }

    private func page(_ query: TokenQuery, state: String?, isDormant: Bool) async throws -> Response {
        let found = try await desk.list(query)
        let body: JSONValue = [
            "tokens": .array(
                found.tokens.map {
                    JSONValue($0.token, lastUse: $0.lastUse, isDormant: isDormant, at: query.now)
                }),
            "next_cursor": .optional(found.next?.text),
        ]
        var response = answer(body)
        if let next = found.next {
            let name = query.name.map { "&name=\($0.percentEncoded)" } ?? ""
            let address =
                "\(Self.base)/tokens?cursor=\(next)&limit=\(query.limit)"
                + (state.map { "&state=\($0)" } ?? "")
                + name
            response.headers["Link"] = "<\(address)>; rel=\"next\""
        }
        return response
    }

    private func create(_ request: Request, _ caller: Caller) async throws -> Response {
        try mustManage(caller)
        var body = try JSONBody(request)
        let draft = TokenDesk.NewToken(
            name: body.requiredString("name"), scopes: body.strings("scopes"),
            addresses: body.strings("addresses"), expiresAt: body.expiry("expires_at"))
        try body.finish()
        return reveal(
            try await desk.create(draft, for: caller.subject, by: caller.requester),
            isDormant: try await isDormant(caller))
    }

    private func read(_ id: TokenID, _ caller: Caller) async throws -> Response {
        try mustReach(id, caller)
        let token = try await desk.token(id, of: caller.subject)
        return answer(
            JSONValue(
                token, lastUse: try await desk.lastUse(of: token), isDormant: try await isDormant(caller),
                at: clock.now))
    }

    private func edit(_ id: TokenID, _ request: Request, _ caller: Caller) async throws -> Response {
        try mustManage(caller)
        let edit = try TokenEdit(JSONBody(request, takesMergePatch: true))
        let token = try await desk.edit(id, of: caller.subject, edit, by: caller.requester)
        return try await read(token.id, caller)
    }

    private func rotate(
        _ id: TokenID, _ request: Request, _ caller: Caller, renaming: Bool
    ) async throws -> Response {
        let isOwn = caller.token.map { $0.id == id && $0.scopes.allow(.rotate) } ?? false
        if renaming || !isOwn { try mustManage(caller) }
        let overlap = renaming ? try Self.oldOverlap(in: request) : try Overlap(in: request)
        return reveal(
            try await desk.rotate(
                id, of: caller.subject, overlap: overlap, renaming: renaming, by: caller.requester),
            isDormant: try await isDormant(caller))
    }

    /// `overlap_seconds`, which is 0 by default.
    private static func oldOverlap(in request: Request) throws -> Overlap {
        var body = try JSONBody(request)
        let seconds = body.integer("overlap_seconds", otherwise: 0)
        try body.finish()
        return try Overlap(seconds: seconds)
    }

    private func previousSecret(of id: TokenID, _ caller: Caller) async throws -> Response {
        try mustReach(id, caller)
        let token = try await desk.token(id, of: caller.subject)
        guard let previous = try await desk.previousSecrets(of: token).first else {
            throw Problem.noPreviousSecret
        }
        return answer(JSONValue(previous, try await desk.move(of: token, from: previous)))
    }

    private func pause(_ id: TokenID, _ request: Request, _ caller: Caller) async throws -> Response {
        try mustManage(caller)
        var body = try JSONBody(request)
        let seconds = body.requiredInteger("seconds")
        try body.finish()
        let token = try await desk.pause(
            id, of: caller.subject, for: .seconds(seconds), by: caller.requester)
        return try await receipted(try await read(token.id, caller), request)
    }

    private func resume(_ id: TokenID, _ request: Request, _ caller: Caller) async throws -> Response {
        try mustManage(caller)
        try JSONBody(request).finish()
        let token = try await desk.resume(id, of: caller.subject, by: caller.requester)
        return try await read(token.id, caller)
    }

    private func endPrevious(of id: TokenID, _ caller: Caller) async throws -> Response {
        try mustReach(id, caller)
        try await desk.endPrevious(of: id, of: caller.subject, by: caller.requester)
        return Response(status: 204, headers: ["Cache-Control": "no-store"])
    }

    /// Revokes a token. A previous secret that presents itself ends alone, and so does one that is named by its own
    /// identifier.
    private func revoke(_ id: TokenID, _ request: Request, _ caller: Caller) async throws -> Response {
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

    private func me(_ caller: Caller) async throws -> Response {
        let policy = try await desk.signInPolicy()
        var told = JSONValue.null
        if let token = caller.token {
            // A token that calls is awake.
            told = JSONValue(
                token, lastUse: try await desk.lastUse(of: token), isDormant: false, at: clock.now)
        }
        return answer(["subject": JSONValue(caller.subject, policy, at: clock.now), "token": told])
    }

    private func services(_ caller: Caller) -> Response {
        answer(["services": .array(desk.services(for: caller.subject).map(JSONValue.init))])
    }

    // MARK: What they share

    /// Whether the caller's tokens are dormant, which a person at a browser can see.
    private func isDormant(_ caller: Caller) async throws -> Bool {
        caller.subject.isDormant(try await desk.signInPolicy(), at: clock.now)
    }

    /// A plain token can only see and revoke itself.
    private func mustReach(_ id: TokenID, _ caller: Caller) throws(Problem) {
        if caller.token?.id != id { try mustManage(caller) }
    }

    private func mustManage(_ caller: Caller) throws(Problem) {
        guard caller.canManage else {
            throw .forbidden(
                "This token may see and revoke itself. Managing tokens needs the scope \(DeskScope.manage.text)."
            )
        }
    }

    private func answer(_ body: JSONValue) -> Response {
        Response(.json, body.text + "\n", headers: ["Cache-Control": "no-store"])
    }

    /// 201 with the secret. No other response has it.
    private func reveal(_ issued: TokenDesk.Issued, isDormant: Bool) -> Response {
        let token = JSONValue(issued.token, lastUse: nil, isDormant: isDormant, at: clock.now)
        var response = answer(token.with(["secret": .string(issued.secret.reveal())]))
        response.status = 201
        response.headers["Location"] = "\(Self.base)/tokens/\(issued.token.id)"
        return response
    }
}
