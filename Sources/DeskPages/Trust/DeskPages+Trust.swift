import Desk
import HTTPServer
import Ledger
import SignIn
import Tokens

/// Trust rules: those of a service account for its stewards and for administrators, and one's own where people may have
/// some.
extension DeskPages {
    func addTrustRoutes(to router: inout Router) {
        router.on("GET", "/accounts/{id}/trust") { (request, id: SubjectID) in
            try await answerPerson(request) { visit in
                visit.answer(try await trustPage(visit, try await trustOwner(id, visit)))
            }
        }
        router.on("POST", "/accounts/{id}/trust") { (request, id: SubjectID) in
            try await answerPerson(request) { visit in
                try await addTrustRule(visit, try await trustOwner(id, visit))
            }
        }
        router.on("POST", "/accounts/{id}/trust/test", limits: RouteLimits(bodyBytes: 128 * 1024)) {
            (request, id: SubjectID) in
            try await answerPerson(request) { visit in
                try await testTrust(visit, try await trustOwner(id, visit))
            }
        }
        router.on("POST", "/accounts/{id}/trust/{rule}/remove", limits: .shortForm, urgent: true) {
            (request, id: SubjectID, rule: TrustRuleID) in
            try await answerPerson(request) { visit in
                try await removeTrustRule(visit, rule, of: try await trustOwner(id, visit))
            }
        }
    }

    /// Whose rules the visitor may see: of an account that they are a steward of, of any for an administrator, and their own.
    private func trustOwner(_ id: SubjectID, _ visit: PersonVisit) async throws(DeskFault) -> Subject {
        if id == visit.subject.id, parts.trust.admitsPeople { return visit.subject }
        let account = try await parts.serviceAccounts.account(id)
        guard account.isStewarded(by: visit.subject) || visit.subject.isAdministrator else {
            throw .noSuchAccount
        }
        return account
    }

    private func trustPage(
        _ visit: PersonVisit, _ owner: Subject, typed: TypedTrustRule = TypedTrustRule(),
        faults: [FormFault] = []
    ) async throws -> TrustPage {
        let rules = try await parts.trust.rules(of: owner)
        let issuers = parts.trust.issuers.map {
            TrustForm.OfferedIssuer(name: $0.name, address: $0.issuer, kind: $0.kind)
        }
        return TrustPage(
            owner: owner, isAdministrators: !owner.isPerson && !owner.isStewarded(by: visit.subject),
            rules: rules, authors: try await parts.people.logins(of: rules.compactMap(\.createdBy)),
            jobs: try await jobLists(of: owner, rules, issuers),
            form: TrustForm(
                typed: typed, faults: faults, issuers: issuers,
                services: parts.tokens.services(for: owner, by: visit.requester), now: visit.now),
            proof: visit.proof, wording: wording(at: visit.now))
    }

    /// The tokens that jobs have, by the rules that gave them.
    private func jobLists(
        of owner: Subject, _ rules: [TrustRule], _ issuers: [TrustForm.OfferedIssuer]
    ) async throws -> [JobList] {
        let most = 200
        let found = try await parts.trust.activeJobs(of: owner, limit: most)
        return rules.compactMap { rule in
            let tokens = found.filter { $0.token.job?.rule == rule.id }
            guard !tokens.isEmpty else { return nil }
            let runs = tokens.compactMap { listed in
                listed.token.job.flatMap { RunAddress(of: $0, among: issuers) }.map { (listed.token.id, $0) }
            }
            return JobList(
                rule: rule.id, name: rule.name.text, tokens: tokens,
                runs: Dictionary(runs, uniquingKeysWith: { first, _ in first }), isCut: found.count == most)
        }
    }

    private func addTrustRule(_ visit: PersonVisit, _ owner: Subject) async throws -> Response {
        let typed = TypedTrustRule(visit.form)
        let faults: [FormFault]
        do {
            let rule = try await parts.trust.add(try typed.read(), for: owner, by: visit.requester)
            return visit.onTo(.trust(of: owner.id), saying: .trustRuleAdded(rule))
        } catch let wrong as TokenDraft.Faults {
            faults = wrong.all
        } catch DeskFault.invalid(let wrong) {
            faults = wrong.map { FormFault($0.field, $0.shown(calling: $0.field.replacing("_", with: " "))) }
        }
        return visit.answer(
            try await trustPage(visit, owner, typed: typed, faults: faults), status: 422)
    }

    /// Removes a rule. Where there is no such rule, the page shows which there are.
    private func removeTrustRule(
        _ visit: PersonVisit, _ id: TrustRuleID, of owner: Subject
    ) async throws(DeskFault) -> Response {
        do throws(DeskFault) {
            let (rule, revoked) = try await parts.trust.remove(id, of: owner, by: visit.requester)
            return visit.onTo(.trust(of: owner.id), saying: .trustRuleRemoved(rule, revoked))
        } catch {
            guard error == .noSuchRule else { throw error }
            return .onTo(.trust(of: owner.id))
        }
    }

    private func testTrust(_ visit: PersonVisit, _ owner: Subject) async throws -> Response {
        var page = try await trustPage(visit, owner)
        let requester =
            page.isAdministrators
            ? try await parts.tokens.overseer(visit.requester, for: .audit) : visit.requester
        let identity = visit.form["identity"] ?? ""
        do throws(DeskFault) {
            page.test = .judged(try await parts.trust.test(identity, for: owner, by: requester))
        } catch {
            guard case .invalid(let wrong) = error else { throw error }
            page.test = .refused(wrong.map { $0.shown(calling: $0.field) }.joined(separator: " "))
            return visit.answer(page, status: 422)
        }
        return visit.answer(page)
    }
}

extension Done {
    static func trustRuleAdded(_ rule: TrustRule) -> Done {
        Done("Rule “\(rule.name)” added. Jobs that match it get tokens from now on.")
    }

    static func trustRuleRemoved(_ rule: TrustRule, _ revoked: Int) -> Done {
        let tokens =
            revoked == 0
            ? ""
            : " \(revoked == 1 ? "The token" : "The \(revoked) tokens") that it gave "
                + "\(revoked == 1 ? "is" : "are") revoked."
        return Done("Rule “\(rule.name)” removed. No job gets a token by it any more.\(tokens)")
    }
}
