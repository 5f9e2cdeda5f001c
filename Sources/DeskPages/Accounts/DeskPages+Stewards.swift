import Desk
import HTTPServer
import Ledger
import SignIn
import Tokens

/// What stewards see: the accounts that they are a steward of, and each one's tokens. The pages of a token are the same
/// as for one's own.
extension DeskPages {
    func addStewardRoutes(to router: inout Router) {
        router.on("GET", "/accounts") { request in
            try await answerPerson(request) { try await stewardshipPage($0) }
        }
        router.on("GET", "/accounts/{id}") { (request, id: SubjectID) in
            try await answerPerson(request) { visit in
                try await accountTokensPage(visit, try await stewarded(id, by: visit))
            }
        }
        router.on("GET", "/accounts/{id}/new") { (request, id: SubjectID) in
            try await answerPerson(request) { visit in
                try await newTokenPage(visit, for: try await stewarded(id, by: visit))
            }
        }
        // The form has two fields for each service.
        router.on("POST", "/accounts/{id}/tokens", limits: RouteLimits(bodyBytes: 128 * 1024, pairs: 2000)) {
            (request, id: SubjectID) in
            try await answerPerson(request) { visit in
                let account = try await stewarded(id, by: visit)
                return try await create(visit, for: account) {
                    try await accountTokensPage(visit, account, draft: $0, faults: $1, isSent: true)
                }
            }
        }
    }

    /// What every page says of service accounts: to their stewards that they have some, to administrators which are
    /// unattended; and of requests, which wait for stewards, too.
    func addAccounts(to visit: inout Visit) async throws {
        guard let visitor = visit.visitor?.subject else { return }
        let known = try await parts.serviceAccounts.knownAccounts()
        let stewarded = known.filter { $0.isStewarded(by: visitor) }
        visit.isSteward = !stewarded.isEmpty
        visit.requests = try await parts.tokens.requests.waiting(for: visitor, stewarding: stewarded)
        guard visitor.isAdministrator else { return }
        visit.unattended = known.compactMap {
            UnattendedAccount($0, grace: parts.serviceAccounts.grace, at: visit.now)
        }
    }

    /// The account with that identifier, if the visitor is a steward of it.
    func stewarded(_ id: SubjectID, by visit: PersonVisit) async throws(DeskFault) -> Subject {
        let account = try await parts.serviceAccounts.account(id)
        guard account.isStewarded(by: visit.subject) else { throw .noSuchAccount }
        return account
    }

    private func stewardshipPage(_ visit: PersonVisit) async throws -> Response {
        var accounts: [StewardshipPage.StewardedAccount] = []
        for account in try await parts.serviceAccounts.accounts(stewardedBy: visit.subject) {
            let tokens = try await parts.tokens.working(of: account.id)
            accounts.append(
                .init(
                    account: account, tokens: tokens.count,
                    lastUse: tokens.compactMap(\.lastUse?.lastAt).max()))
        }
        return visit.answer(StewardshipPage(accounts: accounts, now: visit.now))
    }

    // MARK: Tokens

    /// The list of an account's tokens, with what was typed into the form if it has faults.
    private func accountTokensPage(
        _ visit: PersonVisit, _ account: Subject, draft: TokenDraft = TokenDraft(), faults: [FormFault] = [],
        isSent: Bool = false
    ) async throws -> Response {
        let list = try await tokenListPage(of: account, at: .stewarded(account.id), visit)
        let signs = try await parts.tokens.humanUses(of: list.all)
        let page = TokensPage(
            active: list.rows, past: list.past, part: list.listing,
            partlyEnded: try await partlyEnded(of: account),
            form: try await form(visit, draft, faults, isChosen: isSent, for: account),
            account: AccountHead(
                subject: account, stewards: try await parts.serviceAccounts.stewards(of: account),
                reader: visit.subject.id, humanUses: signs,
                humans: try await parts.people.logins(of: signs.compactMap(\.person))),
            wording: wording(at: visit.now))
        return visit.answer(page, status: isSent ? 422 : 200)
    }

    // MARK: People who use an account's tokens

    func addHumanUses(of token: Token, to page: inout TokenPage) async throws {
        page.humanUses = try await parts.tokens.humanUses(of: [token])
        page.humans = try await parts.people.logins(of: page.humanUses.compactMap(\.person))
    }
}
