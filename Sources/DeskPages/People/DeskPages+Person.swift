import Desk
import HTTPServer
import Ledger
import Tokens

/// A person's groups and role, for administrators.
extension DeskPages {
    func addPersonRoutes(to router: inout Router) {
        addEditPersonRoutes(to: &router)
        addRemovalRoutes(to: &router)
        addPersonSessionRoutes(to: &router)
        router.on("GET", "/admin/people/{id}") { (request, id: SubjectID) in
            try await answerAdministrator(request) { visit in
                let subject = try await parts.people.person(id)
                guard subject.isPerson else { return .onTo(.serviceAccount(id)) }
                return try await personPage(visit, subject)
            }
        }
        router.on("POST", "/admin/people/{id}/groups") { (request, id: SubjectID) in
            try await answerAdministrator(request) { try await changeGroups($0, try await person(id)) }
        }
        for promotes in [true, false] {
            let path = "/admin/people/{id}/\(promotes ? "promote" : "demote")"
            router.on("GET", path) { (request, id: SubjectID) in
                try await answerAdministrator(request) { visit in
                    let person = try await person(id)
                    return rolePage(
                        visit, person, promotes: promotes,
                        refusal: try await parts.people.roleRefusal(for: person))
                }
            }
            router.on("POST", path, limits: .shortForm, urgent: !promotes) { (request, id: SubjectID) in
                try await answerAdministrator(request) { visit in
                    try await appoint(visit, try await person(id), promotes: promotes)
                }
            }
        }
    }

    /// The person with that identifier, of whom something can be changed.
    func person(_ id: SubjectID) async throws(DeskFault) -> Subject {
        let person = try await parts.people.person(id)
        guard person.isPerson else { throw .noSuchPerson }
        guard person.endedAt == nil else { throw .personRemoved }
        return person
    }

    private func personPage(
        _ visit: PersonVisit, _ person: Subject, typedGroups: String? = nil, faults: [FormFault] = []
    ) async throws -> Response {
        let desk = parts.people
        var page = PersonPage(
            person: person, groups: try await desk.groups(of: person.id), typedGroups: typedGroups,
            faults: faults, groupsRefusal: try await desk.groupsRefusal(for: person),
            roleRefusal: try await desk.roleRefusal(for: person),
            mayRename: try await desk.namingRefusal(for: person) == nil,
            ways: try await desk.ways(of: person), sessions: try await desk.sessions(of: person),
            tokens: try await tokens(of: person, at: visit.now),
            stewarded: try await parts.serviceAccounts.knownAccounts().filter { $0.isStewarded(by: person) },
            events: try await newestEvents(about: person),
            policy: try await parts.tokens.signInPolicy(), hasProvider: parts.provider != nil,
            isSelf: person.id == visit.subject.id, eraseAfter: parts.retention.eraseAfter,
            wording: wording(at: visit.now), proof: visit.proof)
        let left = try await parts.tokens.leftInUse(by: person)
        if !left.isEmpty, try await !parts.tokens.recipients(for: visit.requester).isEmpty {
            page.leftInUse = LeftInUseSection(person: person, tokens: left)
        }
        page.invitation = try await invitationLink(visit)
        return revealing(page.invitation, on: visit.answer(page, status: faults.isEmpty ? 200 : 422))
    }

    /// The newest events about a person or a service account.
    func newestEvents(about subject: Subject) async throws -> [EventsPage.Line] {
        try await lines(of: try await parts.people.events(about: subject, limit: 20))
    }

    private func changeGroups(_ visit: PersonVisit, _ person: Subject) async throws -> Response {
        let typed = visit.form["groups"] ?? ""
        let former = try await parts.people.groups(of: person.id).claimed
        let change = GroupChange(from: former, to: GroupChange.names(typed: typed))
        let faults: [FieldFault]
        do throws(DeskFault) {
            _ = try await parts.people.changeGroups(of: person, change, by: visit.requester)
            return visit.onTo(.person(person.id), saying: .grouped(person))
        } catch {
            guard case .invalid(let found) = error else { throw error }
            faults = found
        }
        return try await personPage(
            visit, person, typedGroups: typed,
            faults: faults.map { FormFault("groups", $0.shown(calling: "groups")) })
    }

    private func rolePage(
        _ visit: PersonVisit, _ person: Subject, promotes: Bool, refusal: String?
    ) -> Response {
        let page = RolePage(
            person: person, promotes: promotes, isSelf: person.id == visit.subject.id, refusal: refusal,
            proof: visit.proof)
        return visit.answer(page, status: refusal == nil ? 200 : 403)
    }

    private func appoint(_ visit: PersonVisit, _ person: Subject, promotes: Bool) async throws -> Response {
        if let refusal = try await refusal(appointing: person, promotes, by: visit.requester) {
            return rolePage(visit, person, promotes: promotes, refusal: refusal)
        }
        guard promotes || person.id != visit.subject.id else {
            return visit.onTo(.tokens, saying: .steppedDown)
        }
        return visit.onTo(.person(person.id), saying: .appointed(person, isAdministrator: promotes))
    }

    /// Changes the role; returns why that is not possible, or `nil` if it is done.
    private func refusal(
        appointing person: Subject, _ promotes: Bool, by requester: Requester
    ) async throws(DeskFault) -> String? {
        do throws(DeskFault) {
            if promotes {
                _ = try await parts.people.promote(person, by: requester)
            } else {
                _ = try await parts.people.demote(person, by: requester)
            }
            return nil
        } catch {
            guard case .forbidden(let sentence) = error else { throw error }
            return sentence
        }
    }
}
