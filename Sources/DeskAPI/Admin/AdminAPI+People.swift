import Desk
import HTTPServer
import JSON
import Ledger
import Tokens

extension AdminAPI {
    /// What the operator and overseers do with people, below `path`.
    func addPeople(to admin: inout RouteGroup, at path: String) {
        add("GET", "\(path)/{login}", to: &admin) { (_, _, login: String) in
            try await answer(person(login, else: "show"))
        }
        add("POST", "\(path)/{login}/suspend", to: &admin, urgent: true) { (_, requester, login: String) in
            try await answer(people.suspend(person(login, else: "suspend"), by: requester))
        }
        add("POST", "\(path)/{login}/resume", to: &admin) { (_, requester, login: String) in
            try await answer(people.resume(person(login, else: "resume"), by: requester))
        }
        add("POST", "\(path)/{login}/groups", to: &admin) { (request, requester, login: String) in
            try await changeGroups(request, login, by: requester)
        }
        addPersonActs(to: &admin, at: path)
    }

    /// What only the operator does.
    func addOperatorsPeople(to admin: inout RouteGroup) {
        admin.on("GET", "/users") { _ in try await listPeople() }
        admin.on("POST", "/users") { request in try await addPerson(request) }
        admin.on("POST", "/users/{login}/release-identity") { (_, login: String) in
            let subject = try await person(login, else: "show")
            try await people.releaseIdentity(of: subject, by: .commandLine)
            return try await answer(subject)
        }
        admin.on("POST", "/users/{login}/promote") { (_, login: String) in
            try await answer(people.promote(subject(login), by: .commandLine))
        }
        admin.on("POST", "/users/{login}/demote") { (_, login: String) in
            try await answer(people.demote(subject(login), by: .commandLine))
        }
        addRemoval(to: &admin)
        admin.on("PUT", "/users/{login}/password") { (request, login: String) in
            try await setPassword(request, login)
        }
        admin.on("POST", "/invite") { _ in try await inviteFirst() }
    }

    private func listPeople() async throws -> Response {
        let policy = try await tokens.signInPolicy()
        let now = clock.now
        var users: [JSONValue] = []
        for removed in [nil, SubjectState.removed] {
            let query = SubjectQuery(.person, state: removed, now: now)
            users += try await people.everyone(query).map { JSONValue($0, policy, at: now) }
        }
        return Self.answer(["users": .array(users)])
    }

    private func addPerson(_ request: Request) async throws -> Response {
        var body = try JSONBody(request)
        let draft = PeopleDesk.NewPerson(
            login: body.requiredString("login"), name: body.optionalString("name"),
            email: body.optionalString("email"), groups: body.strings("groups"),
            isAdministrator: body.bool("administrator"),
            isBreakGlass: body.bool("break_glass"))
        let password = body.optionalString("password")
        try body.finish()
        let subject = try await people.add(draft, password: password, by: .commandLine)
        let person = JSONValue(subject, try await tokens.signInPolicy(), at: clock.now)
        let isAdministered = try await !people.administration().isBeforeFirst
        return Self.answer(person.with(["desk_is_administered": .bool(isAdministered)]), status: 201)
    }

    private func changeGroups(
        _ request: Request, _ login: String, by requester: Requester
    ) async throws -> Response {
        var body = try JSONBody(request)
        let change = GroupChange(adding: body.strings("add"), removing: body.strings("remove"))
        try body.finish()
        return try await answer(
            people.changeGroups(of: person(login, else: "edit"), change, by: requester))
    }

    /// Answers with the link for the first administrator's account.
    private func inviteFirst() async throws -> Response {
        let code = try await people.inviteFirst(by: .commandLine)
        return Self.answer(["url": .string(PeopleDesk.welcomeLink(code, at: address))], status: 201)
    }

    private func answer(_ subject: Subject) async throws -> Response {
        Self.answer(JSONValue(subject, try await tokens.signInPolicy(), at: clock.now))
    }

    private func setPassword(_ request: Request, _ login: String) async throws -> Response {
        var body = try JSONBody(request)
        let password = body.requiredString("password")
        try body.finish()
        let subject = try await subject(login)
        try await people.setPassword(password, of: subject, by: .commandLine)
        return try await answer(subject)
    }
}

extension JSONValue {
    /// A person with when and from where they last signed in, in any way, and the number of their tokens.
    init(_ listed: ListedSubject, _ policy: SignInPolicy?, at now: Timestamp) {
        self = JSONValue(listed.subject, policy, at: now).with([
            "signed_in_at": .optional(listed.lastSignIn?.at.rfc3339),
            "signed_in_from": .optional(listed.lastSignIn.flatMap { $0.address.isEmpty ? nil : $0.address }),
            "tokens": .integer(Int64(listed.tokens)),
        ])
    }
}
