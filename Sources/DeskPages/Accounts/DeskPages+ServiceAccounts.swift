import Desk
import HTTPServer
import Ledger
import Tokens

/// Service accounts, for administrators: list, create, edit, suspend, resume and remove.
extension DeskPages {
    func addServiceAccountRoutes(to router: inout Router) {
        router.on("GET", "/admin/accounts") { request in
            try await answerAdministrator(request) { try await accountsPage($0) }
        }
        router.on("POST", "/admin/accounts", limits: Self.accountForm) { request in
            try await answerAdministrator(request) { try await addAccount($0) }
        }
        router.on("GET", "/admin/accounts/new") { request in
            try await answerAdministrator(request) { visit in
                visit.answer(NewAccountPage(form: form(visit, TypedAccount(), [], of: nil)))
            }
        }
        router.on("GET", "/admin/accounts/{id}") { (request, id: SubjectID) in
            try await answerAdministrator(request) { visit in
                let account = try await parts.serviceAccounts.accountOrFormer(id)
                guard account.endedAt != nil else { return try await accountPage(visit, account) }
                return visit.answer(
                    FormerAccountPage(
                        account: account, tokens: try await tokens(of: account, at: visit.now),
                        events: try await newestEvents(about: account), wording: wording(at: visit.now)))
            }
        }
        router.on("POST", "/admin/accounts/{id}", limits: Self.accountForm) { (request, id: SubjectID) in
            try await answerAdministrator(request) { visit in
                try await editAccount(visit, try await parts.serviceAccounts.account(id))
            }
        }
        addStopRoutes(to: &router)
    }

    private func addStopRoutes(to router: inout Router) {
        for deed in [StopAccountPage.Deed.suspend, .remove] {
            let path = "/admin/accounts/{id}/\(deed == .suspend ? "suspend" : "remove")"
            router.on("GET", path) { (request, id: SubjectID) in
                try await answerAdministrator(request) { visit in
                    try await stopPage(visit, deed, try await parts.serviceAccounts.account(id))
                }
            }
            router.on("POST", path, limits: .shortForm, urgent: true) { (request, id: SubjectID) in
                try await answerAdministrator(request) { visit in
                    try await stop(visit, deed, try await parts.serviceAccounts.account(id))
                }
            }
        }
        router.on("POST", "/admin/accounts/{id}/resume", limits: .shortForm) { (request, id: SubjectID) in
            try await answerAdministrator(request) { visit in
                let account = try await parts.serviceAccounts.account(id)
                _ = try await parts.people.resume(account, by: visit.requester)
                return visit.onTo(.serviceAccount(id), saying: .resumed(account))
            }
        }
    }

    /// The form has a field for each service.
    private static var accountForm: RouteLimits { RouteLimits(bodyBytes: 128 * 1024, pairs: 1000) }

    private func accountsPage(_ visit: PersonVisit) async throws -> Response {
        var query = visit.subjectQuery(.account, states: SubjectState.ofAccounts)
        if query.order == .lastSignIn { query.order = .login }
        let list = try await parts.people.list(query)
        let stewards = try await parts.serviceAccounts.stewards(of: list.subjects.map(\.subject))
        let due = try await parts.serviceAccounts.knownAccounts().filter {
            ($0.account?.reviewOn).map { $0 <= visit.now } ?? false
        }
        return visit.answer(
            AccountsPage(
                accounts: list.subjects.map { listed in
                    .init(
                        account: listed.subject, stewards: stewards[listed.subject.id] ?? [],
                        tokens: listed.tokens, lastUse: listed.lastUse)
                },
                filter: .accounts(search: query.search, state: query.state, order: query.order),
                total: list.next == nil && query.after == nil ? nil : try await parts.people.count(query),
                next: list.next, isLaterPage: query.after != nil, due: due,
                grace: parts.serviceAccounts.grace, wording: wording(at: visit.now)))
    }

    // MARK: Create and edit

    private func form(
        _ visit: PersonVisit, _ typed: TypedAccount, _ faults: [FormFault], of account: Subject?
    ) -> AccountForm {
        AccountForm(
            typed: typed, faults: faults.sorted { AccountForm.place(of: $0) < AccountForm.place(of: $1) },
            account: account?.id, services: parts.tokens.services,
            logins: parts.serviceAccounts.logins, now: visit.now, proof: visit.proof)
    }

