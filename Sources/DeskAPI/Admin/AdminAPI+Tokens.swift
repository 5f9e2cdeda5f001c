import Desk
import HTTPServer
import JSON
import Ledger
import Tokens

extension AdminAPI {
    /// What the operator and overseers do with tokens.
    func addTokens(to admin: inout RouteGroup) {
        add("GET", "/tokens/{id}", to: &admin) { (_, _, id: String) in try await show(id) }
        add("PATCH", "/tokens/{id}", to: &admin) { (request, requester, id: String) in
            try await edit(id, request, by: requester)
        }
        add("DELETE", "/tokens/{id}", to: &admin, urgent: true) { (_, requester, id: String) in
            try await revoke(id: id, by: requester)
        }
        add("DELETE", "/tokens/{id}/previous-secret", to: &admin, urgent: true) {
            (_, requester, id: String) in
            try await endPrevious(id, by: requester)
        }
        add("POST", "/tokens/{id}/pause", to: &admin, urgent: true) { (request, requester, id: String) in
            try await pause(id, request, by: requester)
        }
        add("POST", "/tokens/{id}/resume", to: &admin) { (_, requester, id: String) in
            try await resume(id, by: requester)
        }
    }

    /// What only the operator does: what shows a secret, or gives a token away.
    func addOperatorsTokens(to admin: inout RouteGroup) {
        admin.on("GET", "/tokens", query: TokenQuery.operatorsParameters) { request in
            try await listTokens(request)
        }
        admin.on("POST", "/tokens") { request in try await createToken(request) }
        admin.on("POST", "/tokens/{id}/rotate") { (request, id: String) in try await rotate(id, request) }
        admin.on("POST", "/tokens/{id}/hand-over") { (request, id: String) in
            try await handOver(id, request)
        }
        admin.on("DELETE", "/users/{login}/tokens/{name}") { (_, login: String, name: String) in
            try await revoke(login: login, name: name)
        }
    }

    /// All tokens that match the filter of the inventory. Also takes `user`, and `all=true` for tokens in every state.
    private func listTokens(_ request: Request) async throws -> Response {
        let items = request.queryItems
        var query = try await TokenQuery.reading(request, in: inventory)
        query.limit = ListPage.largest
        if let login = items["user"] { query.owner = try await subject(login).id }
        if items["all"] == "true" { query.states = Set(Token.State.allCases) }
        let policy = try await tokens.signInPolicy()
        var listed: [JSONValue] = []
        while true {
            let page = try await inventory.list(query)
            listed += page.tokens.map { json($0, policy, at: query.now) }
            guard let next = page.next else { return Self.answer(["tokens": .array(listed)]) }
            query.after = next
        }
    }

    private func createToken(_ request: Request) async throws -> Response {
        var body = try JSONBody(request)
        let login = body.requiredString("user")
        let expiry = body.expiryChoice("expires_at")
        let draft = TokenDesk.NewToken(
            name: body.requiredString("name"), scopes: body.strings("scopes"),
            addresses: body.strings("addresses"), expiresAt: expiry.end, neverExpires: expiry.isNever)
        try body.finish()
        let owner = try await subject(login)
        let issued = try await tokens.create(draft, for: owner, by: .commandLine)
        let listed = ListedToken(token: issued.token, owner: owner, lastUse: nil)
        return Self.answer(
            json(
                listed, try await tokens.signInPolicy(), at: clock.now,
                and: ["secret": .string(issued.secret.reveal())]), status: 201)
    }

    private func revoke(id text: String, by requester: Requester) async throws -> Response {
        let id = try tokenID(text)
        let token = try await tokens.token(id, of: nil)
        guard token.id == id else {
            try await tokens.revoke(id, of: nil, by: requester)
            return Self.answer(["ended": [try await json(token)]])
        }
        return Self.answer(["revoked": [try await revoke(token, by: requester)]])
    }

    /// Revokes a token. Returns it as it now is, with how many other secrets and tokens ended with it.
    private func revoke(_ token: Token, by requester: Requester) async throws -> JSONValue {
        let previous = try await tokens.previousSecrets(of: token).count
        let exchanged = try await tokens.exchanged(for: token).count
        let revoked = try await tokens.revoke(token.id, of: nil, by: requester)
        return try await json(revoked).with([
            "previous_secrets": .integer(Int64(previous)), "exchanged": .integer(Int64(exchanged)),
        ])
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
            revoked.append(try await revoke(listed.token, by: .commandLine))
        }
        return Self.answer(["revoked": .array(revoked)])
    }

    func tokenID(_ text: String) throws -> TokenID {
        guard let id = TokenID(text) else {
            throw Self.noSuchToken("There is no such token: “\(text.prefix(60))” is not a token id.")
        }
        return id
    }

    func json(
        _ listed: ListedToken, _ policy: SignInPolicy?, at now: Timestamp,
        and more: [String: JSONValue] = [:]
    ) -> JSONValue {
        let isDormant = listed.owner.isDormant(policy, at: now)
        return JSONValue(
            listed.token, of: listed.owner, lastUse: listed.lastUse, isDormant: isDormant, at: now
        ).with(["owner": json(ofOwner: listed.owner)].merging(more) { _, last in last })
    }

    /// Whose a token is: for the operator by the login alone.
    private func json(ofOwner owner: Subject) -> JSONValue {
        guard !door.isOperators else { return .string(owner.login.text) }
        return [
            "id": .string(owner.id.text), "login": .string(owner.login.text), "kind": .string(owner.kind),
        ]
    }
}
