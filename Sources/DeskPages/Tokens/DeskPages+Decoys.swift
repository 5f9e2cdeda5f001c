import Desk
import HTTPServer
import Ledger
import SignIn
import Tokens

/// Decoys: the reader's own at `/decoys`, and everybody's at `/admin/decoys`.
extension DeskPages {
    func addDecoyRoutes(to router: inout Router) {
        router.on("GET", "/decoys") { request in
            try await answerPerson(request) { visit in
                visit.answer(try await decoysPage(visit))
            }
        }
        router.on("POST", "/decoys", limits: .shortForm) { request in
            try await answerPerson(request) { try await createDecoy($0) }
        }
        router.on("GET", "/decoys/{id}/reveal") { (request, id: TokenID) in
            try await answerPerson(request) { try await revealDecoy($0, id) }
        }
        router.on("POST", "/decoys/{id}/revoke", limits: .shortForm, urgent: true) { (request, id: TokenID) in
            try await answerPerson(request) { visit in
                try await revokeDecoy(id, of: visit.subject, visit, onTo: .decoys)
            }
        }
        router.on("GET", "/admin/decoys") { request in
            try await answerAdministrator(request) { visit in
                let decoys = try await parts.tokens.decoys(of: nil)
                let owners = try await parts.people.logins(of: decoys.map(\.owner))
                return visit.answer(
                    DecoysPage(
                        isAdministrators: true, decoys: decoys, owners: owners,
                        wording: wording(at: visit.now), proof: visit.proof))
            }
        }
        router.on("POST", "/admin/decoys/{id}/revoke", limits: .shortForm, urgent: true) {
            (request, id: TokenID) in
            try await answerAdministrator(request) { visit in
                try await revokeDecoy(id, of: nil, visit, onTo: .allDecoys)
            }
        }
    }

    private func decoysPage(
        _ visit: PersonVisit, name: String = "", faults: [FormFault] = []
    ) async throws -> DecoysPage {
        DecoysPage(
            isAdministrators: false, decoys: try await parts.tokens.decoys(of: visit.subject), name: name,
            faults: faults, wording: wording(at: visit.now), proof: visit.proof)
    }

    private func createDecoy(_ visit: PersonVisit) async throws -> Response {
        let name = visit.form["name"] ?? ""
        do throws(DeskFault) {
            let issued = try await parts.tokens.createDecoy(name, for: visit.subject, by: visit.requester)
            let cookie = parts.secretReveal.hold(
                issued.secret.reveal(), about: issued.decoy.id.number, for: visit.visitor.session.id)
            return Response.onTo(.revealDecoy(issued.decoy.id)).setting([cookie])
        } catch {
            guard case .invalid(let found) = error else { throw error }
            let faults = found.map { FormFault($0.field, $0.shown(calling: $0.field)) }
            // A secret that was pasted here by mistake is not sent back.
            let typed = parts.tokens.format.likeness(of: name) == .none ? name : ""
            return visit.answer(try await decoysPage(visit, name: typed, faults: faults), status: 422)
        }
    }

    private func revealDecoy(_ visit: PersonVisit, _ id: TokenID) async throws -> Response {
        _ = try await parts.tokens.decoy(id, of: visit.subject)
        // A HEAD request must not consume the secret.
        guard visit.request.method == "GET",
            let text = try await parts.secretReveal.take(
                about: id.number, for: visit.visitor.session.id, from: visit.request),
            let secret = parts.tokens.format.parse(text)
        else { return visit.answer(DecoyRevealPage(secret: nil), status: 410) }
        let response = visit.answer(DecoyRevealPage(secret: secret))
        return leavingMark.setting(on: response).setting([parts.secretReveal.removal])
    }

    private func revokeDecoy(
        _ id: TokenID, of owner: Subject?, _ visit: PersonVisit, onTo path: DeskPath
    ) async throws -> Response {
        let decoy = try await parts.tokens.revokeDecoy(id, of: owner, by: visit.requester)
        return visit.onTo(path, saying: .decoyRevoked(decoy))
    }
}

extension Done {
    static func decoyRevoked(_ decoy: Decoy) -> Done {
        Done("Decoy “\(decoy.name)” revoked. You will not be told of tries any more.")
    }
}
