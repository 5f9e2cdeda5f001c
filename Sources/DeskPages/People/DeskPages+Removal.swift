import Desk
import HTTPServer
import Ledger
import SignIn
import Tokens

/// What an administrator can do on a person's page: rename, sign out, remove for good.
extension DeskPages {
    func addEditPersonRoutes(to router: inout Router) {
        router.on("GET", "/admin/people/{id}/edit") { (request, id: SubjectID) in
            try await answerAdministrator(request) { visit in
                let person = try await person(id)
                let refusal = try await parts.people.namingRefusal(for: person)
                let page = EditPersonPage(person: person, refusal: refusal, proof: visit.proof)
                return visit.answer(page, status: refusal == nil ? 200 : 403)
            }
        }
        router.on("POST", "/admin/people/{id}/edit", limits: .shortForm) { (request, id: SubjectID) in
            try await answerAdministrator(request) { try await rename($0, try await person(id)) }
        }
    }

    func addPersonSessionRoutes(to router: inout Router) {
        router.on("POST", "/admin/people/{id}/end-session", limits: .shortForm, urgent: true) {
            (request, id: SubjectID) in
            try await answerAdministrator(request) { visit in
                let person = try await person(id)
                guard let session = visit.form["session"].flatMap(SessionID.init) else {
                    return visit.answer(ErrorPage.badRequest, status: 422)
                }
                // One that has ended meanwhile is as it was asked for.
                _ = try await parts.people.endSession(session, of: person, by: visit.requester)
                return signedOut(
                    person, visit, .sessionEnded(person), isOwn: session == visit.visitor.session.id)
            }
        }
        router.on("POST", "/admin/people/{id}/end-sessions", limits: .shortForm, urgent: true) {
            (request, id: SubjectID) in
            try await answerAdministrator(request) { visit in
                let person = try await person(id)
                try await parts.people.endSessions(of: person, by: visit.requester)
                return signedOut(person, visit, .sessionsEnded(person), isOwn: person.id == visit.subject.id)
            }
        }
    }

    private func signedOut(
        _ person: Subject, _ visit: PersonVisit, _ done: Done, isOwn: Bool
    ) -> Response {
        isOwn
            ? visit.visit.onTo(.signedOut, saying: .signedOut, to: nil)
            : visit.onTo(.person(person.id), saying: done)
    }

    func addRemovalRoutes(to router: inout Router) {
        router.on("GET", "/admin/people/{id}/remove") { (request, id: SubjectID) in
            try await answerAdministrator(request) { visit in
                let person = try await person(id)
                let refusal = try await parts.people.removalRefusal(for: person, by: visit.requester)
                return try await removalPage(visit, person, refusal: refusal)
            }
        }
        router.on("POST", "/admin/people/{id}/remove", limits: .shortForm, urgent: true) {
            (request, id: SubjectID) in
            try await answerAdministrator(request) { try await remove($0, try await person(id)) }
        }
    }

    // MARK: Rename

    private func rename(_ visit: PersonVisit, _ person: Subject) async throws -> Response {
        let typed = PeopleDesk.Rename(
            login: visit.form["login"] ?? "", name: visit.form["name"] ?? "",
            email: visit.form["email"] ?? "")
        let faults: [FormFault]
        do throws(DeskFault) {
            let person = try await parts.people.rename(person, to: typed, by: visit.requester)
            return visit.onTo(.person(person.id), saying: .renamed(person))
        } catch {
            switch error {
            case .invalid(let found): faults = found.map(PersonDraft.fault)
            case .forbidden(let sentence):
                let page = EditPersonPage(person: person, refusal: sentence, proof: visit.proof)
                return visit.answer(page, status: 403)
            default: throw error
            }
        }
        let page = EditPersonPage(person: person, typed: typed, faults: faults, proof: visit.proof)
        return visit.answer(page, status: 422)
    }

    // MARK: Remove

    private func removalPage(
        _ visit: PersonVisit, _ person: Subject, faults: [FormFault] = [], refusal: String? = nil
    ) async throws -> Response {
        let stewarded = try await parts.serviceAccounts.knownAccounts().filter { $0.isStewarded(by: person) }
        let stewards = try await parts.serviceAccounts.stewards(of: stewarded)
        let page = RemovePersonPage(
            person: person, tokens: try await tokens(of: person, at: visit.now),
            sessions: try await parts.people.sessions(of: person).count, stewarded: stewarded,
            unattended: stewarded.filter { stewards[$0.id]?.contains { $0.id != person.id } != true },
            hasIdentity: try await !parts.people.ways(of: person).identities.isEmpty,
            eraseAfter: parts.retention.eraseAfter, faults: faults, refusal: refusal,
            wording: wording(at: visit.now), proof: visit.proof)
        return visit.answer(page, status: refusal != nil ? 403 : faults.isEmpty ? 200 : 422)
    }

    private func remove(_ visit: PersonVisit, _ person: Subject) async throws -> Response {
        guard let typed = try? Login(visit.form["login"] ?? ""), typed == person.login else {
            let fault = FormFault("login", "Type \(person.login) to confirm.")
            return try await removalPage(visit, person, faults: [fault])
        }
        do throws(DeskFault) {
            try await parts.people.remove(person, by: visit.requester)
        } catch {
            guard case .forbidden(let sentence) = error else { throw error }
            return try await removalPage(visit, person, refusal: sentence)
        }
        return visit.onTo(.people, saying: .removed(person))
    }
}
