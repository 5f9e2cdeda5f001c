public import Desk
public import HTTPServer
import JSON
import Tokens

/// Trust rules as JSON, for the stewards of service accounts: `/api/v1/accounts/{login}/trust…`. Where people may have
/// rules, too, the login is also the caller's own.
public struct TrustAPI: Sendable {
    private let desk: TrustDesk
    private let accounts: AccountDesk
    private let tokens: TokensAPI

    public init(desk: TrustDesk, accounts: AccountDesk, tokens: TokensAPI) {
        self.desk = desk
        self.accounts = accounts
        self.tokens = tokens
    }

    public func addRoutes(to router: inout Router) {
        router.group(TokensAPI.base, query: [], errors: Problem.response) { api in
            api.on("GET", "/accounts/{login}/trust") { (request, login: String) in
                let (owner, _) = try await owner(login, request)
                let rules = try await desk.rules(of: owner)
                return tokens.answer(["rules": .array(rules.map { desk.json($0, of: owner) })])
            }
            api.on("POST", "/accounts/{login}/trust") { (request, login: String) in
                let (owner, caller) = try await owner(login, request)
                var body = try JSONBody(request)
                let draft = body.newTrustRule()
                try body.finish()
                let rule = try await desk.add(draft, for: owner, by: caller.requester)
                var response = tokens.answer(desk.json(rule, of: owner))
                response.status = 201
                return response
            }
            api.on("POST", "/accounts/{login}/trust/test") { (request, login: String) in
                let (owner, caller) = try await owner(login, request)
                var body = try JSONBody(request)
                let identity = body.requiredString("identity")
                try body.finish()
                let test = try await desk.test(identity, for: owner, by: caller.requester)
                return tokens.answer(desk.json(test, owners: [owner.id: owner.login.text]))
            }
            api.on("DELETE", "/accounts/{login}/trust/{id}", urgent: true) {
                (request, login: String, id: String) in
                let (owner, caller) = try await owner(login, request)
                guard let id = TrustRuleID(id) else { throw DeskFault.noSuchRule }
                try await desk.remove(id, of: owner, by: caller.requester)
                return Response(status: 204, headers: ["Cache-Control": "no-store"])
            }
        }
    }

    /// Whose rules they are, and who asks. An account that the caller is no steward of looks like one that does not exist.
    private func owner(_ login: String, _ request: Request) async throws -> (owner: Subject, caller: Caller) {
        let caller = try await tokens.callers.caller(of: request)
        try tokens.mustManage(caller)
        if desk.admitsPeople, (try? Login(login))?.folded == caller.subject.login.folded {
            return (caller.subject, caller)
        }
        let found = try await accounts.account(login: login)
        guard caller.requester.mayManageAccounts || found.isStewarded(by: caller.subject) else {
            throw DeskFault.noSuchAccount
        }
        return (found, caller)
    }
}
