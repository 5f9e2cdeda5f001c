import Desk
import HTTPServer
import Ledger
import Tokens

/// A visit to a token's pages, by its owner, by a steward of the service account that it belongs to, or by an
/// administrator.
struct TokenVisit: Sendable {
    let visit: PersonVisit
    let token: Token
    let holder: Subject
    let isForAdministrators: Bool

    /// The owner, where an administrator reads it.
    var owner: Subject? { isForAdministrators ? holder : nil }
    /// The service account, where a steward of it reads it.
    var account: Subject? { isForAdministrators || holder.isPerson ? nil : holder }
    var paths: TokenPaths {
        TokenPaths(id: token.id, isForAdministrators: isForAdministrators, account: account, view: view)
    }
    /// The list from which the reader came.
    var view: ListView? {
        let query = visit.request.queryItems
        guard query[TokenPaths.viewMark] != nil else { return nil }
        return isForAdministrators
            ? ListView(TokenFilter(query.inOrder))
            : ListView(ofOwnTokens: query.inOrder.map { ($0.name, $0.value) })
    }
    /// Whose token it is, for the notice of what was done to it; `nil` where it is the reader's own.
    var namedOwner: Subject? { holder.id == visit.subject.id ? nil : holder }
    /// Whose tokens may be changed; `nil` for anybody's.
    var scope: Subject? { isForAdministrators ? nil : holder }
    var now: Timestamp { visit.now }
    var proof: FormProof { visit.proof }
}

/// The page of a token, and what is done there: pause, resume, end the previous secret, revoke.
extension DeskPages {
    func addTokenPageRoutes(to router: inout Router) {
        for isForAdministrators in [false, true] {
            let base = isForAdministrators ? "/admin/tokens/{id}" : "/tokens/{id}"
            func get(_ path: String, _ handler: @escaping @Sendable (TokenVisit) async throws -> Response) {
                router.on("GET", base + path) { (request, id: TokenID) in
                    try await answer(request, id, isForAdministrators, handler)
                }
            }
            func post(_ path: String, _ handler: @escaping @Sendable (TokenVisit) async throws -> Response) {
                router.on("POST", base + path, limits: .shortForm, urgent: true) { (request, id: TokenID) in
                    try await answer(request, id, isForAdministrators, handler)
                }
            }
            get("") { try await tokenPage($0) }
            get("/revoke") { try await revokePage($0) }
            post("/revoke") { try await revoke($0) }
            get("/end-previous") { try await endPreviousPage($0) }
            post("/end-previous") { try await endPrevious($0) }
            post("/pause") { try await pause($0) }
            post("/resume") { try await resume($0) }
        }
    }

    /// Answers a request about a token; leads from a former identifier to the token's page.
    func answer(
        _ request: Request, _ id: TokenID, _ isForAdministrators: Bool,
        _ handler: (TokenVisit) async throws -> Response
    ) async throws -> Response {
        func answer(_ visit: PersonVisit) async throws -> Response {
            let owned =
                isForAdministrators
                ? try await parts.tokens.owned(id) : try await parts.tokens.managed(id, by: visit.subject)
            let token = owned.token
            let found = TokenVisit(
                visit: visit, token: token, holder: owned.owner, isForAdministrators: isForAdministrators)
            return token.id == id ? try await handler(found) : .onTo(found.paths.page)
        }
        return isForAdministrators
            ? try await answerAdministrator(request, answer) : try await answerPerson(request, answer)
    }

    /// The uses that tables show.
    func uses(of token: Token, at now: Timestamp) async throws -> [Use] {
        try await parts.tokens.uses(of: token.id, since: now - .days(Int64(daysOfUseTables)))
    }

    func history(of token: Token, lastUse: Use?, at now: Timestamp) async throws -> UseHistory {
        UseHistory(try await parts.tokens.history(of: token), of: token, lastUse: lastUse, now: now)
    }

    // MARK: The page

