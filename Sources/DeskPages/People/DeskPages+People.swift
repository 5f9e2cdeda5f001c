import Desk
import HTTPServer
import Ledger
import SignIn
import Tokens

/// The list of people, for administrators: add, invite, suspend, resume and release.
extension DeskPages {
    func addPeopleRoutes(to router: inout Router) {
        addPersonRoutes(to: &router)
        addReleaseRoutes(to: &router)
        router.on("GET", "/admin/people") { request in
            try await answerAdministrator(request) { try await peoplePage($0) }
        }
        router.on("POST", "/admin/people") { request in try await answerAdministrator(request, addPerson) }
        router.on("POST", "/admin/people/{id}/invite") { (request, id: SubjectID) in
            try await answerAdministrator(request) { visit in
                try await invite(try await person(id), by: visit, showing: .person(id))
            }
        }
        router.on("GET", "/admin/people/{id}/suspend") { (request, id: SubjectID) in
            try await answerAdministrator(request) { try await suspendPage($0, try await person(id)) }
        }
        router.on("POST", "/admin/people/{id}/suspend", limits: .shortForm, urgent: true) {
            (request, id: SubjectID) in
            try await answerAdministrator(request) { visit in
                let person = try await person(id)
                do {
                    _ = try await parts.people.suspend(person, by: visit.requester)
                } catch DeskFault.forbidden(let sentence) {
                    return try await suspendPage(visit, person, refusal: sentence)
                }
                return visit.onTo(.person(id), saying: .suspended(person))
            }
        }
        router.on("POST", "/admin/people/{id}/resume") { (request, id: SubjectID) in
            try await answerAdministrator(request) { visit in
                let person = try await person(id)
                _ = try await parts.people.resume(person, by: visit.requester)
                return visit.onTo(.person(id), saying: .resumed(person))
            }
        }
    }

    func addReleaseRoutes(to router: inout Router) {
        router.on("GET", "/admin/people/{id}/release-identity") { (request, id: SubjectID) in
            try await answerAdministrator(request) { visit in
                visit.answer(ReleaseIdentityPage(person: try await person(id), proof: visit.proof))
            }
        }
        router.on("POST", "/admin/people/{id}/release-identity") { (request, id: SubjectID) in
            try await answerAdministrator(request) { visit in
                let person = try await person(id)
                do {
                    try await parts.people.releaseIdentity(of: person, by: visit.requester)
                } catch DeskFault.forbidden(let sentence) {
                    return visit.answer(
                        ReleaseIdentityPage(person: person, refusal: sentence, proof: visit.proof),
                        status: 403)
                }
                return visit.onTo(.person(id), saying: .released(person))
            }
        }
    }

    private func peoplePage(
        _ visit: PersonVisit, draft: PersonDraft = PersonDraft(), faults: [FormFault] = []
    ) async throws -> Response {
        let query = visit.subjectQuery(.person, states: SubjectState.ofPeople)
        let list = try await parts.people.list(query)
        let invitation = try await invitationLink(visit)
        let page = PeoplePage(
            people: list.subjects,
            filter: .people(search: query.search, state: query.state, order: query.order),
            total: list.next == nil && query.after == nil ? nil : try await parts.people.count(query),
            next: list.next, isLaterPage: query.after != nil,
            sharing: try await parts.people.peopleSharingLogins(), draft: draft,
            faults: faults, invitation: invitation,
            hasProvider: parts.provider != nil,
            unprovisioned: try await parts.people.unprovisioned(),
            policy: try await parts.tokens.signInPolicy(), now: visit.now,
            reader: visit.subject.id,
            proof: visit.proof)
        return revealing(invitation, on: visit.answer(page, status: faults.isEmpty ? 200 : 422))
    }

    /// The link for a person whom the query names, which is shown once.
    func invitationLink(_ visit: PersonVisit) async throws -> PeoplePage.InvitationLink? {
        guard visit.request.method == "GET",
            let id = visit.request.queryItems["invited"].flatMap(SubjectID.init)
        else { return nil }
        let link = try await parts.secretReveal.take(
            about: id.number, for: visit.visitor.session.id, from: visit.request)
        guard let link else { return nil }
        return PeoplePage.InvitationLink(name: try await person(id).name, link: link)
    }

    /// The response with a page that shows a link once, where it does.
    func revealing(_ invitation: PeoplePage.InvitationLink?, on response: Response) -> Response {
        guard invitation != nil else { return response }
        return leavingMark.setting(on: response).setting([parts.secretReveal.removal])
    }

    private func addPerson(_ visit: PersonVisit) async throws -> Response {
        let draft = PersonDraft(
            login: visit.form["login"] ?? "", name: visit.form["name"] ?? "",
            email: visit.form["email"] ?? "", groups: visit.form["groups"] ?? "",
            isAdministrator: visit.form["administrator"] != nil)
        do {
            let person = try await parts.people.add(
                PeopleDesk.NewPerson(
                    login: draft.login, name: draft.name.isEmpty ? nil : draft.name,
                    email: draft.email.isEmpty ? nil : draft.email,
                    groups: GroupChange.names(typed: draft.groups), isAdministrator: draft.isAdministrator),
                password: nil, by: visit.requester)
            return try await invite(person, by: visit, showing: .people)
        } catch DeskFault.invalid(let faults) {
            return try await peoplePage(visit, draft: draft, faults: faults.map(PersonDraft.fault))
        }
    }

    /// Redirects to the page that shows the person's link once.
    private func invite(
        _ person: Subject, by visit: PersonVisit, showing page: DeskPath
    ) async throws -> Response {
        let code = try await parts.people.invite(person, by: visit.requester)
        let link = PeopleDesk.welcomeLink(code, at: address)
        let cookie = parts.secretReveal.hold(link, about: person.id.number, for: visit.visitor.session.id)
        return Response.onTo(page.with([("invited", person.id.text)])).setting([cookie])
    }

    private func suspendPage(
        _ visit: PersonVisit, _ person: Subject, refusal: String? = nil
    ) async throws -> Response {
        let isSelf = person.id == visit.subject.id
        let page = SuspendPage(
            person: person,
            activeTokens: try await parts.tokens.working(of: person.id),
            refusal: refusal ?? (isSelf ? "You cannot suspend yourself." : nil),
            wording: wording(at: visit.now), proof: visit.proof)
        return visit.answer(page, status: refusal == nil ? 200 : 403)
    }
}

extension PersonDraft {
    /// The desk's fault, for the form's field.
    static func fault(_ fault: FieldFault) -> FormFault {
        FormFault(
            fault.field, fault.shown(calling: fault.field == "email" ? "e-mail address" : fault.field))
    }
}

extension PersonVisit {
    /// What the address asks of a list of people or service accounts; what it does not know counts as not given.
    func subjectQuery(_ kind: TokenQuery.OwnerKind, states: [SubjectState]) -> SubjectQuery {
        let items = request.queryItems
        let state = items["state"].flatMap(SubjectState.init).flatMap { states.contains($0) ? $0 : nil }
        return SubjectQuery(
            kind, search: visit.search, state: state,
            order: items["order"].flatMap(SubjectOrder.init) ?? .login,
            after: items["after"].flatMap { SubjectCursor($0) }, limit: DeskPages.listLength, now: now)
    }
}

extension DeskPages {
    /// The number of rows on a page of a list.
    static var listLength: Int { 50 }
}
