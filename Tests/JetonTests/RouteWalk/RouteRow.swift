import HTTPServer

/// A row of the table: a route, who is let in, and a harmless request that can be told from a refusal.
struct RouteRow: Sendable {
    /// The method and the pattern: `GET /tokens/{id}`.
    let name: String
    let access: RouteAccess
    /// What a caller gets who is let in.
    let answer: RouteAnswer
    /// The values of a form; `{unique}` is replaced by a new word for each request.
    var form: [String: String]
    var json: String?
    var query: String
    /// The values of the pattern's parameters but the identifier of a ``WalkedThing``, which the walk fills in.
    var path: [String: String]
    /// What callers who are let in get for a thing that is not there, or not theirs.
    let elsewhere: RouteAnswer
    /// What callers get for whom the class of access is wrong, by the name of their kind of credential.
    var exceptions: [String: RouteAnswer]
    /// Whether a request changes something, so that each needs a caller and a thing of its own.
    let changes: Bool

    /// - Parameter changes: true by default for all methods but GET.
    init(
        _ name: String, _ access: RouteAccess, _ answer: RouteAnswer = .status(200),
        form: [String: String] = [:],
        json: String? = nil, query: String = "", path: [String: String] = [:],
        elsewhere: RouteAnswer = .status(404), but exceptions: [String: RouteAnswer] = [:],
        changes: Bool? = nil
    ) {
        self.name = name
        self.access = access
        self.answer = answer
        self.form = form
        self.json = json
        self.query = query
        self.path = path
        self.elsewhere = elsewhere
        self.exceptions = exceptions
        self.changes = changes ?? !(name.hasPrefix("GET ") || name.hasPrefix("* "))
    }

    /// The method of its requests.
    var method: String { name.hasPrefix("* ") ? "GET" : String(name.prefix { $0 != " " }) }
    var pattern: String { String(name.drop { $0 != " " }.dropFirst()) }
    /// Whether it is about one thing of many.
    var hasThing: Bool {
        WalkedThing.parameters.contains {
            pattern.contains($0) && path[String($0.dropFirst().dropLast())] == nil
        }
    }
    var thing: WalkedThing? { WalkedThing(in: pattern) }
    /// Whether it takes a page's form, which has to carry a proof.
    var isForm: Bool { access.isPage && method == "POST" }

    func answer(to kind: CredentialKind) -> RouteAnswer {
        exceptions[kind.name] ?? access.refusal(of: kind.standing) ?? answer
    }

    /// What that kind of caller gets for a thing that is not there, or not theirs.
    func answerElsewhere(to kind: CredentialKind) -> RouteAnswer {
        if !access.isAboutItself, let exception = exceptions[kind.name] { return exception }
        return access.refusalBesides(of: kind.standing) ?? elsewhere
    }

    /// The request, about the thing of that identifier, with nothing that says who sends it.
    func request(about id: String, unique: String) -> Request {
        var target = pattern
        for (name, value) in path { target = target.replacing("{\(name)}", with: value) }
        for name in WalkedThing.parameters { target = target.replacing(name, with: id) }
        if !query.isEmpty { target += "?" + query.replacing("{unique}", with: unique) }
        var request = Request(method, target)
        if let json {
            request.headers["content-type"] =
                access == .provisioning ? "application/scim+json" : "application/json"
            request.body = Array(json.replacing("{unique}", with: unique).utf8)
        } else if isForm || !form.isEmpty {
            request.headers["content-type"] = "application/x-www-form-urlencoded"
            request.body = Array(
                form.map { "\($0)=\($1.replacing("{unique}", with: unique))" }.joined(separator: "&").utf8)
        }
        return request
    }
}