    private func addAccount(_ visit: PersonVisit) async throws -> Response {
        let typed = TypedAccount(visit.form, services: parts.tokens.services.map(\.name.text))
        let faults: [FormFault]
        do {
            let account = try await parts.serviceAccounts.add(try typed.read(), by: visit.requester)
            return visit.onTo(.serviceAccount(account.id), saying: .added(account))
        } catch let wrong as TokenDraft.Faults {
            faults = wrong.all
        } catch DeskFault.invalid(let wrong) {
            faults = wrong.map(AccountForm.fault)
        }
        return visit.answer(NewAccountPage(form: form(visit, typed, faults, of: nil)), status: 422)
    }

    private func editAccount(_ visit: PersonVisit, _ account: Subject) async throws -> Response {
        // Also those that are no longer configured: the desk refuses them, so that none is dropped unseen.
        let names = parts.tokens.services.map(\.name.text) + (account.account?.services.map(\.text) ?? [])
        let typed = TypedAccount(visit.form, services: names.uniqued())
        let faults: [FormFault]
        do {
            _ = try await parts.serviceAccounts.edit(
                account.id, to: try typed.read(former: account.account?.reviewOn), by: visit.requester)
            return visit.onTo(.serviceAccount(account.id), saying: .edited(account))
        } catch let wrong as TokenDraft.Faults {
            faults = wrong.all
        } catch DeskFault.invalid(let wrong) {
            faults = wrong.map(AccountForm.fault)
        }
        return try await accountPage(visit, account, typed: typed, faults: faults)
    }

    private func accountPage(
        _ visit: PersonVisit, _ account: Subject, typed: TypedAccount? = nil, faults: [FormFault] = []
    ) async throws -> Response {
        let desk = parts.serviceAccounts
        let named = try await desk.named(in: account.account ?? ServiceAccount(purpose: ""))
        let tokens = try await parts.tokens.working(of: account.id)
        let before = visit.request.queryItems["before"].flatMap(EventID.init)
        let (events, next) = try await desk.events(
            about: account, before: before, limit: TokenEvents.pageLength)
        let signs = try await parts.tokens.humanUses(of: tokens.map(\.token))
        let page = ServiceAccountPage(
            account: account, stewards: try await desk.stewards(of: account), named: named, tokens: tokens,
            humanUses: signs, humans: try await parts.people.logins(of: signs.compactMap(\.person)),
            form: form(visit, typed ?? TypedAccount(account, named: named), faults, of: account),
            newest: try await self.tokens(of: account, at: visit.now),
            events: try await lines(of: events).map { line in
                var line = line
                line.account = nil
                return line
            }, next: next, isOlder: before != nil, grace: desk.grace,
            wording: wording(at: visit.now))
        return visit.answer(page, status: faults.isEmpty ? 200 : 422)
    }

    // MARK: Suspend and remove

    private func stopPage(
        _ visit: PersonVisit, _ deed: StopAccountPage.Deed, _ account: Subject, refusal: String? = nil
    ) async throws -> Response {
        var tokens: [StopAccountPage.UsedToken] = []
        for listed in try await parts.tokens.working(of: account.id) {
            tokens.append(.init(listed: listed, uses: try await uses(of: listed.token, at: visit.now)))
        }
        let page = StopAccountPage(
            deed: deed, account: account, tokens: tokens, refusal: refusal, wording: wording(at: visit.now),
            proof: visit.proof)
        return visit.answer(page, status: refusal == nil ? 200 : 403)
    }

    private func stop(
        _ visit: PersonVisit, _ deed: StopAccountPage.Deed, _ account: Subject
    ) async throws -> Response {
        do {
            switch deed {
            case .suspend:
                _ = try await parts.people.suspend(account, by: visit.requester)
                return visit.onTo(.serviceAccount(account.id), saying: .suspended(account))
            case .remove:
                try await parts.serviceAccounts.remove(account.id, by: visit.requester)
                return visit.onTo(.serviceAccounts, saying: .removed(account))
            }
        } catch DeskFault.forbidden(let sentence) {
            return try await stopPage(visit, deed, account, refusal: sentence)
        }
    }
}

extension AccountForm {
    /// The desk's fault, for the form's field.
    static func fault(_ fault: FieldFault) -> FormFault {
        let name = fault.field == "review_on" ? "review date" : fault.field
        return FormFault(fault.field, fault.shown(calling: name))
    }
}
