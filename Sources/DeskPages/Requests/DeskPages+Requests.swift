import Desk
import HTTPServer
import SignIn
import Tokens

/// Requests for approval: the list, one request, and what can be done with it.
extension DeskPages {
    private var requests: RequestDesk { parts.tokens.requests }

    func addRequestRoutes(to router: inout Router) {
        router.on("GET", "/requests") { request in try await answerPerson(request, requestsPage) }
        router.on("GET", "/requests/{id}") { (request, id: RequestID) in
            try await answerPerson(request) { try await requestPage($0, id) }
        }
        router.on("POST", "/requests/{id}/decide", limits: .shortForm) { (request, id: RequestID) in
            try await answerPerson(request) { try await decide($0, id) }
        }
        router.on("POST", "/requests/{id}/withdraw", limits: .shortForm) { (request, id: RequestID) in
            try await answerPerson(request) { visit in
                try await settling(visit, id, isDone: { $0.state == .withdrawn }) {
                    try await requests.withdraw(id, by: visit.requester)
                    return visit.onTo(.request(id), saying: .withdrawn(try await requestedName(id, visit)))
                }
            }
        }
        router.on("POST", "/requests/{id}/token", limits: .shortForm) { (request, id: RequestID) in
            try await answerPerson(request) { visit in try await createRequested(visit, id) }
        }
    }

    private func requestsPage(_ visit: PersonVisit) async throws -> Response {
        let decidable = try await requests.decidable(by: visit.subject)
        let rules = try await parts.tokens.approval()
        let approves = rules.mention(visit.subject.groups) || !decidable.isEmpty
        return visit.answer(
            RequestsPage(
                reader: visit.subject.id,
                decidable: approves ? decidable : nil,
                own: try await requests.own(of: visit.subject),
                decided: approves ? try await requests.decided(by: visit.subject) : [],
                wording: wording(at: visit.now)))
    }

    /// The page of a request, with why something was not done where that is so.
    private func requestPage(
        _ visit: PersonVisit, _ id: RequestID, word: String = "", faults: [FormFault] = [],
        refusal: String? = nil, status: Int = 200
    ) async throws -> Response {
        let shown = try await requests.shown(id, to: visit.requester)
        let page = RequestPage(
            shown: shown, reader: visit.subject, word: word, faults: faults, refusal: refusal,
            wording: wording(at: visit.now), proof: visit.proof)
        return visit.answer(page, status: status)
    }

    private func decide(_ visit: PersonVisit, _ id: RequestID) async throws -> Response {
        guard let choice = visit.form[RequestPage.decisionField], ["approve", "deny"].contains(choice)
        else { throw DeskFault.invalid([]) }
        let isApproval = choice == "approve"
        let word = visit.form[RequestPage.wordField] ?? ""
        let done = visit.onTo(
            .request(id), saying: .decided(try await requestedName(id, visit), isApproval: isApproval))
        // A form that is sent twice has done what it says.
        let isOwn = { @Sendable (shown: ShownRequest) in
            shown.request.decisions.last { $0.by == visit.subject.id }?.isApproval == isApproval
        }
        do {
            return try await settling(visit, id, isDone: isOwn, done: done) {
                try await requests.decide(id, approving: isApproval, saying: word, by: visit.requester)
                return done
            }
        } catch DeskFault.invalid(let faults) {
            let shown = faults.map { FormFault($0.field, $0.shown(calling: $0.field)) }
            return try await requestPage(visit, id, word: word, faults: shown, status: 422)
        }
    }

    private func requestedName(_ id: RequestID, _ visit: PersonVisit) async throws -> TokenName {
        try await requests.shown(id, to: visit.requester).request.requestedToken.name
    }

    private func createRequested(_ visit: PersonVisit, _ id: RequestID) async throws -> Response {
        if try await requests.shown(id, to: visit.requester).request.handOver != nil {
            return try await handOverRequested(visit, id)
        }
        let issued: TokenDesk.Issued
        do throws(DeskFault) {
            issued = try await requests.create(id, by: visit.requester)
        } catch {
            return try await notCreated(visit, id, error)
        }
        return show(issued, to: visit)
    }

    private func handOverRequested(_ visit: PersonVisit, _ id: RequestID) async throws -> Response {
        do throws(DeskFault) {
            let token = try await requests.handOver(id, by: visit.requester)
            return visit.onTo(.tokens, saying: .handedOver(token.name))
        } catch {
            return try await notCreated(visit, id, error)
        }
    }

    private func notCreated(
        _ visit: PersonVisit, _ id: RequestID, _ fault: DeskFault
    ) async throws -> Response {
        switch fault {
        case .requestSettled(let sentence):
            let shown = try await requests.shown(id, to: visit.requester)
            // The first of two clicks created it, and brought the browser what it needs to show the secret.
            if shown.state == .used, shown.request.handOver == nil, let token = shown.request.token {
                return .onTo(.reveal(token))
            }
            return try await requestPage(visit, id, refusal: sentence, status: 409)
        case .invalid(let faults):
            let reasons = faults.map { $0.shown(calling: $0.field == "expires_at" ? "expiry" : $0.field) }
            let isHandOver = try await requests.shown(id, to: visit.requester).request.handOver != nil
            let sentence =
                "What was approved cannot be \(isHandOver ? "done" : "created") now. "
                + "\(reasons.joined(separator: " ")) "
                + "Fix that, or withdraw this request and ask \(isHandOver ? "again" : "for another token")."
            return try await requestPage(visit, id, refusal: sentence, status: 422)
        default: throw fault
        }
    }

    /// Does something with a request. Where somebody was quicker, it shows the request as it now is and says who, unless
    /// that `isDone` already.
    private func settling(
        _ visit: PersonVisit, _ id: RequestID, isDone: (ShownRequest) -> Bool, done: Response? = nil,
        _ body: () async throws -> Response
    ) async throws -> Response {
        do {
            return try await body()
        } catch DeskFault.requestSettled(let sentence) {
            let shown = try await requests.shown(id, to: visit.requester)
            if isDone(shown) { return done ?? .onTo(.request(id)) }
            return try await requestPage(
                visit, id, refusal: "\(sentence) Nothing was changed.", status: 409)
        } catch DeskFault.forbidden(let sentence) {
            return try await requestPage(visit, id, refusal: sentence, status: 403)
        }
    }
}
