import Desk
import HTTPServer
import Ledger
import SignIn
import Tokens

/// My Tokens: the list, and the forms to create and rotate.
extension DeskPages {
    func addTokenRoutes(to router: inout Router) {
        router.on("GET", "/tokens") { request in
            try await answerPerson(request) { try await tokensPage($0) }
        }
        // The form has two fields for each service.
        router.on("POST", "/tokens", limits: RouteLimits(bodyBytes: 128 * 1024, pairs: 2000)) { request in
            try await answerPerson(request) { visit in
                try await create(visit) {
                    try await tokensPage(visit, draft: $0, faults: $1, isSent: true)
                }
            }
        }
        router.on("GET", "/tokens/new") { request in
            try await answerPerson(request) { try await newTokenPage($0) }
        }
        router.on("GET", "/tokens/{id}/reveal") { (request, id: TokenID) in
            try await answerPerson(request) { try await reveal($0, id) }
        }
        router.on("GET", "/tokens/{id}/seen") { (request, id: TokenID) in
            try await answerPerson(request) { try await seen($0, id) }
        }
        router.on("GET", "/tokens/{id}/rotate") { (request, id: TokenID) in
            try await answerPerson(request) { try await rotatePage($0, id) }
        }
        router.on("POST", "/tokens/{id}/rotate", limits: .shortForm) { (request, id: TokenID) in
            try await answerPerson(request) { try await rotate($0, id) }
        }
        // The address of earlier versions.
        router.on("GET", "/tokens/{id}/regenerate") { (request, id: TokenID) in
            try await answerPerson(request) { _ in .onTo(.rotate(id)) }
        }
    }

    func wording(at now: Timestamp) -> Wording {
        Wording(titles: ServiceTitles(parts.tokens.services), now: now)
    }

    func dormancyNotice(_ visit: PersonVisit) async throws -> DormancyNotice? {
        DormancyNotice(try await parts.tokens.signInPolicy(), to: visit.subject, at: visit.now)
    }

    // MARK: The list

    /// The list, with what was typed into the form if it has faults.
    private func tokensPage(
        _ visit: PersonVisit, draft: TokenDraft = TokenDraft(), faults: [FormFault] = [], isSent: Bool = false
    ) async throws -> Response {
        let list = try await tokenListPage(of: visit.subject, at: .tokens, visit)
        let page = TokensPage(
            active: list.rows, past: list.past, part: list.listing, asserted: list.asserted,
            partlyEnded: try await partlyEnded(of: visit.subject),
            form: try await form(visit, draft, faults, isChosen: isSent),
            sleep: try await dormancyNotice(visit),
            passwords: try await passwordNotice(of: visit.subject, at: visit.now),
            wording: wording(at: visit.now))
        return visit.answer(page, status: isSent ? 422 : 200)
    }

    // MARK: Create

    /// Redirects to the page that shows the secret once.
    func show(_ issued: TokenDesk.Issued, to visit: PersonVisit) -> Response {
        let cookie = parts.secretReveal.hold(
            issued.secret.reveal(), about: issued.token.id.number, for: visit.visitor.session.id)
        return Response.onTo(.reveal(issued.token.id)).setting([cookie])
    }

    private func reveal(_ visit: PersonVisit, _ id: TokenID) async throws -> Response {
        let owned = try await parts.tokens.managed(id, by: visit.subject)
        let (token, owner, account) = (owned.token, owned.owner, owned.account)
        // A HEAD request must not consume the secret.
        guard visit.request.method == "GET",
            let text = try await parts.secretReveal.take(
                about: id.number, for: visit.visitor.session.id, from: visit.request),
            let secret = parts.tokens.format.parse(text)
        else {
            let page = RevealedPage(token: token, account: account, wording: wording(at: visit.now))
            return visit.answer(page, status: 410)
        }
        let previous = try await parts.tokens.previousSecrets(of: token)
        let page = RevealPage(
            token: token, secret: secret,
            previous: previous.first, isReplacement: token.rotatedAt != nil,
            sleep: account == nil ? try await dormancyNotice(visit) : nil,
            recipes: Recipe.all(
                login: owner.login, secret: secret, scopes: token.scopes,
                services: parts.tokens.services(for: owner), deskURL: address), guides: guides,
            account: account, wording: wording(at: visit.now))
        var response = visit.answer(page)
        response.headers["Content-Security-Policy"] = PageHeaders.policyOfWatchers
        return leavingMark.setting(on: response).setting([parts.secretReveal.removal])
    }

    // MARK: Rotate

    private func rotatePage(
        _ visit: PersonVisit, _ id: TokenID, fault: String? = nil
    ) async throws -> Response {
        let owned = try await parts.tokens.managed(id, by: visit.subject)
        let token = owned.token
        guard token.isWorking(at: visit.now), token.isLasting else { throw DeskFault.notActive }
        let page = RotatePage(
            token: token, uses: try await uses(of: token, at: visit.now),
            history: try await history(
                of: token, lastUse: try await parts.tokens.lastUse(of: token), at: visit.now),
            previous: try await moves(of: token), fault: fault, account: owned.account,
            wording: wording(at: visit.now), proof: visit.proof)
        return visit.answer(page, status: fault == nil ? 200 : 422)
    }

    private func rotate(_ visit: PersonVisit, _ id: TokenID) async throws -> Response {
        guard let choice = visit.form["overlap"].flatMap(RotatePage.Choice.init) else {
            return try await rotatePage(
                visit, id, fault: "Choose when the previous secret should stop working.")
        }
        let owner = try await parts.tokens.managed(id, by: visit.subject).owner
        let issued = try await parts.tokens.rotate(
            id, of: owner, overlap: choice.overlap, by: visit.requester)
        return show(issued, to: visit)
    }
}