    private func tokenPage(_ visit: TokenVisit) async throws -> Response {
        let (token, tokens) = (visit.token, parts.tokens)
        let pauses = token.state(at: visit.now) == .paused ? token.pauses.inForce(at: visit.now) : []
        let parent = try await parent(of: token, visit.scope)
        let ended = try await tokens.ended(with: token)
        let logins = try await parts.people.logins(
            of: pauses.compactMap(\.by) + (token.revocation?.by.map { [$0] } ?? []))
        let owner = visit.holder
        let lastUse = try await tokens.lastUse(of: token)
        var page = TokenPage(
            token: token, owner: visit.owner, account: visit.account, lastUse: lastUse,
            uses: try await uses(of: token, at: visit.now),
            history: try await history(of: token, lastUse: lastUse, at: visit.now),
            period: visit.visit.request.queryItems["days"].flatMap(Int.init)
                .flatMap(UsePlot.Period.init) ?? .year,
            previous: try await moves(of: token), parent: parent, exchanged: try await exchanged(for: token),
            ended: ended,
            endedBy: token.revocation?.by.flatMap { logins[$0] }, events: try await events(visit),
            sleep: visit.holder.id == visit.visit.subject.id && visit.owner == nil
                ? try await dormancyNotice(visit.visit) : nil,
            isDormant: owner.isDormant(try await tokens.signInPolicy(), at: visit.now), view: visit.view,
            wording: wording(at: visit.now), proof: visit.proof)
        if let first = pauses.map(\.at).min() {
            page.paused = PausedNotice(
                token: token, logins: logins, reader: visit.visit.subject.id, parent: parent,
                mayResume: tokens.mayResume(token, of: visit.scope, by: visit.visit.requester),
                paths: visit.paths,
                proof: visit.proof)
            let refused = try await tokens.refusals(of: token.id, since: first).filter {
                $0.denial == .paused
            }
            page.refusals = RefusalSection(
                refusals: summedByPlace(refused.map(\.use)), since: first, page: visit.paths.page)
        }
        page.leaks = try await leaks(of: token)
        page.idle = IdleWarning(
            try await tokens.tokenPolicy(), ListedToken(token: token, owner: owner, lastUse: lastUse),
            among: tokens.knownServices, at: visit.now)
        if visit.owner == nil { page.narrowing = try await tokens.narrower(of: token, of: owner) }
        page.formerOwner = try await tokens.formerOwner(of: token).map(FormerOwnerNotice.init)
        if owner.isPerson {
            let asked = visit.owner == nil ? try await tokens.accountsToAsk(by: visit.visit.requester) : []
            let given = try await tokens.recipients(for: visit.visit.requester)
            page.canBeHandedOver = !(asked + given).isEmpty
        }
        if !owner.isPerson { try await addHumanUses(of: token, to: &page) }
        page.receipt = try await receipt(
            of: visit.visit.request.queryItems["change"], at: visit.paths.page, for: visit.visit)
        var response = visit.visit.answer(page)
        if page.refusals != nil {
            response.headers["Content-Security-Policy"] = PageHeaders.policyOfWatchers
        }
        return response
    }

    private func events(_ visit: TokenVisit) async throws -> TokenEvents {
        let before = visit.visit.request.queryItems["before"].flatMap(EventID.init)
        let (events, next) = try await parts.tokens.events(
            of: visit.token, before: before, limit: TokenEvents.pageLength)
        let rotations = try await parts.tokens.events(
            of: visit.token, kinds: TokenEvents.kinds, limit: TokenEvents.rotationLimit)
        // An owner learns what others did, but not from where.
        func shown(_ events: [Event]) async throws -> [EventsPage.Line] {
            try await lines(of: events).map { line in
                var line = line
                line.showsAddress =
                    visit.owner != nil || line.event.actor == nil
                    || line.event.actor == visit.visit.subject.id
                return line
            }
        }
        return TokenEvents(
            rotations: try await shown(rotations.events), events: try await shown(events), next: next,
            isOlder: before != nil)
    }

    // MARK: Receipts

