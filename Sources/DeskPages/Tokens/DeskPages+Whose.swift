import Desk
import HTTPServer
import Tokens

/// The box that answers whose a secret is: by POST, so that nothing of it is in an address.
extension DeskPages {
    func addWhoseRoutes(to router: inout Router) {
        router.on("GET", "/tokens/whose") { request in
            try await answerPerson(request) { whosePage($0, isAdministrators: false) }
        }
        router.on("POST", "/tokens/whose", limits: .shortForm) { request in
            try await answerPerson(request) { try await whose($0, isAdministrators: false) }
        }
        router.on("GET", "/admin/whose") { request in
            try await answerAdministrator(request) { whosePage($0, isAdministrators: true) }
        }
        router.on("POST", "/admin/whose", limits: .shortForm) { request in
            try await answerAdministrator(request) { try await whose($0, isAdministrators: true) }
        }
    }

    private func whosePage(_ visit: PersonVisit, isAdministrators: Bool) -> Response {
        visit.answer(
            WhosePage(
                isAdministrators: isAdministrators, wording: wording(at: visit.now), proof: visit.proof))
    }

    private func whose(_ visit: PersonVisit, isAdministrators: Bool) async throws -> Response {
        let text = visit.form["text"] ?? ""
        let answer = try await parts.tokens.whose(text, of: isAdministrators ? nil : visit.subject)
        // A secret is never sent back, not even a part of one.
        let isPlain = if case .tokens = answer { true } else { false }
        return visit.answer(
            WhosePage(
                isAdministrators: isAdministrators, typed: isPlain ? text : "", answer: answer,
                logins: try await parts.people.logins(of: answer.found.compactMap(\.token.revocation?.by)),
                policy: try await parts.tokens.signInPolicy(), wording: wording(at: visit.now),
                proof: visit.proof))
    }
}

extension WhoseAnswer {
    fileprivate var found: [FoundToken] {
        switch self {
        case .secret(let found, _): [found]
        case .tokens(let found, _): found
        case .nothing, .notYours, .unknownSecret, .brokenSecret: []
        }
    }
}
