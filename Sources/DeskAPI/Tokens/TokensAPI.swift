public import Desk
public import HTTPServer
import JSON
import Ledger
public import Tokens

/// My Tokens as JSON: `/api/v1/…`. What changes a token is in `TokensAPI+Changes`.
public struct TokensAPI: Sendable {
    let desk: TokenDesk
    let callers: CallerReader
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
            addChangeRoutes(to: &api)
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
    func tokenID(_ text: String, _ caller: Caller) throws(Problem) -> TokenID {
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

    func read(_ id: TokenID, _ caller: Caller) async throws -> Response {
        try mustReach(id, caller)
        let token = try await desk.token(id, of: caller.subject)
        return answer(
            JSONValue(
                token, lastUse: try await desk.lastUse(of: token), isDormant: try await isDormant(caller),
                at: clock.now))
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
    func isDormant(_ caller: Caller) async throws -> Bool {
        caller.subject.isDormant(try await desk.signInPolicy(), at: clock.now)
    }

    /// A plain token can only see and revoke itself.
    func mustReach(_ id: TokenID, _ caller: Caller) throws(Problem) {
        if caller.token?.id != id { try mustManage(caller) }
    }

    func mustManage(_ caller: Caller) throws(Problem) {
        guard caller.canManage else {
            throw .forbidden(
                "This token may see and revoke itself. Managing tokens needs the scope \(DeskScope.manage.text)."
            )
        }
    }

    func answer(_ body: JSONValue) -> Response {
        Response(.json, body.text + "\n", headers: ["Cache-Control": "no-store"])
    }

    /// 201 with the secret. No other response has it.
    func reveal(_ issued: TokenDesk.Issued, lastUse: Use? = nil, isDormant: Bool) -> Response {
        let token = JSONValue(issued.token, lastUse: lastUse, isDormant: isDormant, at: clock.now)
        var response = answer(token.with(["secret": .string(issued.secret.reveal())]))
        response.status = 201
        response.headers["Location"] = "\(Self.base)/tokens/\(issued.token.id)"
        return response
    }
}
