import Desk
import HTTPServer
import JSON
import Tokens

/// For `jeton apply`, which makes the steps of the plan with the routes of accounts, tokens and people.
extension AdminAPI {
    func addState(to admin: inout RouteGroup) {
        admin.on("POST", "/state/plan", limits: .document) { request in
            var faults: [StatePlan.Remark] = []
            let wanted = try WantedState(request, &faults)
            guard faults.isEmpty else { return Self.answer(JSONValue(StatePlan(faults: faults))) }
            let desk = StateDesk(accounts: accounts, tokens: tokens, people: people, clock: clock)
            return Self.answer(JSONValue(try await desk.plan(wanted, by: .commandLine)))
        }
        admin.on("PATCH", "/tokens/{id}") { (request, id: String) in try await edit(id, request) }
    }

    /// Takes a merge patch, as the API does.
    private func edit(_ text: String, _ request: Request) async throws -> Response {
        let edit = try TokenEdit(JSONBody(request, takesMergePatch: true))
        let token = try await tokens.token(try tokenID(text), of: nil)
        let owner = try await people.person(token.owner)
        return Self.answer(
            try await json(try await tokens.edit(token.id, of: owner, edit, by: .commandLine)))
    }
}
