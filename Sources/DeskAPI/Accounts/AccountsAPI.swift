public import Desk
public import HTTPServer
import JSON
import Tokens

/// Service accounts as JSON, for their stewards: `/api/v1/accounts…`. What changes one of their tokens is in
/// ``TokensAPI``.
///
/// Only an administrator at a browser creates, changes and removes accounts, and sees those of others.
public struct AccountsAPI: Sendable {
    let desk: AccountDesk
    let tokens: TokensAPI

    public init(desk: AccountDesk, tokens: TokensAPI) {
        self.desk = desk
        self.tokens = tokens
    }

    public func addRoutes(to router: inout Router) {
        router.group(TokensAPI.base, query: [], errors: Problem.response) { api in
            api.on("GET", "/accounts", query: ["all"]) { request in
                try await list(request, try await caller(of: request))
            }
            api.on("POST", "/accounts") { request in
                try await create(request, try await caller(of: request))
            }
            api.on("GET", "/accounts/{login}") { (request, login: String) in
                let account = try await account(login, try await caller(of: request))
                return tokens.answer(try await desk.json(account))
            }
            api.on("PATCH", "/accounts/{login}") { (request, login: String) in
                try await edit(login, request, try await caller(of: request))
            }
            api.on("DELETE", "/accounts/{login}", urgent: true) { (request, login: String) in
                try await remove(login, try await caller(of: request))
            }
            api.on("GET", "/accounts/{login}/tokens", query: TokensAPI.listQuery) {
                (request, login: String) in
                let account = try await account(login, try await caller(of: request))
                return try await tokens.list(request, of: account, at: Self.path(of: account) + "/tokens")
            }
            api.on("POST", "/accounts/{login}/tokens") { (request, login: String) in
                let caller = try await caller(of: request)
                return try await tokens.create(request, for: try await account(login, caller), caller)
            }
        }
    }

    private static func path(of account: Subject) -> String {
        "\(TokensAPI.base)/accounts/\(account.login.text.percentEncoded)"
    }

    /// The caller, who may manage more than a single token.
    private func caller(of request: Request) async throws -> Caller {
        let caller = try await tokens.callers.caller(of: request)
        try tokens.mustManage(caller)
        return caller
    }

    /// The account of that login. One that the caller is no steward of looks like one that does not exist.
    private func account(_ login: String, _ caller: Caller) async throws -> Subject {
        let found = try await desk.account(login: login)
        guard caller.requester.mayManageAccounts || found.isStewarded(by: caller.subject) else {
            throw DeskFault.noSuchAccount
        }
        return found
    }

    private func list(_ request: Request, _ caller: Caller) async throws -> Response {
        let found: [Subject]
        switch request.queryItems["all"] {
        case nil, "false": found = try await desk.accounts(stewardedBy: caller.subject)
        case "true":
            guard caller.requester.mayManageAccounts else {
                throw Problem.forbidden("Only administrators see all service accounts, in the browser.")
            }
            found = try await desk.accounts()
        default: throw Problem.invalidQuery("all", "must be true or false")
        }
        var accounts: [JSONValue] = []
        for account in found { accounts.append(try await desk.json(account)) }
        return tokens.answer(["accounts": .array(accounts)])
    }

    private func create(_ request: Request, _ caller: Caller) async throws -> Response {
        try mustAdminister(caller)
        var body = try JSONBody(request)
        let draft = body.newAccount()
        try body.finish()
        let account = try await desk.add(draft, by: caller.requester)
        var response = tokens.answer(try await desk.json(account))
        response.status = 201
        response.headers["Location"] = Self.path(of: account)
        return response
    }

    private func edit(_ login: String, _ request: Request, _ caller: Caller) async throws -> Response {
        try mustAdminister(caller)
        let account = try await desk.account(login: login)
        var draft = try await desk.draft(of: account)
        var body = try JSONBody(request, takesMergePatch: true)
        body.change(&draft)
        try body.finish()
        return tokens.answer(
            try await desk.json(try await desk.edit(account.id, to: draft, by: caller.requester)))
    }

    private func remove(_ login: String, _ caller: Caller) async throws -> Response {
        try mustAdminister(caller)
        try await desk.remove(try await desk.account(login: login).id, by: caller.requester)
        return Response(status: 204, headers: ["Cache-Control": "no-store"])
    }

    /// Refuses others before anything is looked for, so that they learn of no account.
    private func mustAdminister(_ caller: Caller) throws(Problem) {
        do throws(DeskFault) { try desk.refuseOthers(caller.requester) } catch { throw Problem(error) }
    }
}
