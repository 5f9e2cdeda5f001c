internal import COpenAPI
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
    public static let description: String = {
        var count = 0
        let bytes = UnsafeBufferPointer(start: jeton_openapi(&count), count: count)
        return String(decoding: bytes, as: UTF8.self)
    }()
    /// The query parameters of a list of tokens.
    static let listQuery: QueryNames = ["cursor", "limit", "name", "state"]
    private static let defaultPage = 50
    private static let largestPage = 100

    public init(desk: TokenDesk, callers: CallerReader, clock: Clock) {
        self.desk = desk
        self.callers = callers
        self.clock = clock
    }

    public func addRoutes(to router: inout Router) {
        router.group(Self.base, query: [], errors: Problem.response) { api in
            api.on("GET", "/tokens", query: Self.listQuery) { request in
                let caller = try await callers.caller(of: request)
                try mustManage(caller)
                return try await list(request, of: caller.subject, at: "\(Self.base)/tokens")
            }
            api.on("POST", "/tokens") { request in
                let caller = try await callers.caller(of: request)
                try mustManage(caller)
                return try await create(request, for: caller.subject, caller)
            }
            api.on("GET", "/tokens/{id}") { (request, id: String) in
                let caller = try await callers.caller(of: request)
                return try await read(try tokenID(id, caller), caller)
            }
            addChangeRoutes(to: &api)
            addRequestRoutes(to: &api)
            addDecoyRoutes(to: &api)
            api.on("GET", "/changes/{number}") { (request, number: String) in
                _ = try await callers.caller(of: request)
                return try await receipt(of: number)
            }
            api.on("GET", "/me") { request in try await me(try await callers.caller(of: request)) }
            api.on("GET", "/services") { request in
                try await services(try await callers.caller(of: request))
            }
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

    /// A page of the tokens of `owner`; `path` is the list's address.
    func list(_ request: Request, of owner: Subject, at path: String) async throws -> Response {
        var query = TokenQuery(owner: owner.id, now: clock.now, limit: Self.defaultPage)
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
        return try await page(query, of: owner, state: items["state"], at: path)
    }

    private func page(
        _ query: TokenQuery, of owner: Subject, state: String?, at path: String
    ) async throws -> Response {
        let found = try await desk.list(query)
        let isDormant = try await isDormant(owner)
        let body: JSONValue = [
            "tokens": .array(
                found.tokens.map {
                    JSONValue(
                        $0.token, of: owner, lastUse: $0.lastUse, isDormant: isDormant, at: query.now)
                }),
            "next_cursor": .optional(found.next?.text),
        ]
        var response = answer(body)
        if let next = found.next {
            let name = query.name.map { "&name=\($0.percentEncoded)" } ?? ""
            let state = state.map { "&state=\($0)" } ?? ""
            response.headers["Link"] =
                "<\(path)?cursor=\(next)&limit=\(query.limit)\(state)\(name)>; rel=\"next\""
        }
        return response
    }

    func create(_ request: Request, for owner: Subject, _ caller: Caller) async throws -> Response {
        var body = try JSONBody(request)
        let draft = newToken(in: &body)
        try body.finish()
        return try await reveal(try await desk.create(draft, for: owner, by: caller.requester), of: owner)
    }

    func read(_ id: TokenID, _ caller: Caller) async throws -> Response {
        try mustReach(id, caller)
        let found = try await desk.managed(id, by: caller.subject)
        return answer(try await json(found.token, of: found.owner))
    }

    private func me(_ caller: Caller) async throws -> Response {
        let policy = try await desk.signInPolicy()
        var told = JSONValue.null
        if let token = caller.token {
            // A token that calls is awake.
            told = JSONValue(
                token, of: caller.subject, lastUse: try await desk.lastUse(of: token), isDormant: false,
                at: clock.now)
        }
        return answer(["subject": JSONValue(caller.subject, policy, at: clock.now), "token": told])
    }

    /// The services, and the rules about tokens: for all of them, and for each.
    private func services(_ caller: Caller) async throws -> Response {
        let offer = try await desk.offer(to: caller.subject, by: caller.requester)
        func rules(_ service: Service?) -> JSONValue {
            .object(Dictionary(uniqueKeysWithValues: offer.values(of: service).map { ($0, .string($1)) }))
        }
        return answer([
            "services": .array(
                desk.services(for: caller.subject).map {
                    JSONValue($0).with(["token_rules": rules($0)])
                }),
            "token_rules": rules(nil),
        ])
    }

    // MARK: What they share

    /// Whether the tokens of `owner` are dormant, which a person at a browser can see.
    private func isDormant(_ owner: Subject) async throws -> Bool {
        owner.isDormant(try await desk.signInPolicy(), at: clock.now)
    }

    func json(_ token: Token, of owner: Subject) async throws -> JSONValue {
        JSONValue(
            token, of: owner, lastUse: try await desk.lastUse(of: token),
            isDormant: try await isDormant(owner), at: clock.now)
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
    func reveal(_ issued: TokenDesk.Issued, of owner: Subject) async throws -> Response {
        let token = try await json(issued.token, of: owner)
        var response = answer(token.with(["secret": .string(issued.secret.reveal())]))
        response.status = 201
        response.headers["Location"] = "\(Self.base)/tokens/\(issued.token.id)"
        return response
    }
}
