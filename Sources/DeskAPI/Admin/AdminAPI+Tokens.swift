import Desk
import HTTPServer
import JSON
import Ledger
import Tokens

extension AdminAPI {
    func addTokens(to admin: inout RouteGroup) {
        admin.on("GET", "/tokens", query: ["all", "user"]) { request in try await listTokens(request) }
        admin.on("POST", "/tokens") { request in try await createToken(request) }
        admin.on("DELETE", "/tokens/{id}") { (_, id: String) in try await revoke(id: id) }
        admin.on("DELETE", "/users/{login}/tokens/{name}") { (_, login: String, name: String) in
            try await revoke(login: login, name: name)
        }
    }

    /// Takes `user`, and `all=true` for tokens in every state.
    private func listTokens(_ request: Request) async throws -> Response {
        let items = request.queryItems
        var query = TokenQuery(states: Token.State.working, now: clock.now, limit: 500)
        if let login = items["user"] { query.owner = try await subject(login).id }
        if items["all"] == "true" { query.states = Set(Token.State.allCases) }
        let policy = try await tokens.signInPolicy()
        return Self.answer([
            "tokens": .array(try await tokens.all(query).map { json($0, policy, at: query.now) })
        ])
    }

    private func createToken(_ request: Request) async throws -> Response {
        var body = try JSONBody(request)
        let login = body.requiredString("user")
        let draft = TokenDesk.NewToken(
            name: body.requiredString("name"), scopes: body.strings("scopes"),
            addresses: body.strings("addresses"), expiresAt: body.expiry("expires_at"))
        try body.finish()
        let owner = try await subject(login)
        let issued = try await tokens.create(draft, for: owner, by: .commandLine)
        let listed = ListedToken(token: issued.token, owner: owner, lastUse: nil)
        return Self.answer(
            json(
                listed, try await tokens.signInPolicy(), at: clock.now,
                and: ["secret": .string(issued.secret.reveal())]), status: 201)
    }

    private func revoke(id: String) async throws -> Response {
        guard let id = TokenID(id) else {
            throw Self.noSuchToken("There is no such token: “\(id.prefix(60))” is not a token id.")
        }
        let token = try await tokens.revoke(id, of: nil, by: .commandLine)
        let lastUse = try await tokens.lastUse(of: token)
        return Self.answer(["revoked": [JSONValue(token, lastUse: lastUse, isDormant: false, at: clock.now)]])
    }

    /// Revokes the token of that name, and those of that name that programs got in exchange.
    private func revoke(login: String, name: String) async throws -> Response {
        let owner = try await subject(login)
        let active = try await tokens.all(
            TokenQuery(owner: owner.id, states: Token.State.working, now: clock.now, limit: 500))
        let named = active.filter { $0.token.name.text.folded == name.folded }
        guard !named.isEmpty else {
            throw Self.noSuchToken(
                "There is no such token: \(owner.login) has no active token called “\(name.prefix(TokenName.limit))”."
            )
        }
        var revoked: [JSONValue] = []
        for listed in named {
            let token = try await tokens.revoke(listed.token.id, of: owner, by: .commandLine)
            revoked.append(JSONValue(token, lastUse: listed.lastUse, isDormant: false, at: clock.now))
        }
        return Self.answer(["revoked": .array(revoked)])
    }

    private func json(
        _ listed: ListedToken, _ policy: SignInPolicy?, at now: Timestamp,
        and more: [String: JSONValue] = [:]
    ) -> JSONValue {
        let isDormant = listed.owner.isDormant(policy, at: now)
        return JSONValue(listed.token, lastUse: listed.lastUse, isDormant: isDormant, at: now)
            .with(["owner": .string(listed.owner.login.text)].merging(more) { _, last in last })
    }
}
