import Desk
import HTTPServer
import JSON
import Ledger
import Tokens

/// What `jeton user rename`, `jeton user sessions`, `jeton user end-sessions` and `jeton user remove` do.
extension AdminAPI {
    func addPersonActs(to admin: inout RouteGroup) {
        admin.on("PATCH", "/users/{login}") { (request, login: String) in
            try await rename(request, person(login, else: "edit"))
        }
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
        admin.on("GET", "/users/{login}/sessions") { (_, login: String) in
            let sessions = try await people.sessions(of: person(login, else: "show"))
            return Self.answer(["sessions": .array(sessions.map { JSONValue($0) })])
        }
        admin.on("DELETE", "/users/{login}/sessions") { (_, login: String) in
            let ended = try await people.endSessions(of: person(login, else: "show"), by: .commandLine)
            return Self.answer(["ended": .integer(Int64(ended))])
        }
        admin.on("DELETE", "/users/{login}/sessions/{id}") { (_, login: String, id: String) in
            let person = try await person(login, else: "show")
            guard let session = SessionID(id),
                try await people.endSession(session, of: person, by: .commandLine) != nil
            else {
                throw Problem(
                    status: 404, kind: "no-such-session", title: "No such session",
                    detail:
                        "\(person.login) has no such session: `jeton user sessions \(person.login)` lists them."
                )
            }
            return Self.answer(["ended": 1])
        }
    }

    /// Takes `login`, `name` and `email`; what is not given stays.
    private func rename(_ request: Request, _ person: Subject) async throws -> Response {
        var body = try JSONBody(request, takesMergePatch: true)
        var wanted = PeopleDesk.Rename(
            login: body.optionalString("login"), name: body.optionalString("name"))
        if body.has("email") { wanted.email = body.optionalString("email") ?? "" }
        try body.finish()
        let renamed = try await people.rename(person, to: wanted, by: .commandLine)
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
