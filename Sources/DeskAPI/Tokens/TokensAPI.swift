public import Desk
public import HTTPServer
import JSON
import Ledger
public import Tokens

/// The same as the pages, as JSON: `/api/v1/…`.
public struct TokensAPI: Sendable {
    private let desk: TokenDesk
    private let callers: CallerReader
    private let clock: Clock

    /// The path of the API's version.
    public static let base = "/api/v1"
    /// The API's description (OpenAPI 3.1), `openapi.json`. A test holds its paths and methods equal to the
    /// router's.
    static let description = String(decoding: PackageResources.openapi_json, as: UTF8.self)
    private static let defaultPage = 50
    private static let largestPage = 100

    /// An API over `desk`.
    public init(desk: TokenDesk, callers: CallerReader, clock: Clock) {
        self.desk = desk
        self.callers = callers
        self.clock = clock
    }

    /// Adds the API's routes.
    public func addRoutes(to router: inout Router) {
        let tokens = "\(Self.base)/tokens"
        add("GET", tokens, query: ["cursor", "limit", "name", "state"], to: &router) { caller, request in
            try await list(request, caller)
        }
        add("POST", tokens, to: &router) { caller, request in try await create(request, caller) }
        add("GET", "\(tokens)/{id}", to: &router) { caller, _, id in try await read(id, caller) }
        add("DELETE", "\(tokens)/{id}", to: &router) { caller, _, id in try await revoke(id, caller) }
        add("POST", "\(tokens)/{id}/regenerate", to: &router) { caller, request, id in
            try await regenerate(id, request, caller)
        }
        add("GET", "\(Self.base)/me", to: &router) { caller, _ in try await me(caller) }
        add("GET", "\(Self.base)/services", to: &router) { caller, _ in services(caller) }
        router.on("GET", "\(Self.base)/openapi.json", query: []) { _ in
            Response(.json, Self.description, headers: ["Cache-Control": "no-cache"])
        }
    }

    private func add(
        _ method: String, _ pattern: String, query: QueryNames = [], to router: inout Router,
        handler: @escaping @Sendable (Caller, Request) async throws -> Response
    ) {
        router.on(method, pattern, query: query) { request in
            try await Self.answering { try await handler(callers.caller(of: request), request) }
        }
    }

    private func add(
        _ method: String, _ pattern: String, to router: inout Router,
        handler: @escaping @Sendable (Caller, Request, TokenID) async throws -> Response
    ) {
        router.on(method, pattern, query: [], urgent: method == "DELETE") { (request, text: String) in
            try await Self.answering {
                let caller = try await callers.caller(of: request)
                guard let id = TokenID(text) else { throw Problem.noSuchToken }
                return try await handler(caller, request, id)
            }
        }
    }

    /// What `body` answers, or the problem that it threw. A failure of the ledger is told to the log.
    private static func answering(_ body: () async throws -> Response) async throws -> Response {
        do {
            return try await body()
        } catch let problem as Problem {
            return problem.response
        } catch DeskFault.ledger(let error) {
            throw Failure(Problem(error).response, reason: error.description)
        } catch let fault as DeskFault {
            return Problem(fault).response
        } catch let error as LedgerError {
            throw Failure(Problem(error).response, reason: error.description)
        }
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
            guard let cursor = TokenID(text) else {
                throw Problem.invalidQuery("cursor", "must be a next_cursor of an earlier page")
            }
            query.before = cursor
        }
        switch items["state"] ?? "live" {
        case "all": break
        case let text:
            guard let state = Token.State(rawValue: text) else {
                throw Problem.invalidQuery("state", "must be live, expired, revoked or all")
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

    private func regenerate(_ id: TokenID, _ request: Request, _ caller: Caller) async throws -> Response {
        try mustManage(caller)
        var body = try JSONBody(request)
        let overlap = body.integer("overlap_seconds", otherwise: 0)
        try body.finish()
        return reveal(
            try await desk.regenerate(
                id, of: caller.subject, overlap: Overlap(seconds: overlap), by: caller.requester),
            isDormant: try await isDormant(caller))
    }

    private func revoke(_ id: TokenID, _ caller: Caller) async throws -> Response {
        try mustReach(id, caller)
        try await desk.revoke(id, of: caller.subject, by: caller.requester)
        return Response(status: 204, headers: ["Cache-Control": "no-store"])
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

    /// Whether the caller's tokens sleep, as a person at a browser may see.
    private func isDormant(_ caller: Caller) async throws -> Bool {
        caller.subject.isDormant(try await desk.signInPolicy(), at: clock.now)
    }

    /// A plain token can see and revoke itself, and nothing else.
    private func mustReach(_ id: TokenID, _ caller: Caller) throws(Problem) {
        if caller.token?.id != id { try mustManage(caller) }
    }

    private func mustManage(_ caller: Caller) throws(Problem) {
        guard caller.canManage else {
            throw .forbidden(
                "This token may see and revoke itself. Managing tokens needs the scope jeton:manage.")
        }
    }

    private func answer(_ body: JSONValue) -> Response {
        Response(.json, body.text + "\n", headers: ["Cache-Control": "no-store"])
    }

    /// 201 with the secret, in this one answer.
    private func reveal(_ issued: TokenDesk.Issued, isDormant: Bool) -> Response {
        let token = JSONValue(issued.token, lastUse: nil, isDormant: isDormant, at: clock.now)
        var response = answer(token.with(["secret": .string(issued.secret.reveal())]))
        response.status = 201
        response.headers["Location"] = "\(Self.base)/tokens/\(issued.token.id)"
        return response
    }
}
