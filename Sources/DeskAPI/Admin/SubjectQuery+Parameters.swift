import HTTPServer
import Ledger
import Tokens

/// The parameters of a list of people in the administration API.
extension SubjectQuery {
    /// The names that the list takes.
    static let parameters: QueryNames = ["after", "limit", "order", "q", "state"]

    /// What a request asks for: those whose login, name or e-mail address contains `q`, of whom `state` is true. Throws a
    /// ``Problem`` that names a parameter with a fault.
    static func reading(
        _ request: Request, _ kind: TokenQuery.OwnerKind, at now: Timestamp
    ) throws(Problem) -> SubjectQuery {
        let items = request.queryItems
        let page = try ListPage(request)
        var query = SubjectQuery(
            kind, search: items["q"], limit: page.limit ?? ListPage.usual, now: now)
        if let text = items["state"] {
            query.state = try Problem.choice(
                text, of: kind == .person ? SubjectState.ofPeople : SubjectState.ofAccounts, as: "state")
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