    /// Leads to the token's page, which says what was done and on which nodes it is in force. Waits a moment for them,
    /// so that the page can say it at once.
    private func onTo(_ page: DeskPath, _ done: Done, _ visit: TokenVisit) async throws -> Response {
        // A node that shares its ledger with no other numbers no changes.
        guard parts.tokens.latestChange > 0 else { return visit.visit.onTo(page, saying: done) }
        let receipt = try await parts.tokens.wholeReceipt(within: .seconds(1))
        // A list can show no receipt, and needs none where the change is in force.
        if page == visit.paths.list, receipt.isInForce { return visit.visit.onTo(page, saying: done) }
        return visit.visit.onTo(
            visit.paths.page.with([("change", String(receipt.change))]), saying: done)
    }

    // MARK: Pause and resume

    private func pause(_ visit: TokenVisit) async throws -> Response {
        guard let choice = visit.visit.form["for"].flatMap(PauseChoice.init) else {
            throw DeskFault.invalid([])
        }
        try await parts.tokens.pause(
            visit.token.id, of: visit.scope, for: choice.span, by: visit.visit.requester)
        return try await onTo(visit.paths.page, .paused(visit.token, of: visit.namedOwner), visit)
    }

    private func resume(_ visit: TokenVisit) async throws -> Response {
        let token = try await parts.tokens.resume(
            visit.token.id, of: visit.scope, by: visit.visit.requester)
        let isPaused = token.state(at: visit.now) == .paused
        return visit.visit.onTo(
            visit.paths.page, saying: .resumed(token, of: visit.namedOwner, isPaused: isPaused))
    }

    // MARK: End the previous secret, and revoke

    private func endPreviousPage(_ visit: TokenVisit) async throws -> Response {
        let token = visit.token
        let previous = try await moves(of: token)
        guard !previous.isEmpty else { return .onTo(visit.paths.page) }
        let lastUse = try await parts.tokens.lastUse(of: token)
        return visit.visit.answer(
            EndPreviousPage(
                token: token, previous: previous,
                history: try await history(of: token, lastUse: lastUse, at: visit.now),
                owner: (visit.owner ?? visit.account)?.login.text, paths: visit.paths,
                wording: wording(at: visit.now),
                proof: visit.proof))
    }

    /// Ends the previous secrets, after showing what still uses them.
    private func endPrevious(_ visit: TokenVisit) async throws -> Response {
        let previous = try await moves(of: visit.token)
        guard !previous.isEmpty else { return .onTo(visit.paths.page) }
        guard visit.visit.form[EndPreviousPage.field] != nil || previous.allSatisfy(\.unmoved.isEmpty) else {
            return .onTo(visit.paths.endPrevious)
        }
        try await parts.tokens.endPrevious(of: visit.token.id, of: visit.scope, by: visit.visit.requester)
        return try await onTo(visit.paths.page, .secretEnded(visit.token, of: visit.namedOwner), visit)
    }

    private func revokePage(_ visit: TokenVisit) async throws -> Response {
        let token = visit.token
        guard token.isWorking(at: visit.now) else { return .onTo(visit.paths.page) }
        let lastUse = try await parts.tokens.lastUse(of: token)
        return visit.visit.answer(
            RevokePage(
                token: token, previous: try await moves(of: token),
                exchanged: try await exchanged(for: token), uses: try await uses(of: token, at: visit.now),
                lastUse: lastUse, history: try await history(of: token, lastUse: lastUse, at: visit.now),
                owner: (visit.owner ?? visit.account)?.login.text,
                isForAdministrators: visit.isForAdministrators, account: visit.account, view: visit.view,
                wording: wording(at: visit.now), proof: visit.proof))
    }

    private func revoke(_ visit: TokenVisit) async throws -> Response {
        let token = try await parts.tokens.revoke(
            visit.token.id, of: visit.scope, by: visit.visit.requester)
        let done = Done.revoked(token, of: visit.namedOwner, try await parts.tokens.ended(with: token))
        return try await onTo(visit.view == nil ? visit.paths.page : visit.paths.list, done, visit)
    }
}
