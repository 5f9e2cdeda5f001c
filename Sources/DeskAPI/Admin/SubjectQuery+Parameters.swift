import HTTPServer
import Ledger
import Tokens

/// The parameters of lists of people and of service accounts in the administration API.
extension SubjectQuery {
    /// The names that a list takes.
    static func parameters(_ kind: TokenQuery.OwnerKind) -> QueryNames {
        let names = ["after", "limit", "order", "q", "state"]
        return QueryNames(kind == .person ? names : names + ["unattended"])
    }

    /// What a request asks for: those whose login, name or e-mail address contains `q`, of whom `state` is true. Of
    /// accounts, `unattended=true` is another word for `state=unattended`. Throws a ``Problem`` that names a parameter
    /// with a fault.
    static func reading(
        _ request: Request, _ kind: TokenQuery.OwnerKind, at now: Timestamp
    ) throws(Problem) -> SubjectQuery {
        let items = request.queryItems
        let page = try ListPage(request)
        var query = SubjectQuery(
            kind, search: items["q"], limit: page.limit, now: now)
        if let text = items["state"] {
            query.state = try Problem.choice(
                text, of: kind == .person ? SubjectState.ofPeople : SubjectState.ofAccounts, as: "state")
        }
        switch items["unattended"] {
        case nil, "false": break
        case "true" where [nil, .unattended].contains(query.state): query.state = .unattended
        case "true": throw .invalidQuery("unattended", "cannot be given together with another state")
        default: throw .invalidQuery("unattended", "must be true or false")
        }
        if let text = items["order"] {
            query.order = try Problem.choice(text, of: SubjectOrder.allCases, as: "order")
        }
        if let after = page.after {
            guard let cursor = SubjectCursor(after) else {
                throw .invalidQuery("after", "must be the cursor of a page: start at the first page")
            }
            query.after = cursor
        }
        return query
    }
}

extension Problem {
    /// The choice that `text` names. Throws a refusal that lists them where it is none.
    fileprivate static func choice<Choice: RawRepresentable<String>>(
        _ text: String, of choices: [Choice], as name: String
    ) throws(Problem) -> Choice {
        guard let choice = choices.first(where: { $0.rawValue == text }) else {
            throw .invalidQuery(name, "must be one of \(choices.map(\.rawValue).joined(separator: ", "))")
        }
        return choice
    }
}
