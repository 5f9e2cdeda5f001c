import Desk
import HTTPServer
import JSON
import Ledger
import Tokens

/// Service accounts, for `jeton account` and for overseers.
extension AdminAPI {
    func addAccounts(to admin: inout RouteGroup) {
        add("POST", "/accounts", to: &admin) { request, requester in
            var body = try JSONBody(request)
            let draft = body.newAccount()
            try body.finish()
            let account = try await accounts.add(draft, by: requester)
            return Self.answer(try await accounts.json(account), status: 201)
        }
        add("GET", "/accounts/{login}", to: &admin) { (_, _, login: String) in
            Self.answer(try await whole(try await account(login)))
        }
        add("PATCH", "/accounts/{login}", to: &admin) { (request, requester, login: String) in
            try await editAccount(login, request, by: requester)
        }
        add("DELETE", "/accounts/{login}", to: &admin, urgent: true) { (_, requester, login: String) in
            let account = try await account(login)
            let told = try await whole(account)
            try await accounts.remove(account.id, by: requester)
            return Self.answer(told)
        }
        add("POST", "/accounts/{login}/suspend", to: &admin, urgent: true) { (_, requester, login: String) in
            let suspended = try await people.suspend(try await account(login), by: requester)
            return Self.answer(try await accounts.json(suspended))
        }
        add("POST", "/accounts/{login}/resume", to: &admin) { (_, requester, login: String) in
            let resumed = try await people.resume(try await account(login), by: requester)
            return Self.answer(try await accounts.json(resumed))
        }
    }

    /// All accounts, for the operator. Takes `unattended=true` for those without a steward.
    func listAccounts(_ request: Request) async throws -> Response {
        let isUnattended = request.queryItems["unattended"] == "true"
        var listed: [JSONValue] = []
        for account in try await accounts.accounts()
        where !isUnattended || account.account?.unattendedSince != nil {
            listed.append(try await accounts.json(account))
        }
        return Self.answer(["accounts": .array(listed)])
    }

    private func editAccount(
        _ login: String, _ request: Request, by requester: Requester
    ) async throws -> Response {
        let account = try await account(login)
        var draft = try await accounts.draft(of: account)
        var body = try JSONBody(request, takesMergePatch: true)
        body.change(&draft)
        try body.finish()
        let edited = try await accounts.edit(account.id, to: draft, by: requester)
        return Self.answer(try await accounts.json(edited))
    }

    /// An account with its stewards as they are now, and the tokens that work.
    private func whole(_ account: Subject) async throws -> JSONValue {
        let policy = try await tokens.signInPolicy()
        let (now, stewards) = (clock.now, try await accounts.stewards(of: account))
        return try await accounts.json(account).with([
            "active_stewards": .strings(stewards.map(\.login.text)),
            "tokens": .array(try await tokens.working(of: account.id).map { json($0, policy, at: now) }),
        ])
    }

    private func account(_ login: String) async throws -> Subject {
        let found = try await subject(login)
        guard found.isPerson else { return found }
        throw Problem(
            status: 409, kind: "not-an-account", title: "Not a service account",
            detail: "\(found.login) is a person, and no service account"
                + (door.isOperators ? ": use `jeton user`." : "."))
    }

    /// The person with that login. Throws a ``Problem`` that names the `command` for service accounts.
    func person(_ login: String, else command: String) async throws -> Subject {
        let found = try await subject(login)
        guard !found.isPerson else { return found }
        throw Problem(
            status: 409, kind: "not-a-person", title: "Not a person",
            detail: "\(found.login) is a service account"
                + (door.isOperators ? ": use `jeton account \(command) \(found.login)`." : ", and no person.")
        )
    }
}
