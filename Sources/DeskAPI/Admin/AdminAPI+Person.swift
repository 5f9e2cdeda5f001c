import Desk
import HTTPServer
import JSON
import Ledger
import Tokens

/// What a person is called, their sessions, and their end.
extension AdminAPI {
    /// What the operator and overseers do, below `path`.
    func addPersonActs(to admin: inout RouteGroup, at path: String) {
        add("PATCH", "\(path)/{login}", to: &admin) { (request, requester, login: String) in
            try await rename(request, person(login, else: "edit"), by: requester)
        }
        add("GET", "\(path)/{login}/sessions", to: &admin) { (_, _, login: String) in
            let sessions = try await people.sessions(of: person(login, else: "show"))
            return Self.answer(["sessions": .array(sessions.map { JSONValue($0) })])
        }
        add("POST", "\(path)/{login}/agents/end", to: &admin, urgent: true) {
            (_, requester, login: String) in
            let ended = try await tokens.endAgents(of: person(login, else: "show"), by: requester)
            return Self.answer(["ended": .integer(Int64(ended.count))])
        }
        add("DELETE", "\(path)/{login}/sessions", to: &admin, urgent: true) {
            (_, requester, login: String) in
            let ended = try await people.endSessions(of: person(login, else: "show"), by: requester)
            return Self.answer(["ended": .integer(Int64(ended))])
        }
        add("DELETE", "\(path)/{login}/sessions/{id}", to: &admin, urgent: true) {
            (_, requester, login: String, id: String) in
            try await endSession(id, of: person(login, else: "show"), by: requester)
        }
    }

    /// What only the operator does.
    func addRemoval(to admin: inout RouteGroup) {
        admin.on("DELETE", "/users/{login}") { (_, login: String) in
            let person = try await person(login, else: "remove")
            let told = try await removal(of: person)
            try await people.remove(person, by: .commandLine)
            return Self.answer(told)
        }
        admin.on("GET", "/users/{login}/removal") { (_, login: String) in
            let person = try await person(login, else: "remove")
            if let refusal = try await people.removalRefusal(for: person, by: .commandLine) {
                throw DeskFault.forbidden(refusal)
            }
            return Self.answer(try await removal(of: person))
        }
    }

    private func endSession(
        _ text: String, of person: Subject, by requester: Requester
    ) async throws -> Response {
        guard let session = SessionID(text),
            try await people.endSession(session, of: person, by: requester) != nil
        else {
            throw Problem(
                status: 404, kind: "no-such-session", title: "No such session",
                detail: "\(person.login) has no such session"
                    + (door.isOperators ? ": `jeton user sessions \(person.login)` lists them." : "."))
        }
        return Self.answer(["ended": 1])
    }

    /// Takes `login`, `name` and `email`; what is not given stays.
    private func rename(
        _ request: Request, _ person: Subject, by requester: Requester
    ) async throws -> Response {
        var body = try JSONBody(request, takesMergePatch: true)
        var wanted = PeopleDesk.Rename(
            login: body.optionalString("login"), name: body.optionalString("name"))
        if body.has("email") { wanted.email = body.optionalString("email") ?? "" }
        try body.finish()
        let renamed = try await people.rename(person, to: wanted, by: requester)
        return Self.answer(JSONValue(renamed, try await tokens.signInPolicy(), at: clock.now))
    }

    /// What ends with a person.
    private func removal(of person: Subject) async throws -> JSONValue {
        let now = clock.now
        let query = TokenQuery(owner: person.id, states: Token.State.working, now: now)
        let stewarded = try await accounts.accounts(stewardedBy: person)
        return .object([
            "id": .string(person.id.text), "login": .string(person.login.text),
            "tokens": .integer(Int64(try await tokens.count(query))),
            "sessions": .integer(Int64(try await people.sessions(of: person).count)),
            "stewarded": .strings(stewarded.map(\.login.text)),
        ])
    }
}

extension JSONValue {
    fileprivate init(_ session: Session) {
        self = .object([
            "id": .string(session.id.text), "client": .string(session.client),
            "address": .string(session.address), "created_at": .string(session.createdAt.rfc3339),
            "last_seen_at": .string(session.lastSeenAt.rfc3339),
        ])
    }
}
