import Desk
import HTTPServer
import JSON
import Tokens

/// For `jeton apply`, which makes the steps of the plan with the routes of accounts, tokens and people.
extension AdminAPI {
    func addState(to admin: inout RouteGroup) {
        add("POST", "/state/plan", to: &admin, limits: .document) { request, requester in
            var faults: [StatePlan.Remark] = []
            let wanted = try WantedState(request, &faults)
            guard faults.isEmpty else { return Self.answer(JSONValue(StatePlan(faults: faults))) }
            let desk = StateDesk(accounts: accounts, tokens: tokens, people: people, clock: clock)
            return Self.answer(JSONValue(try await desk.plan(wanted, by: requester)))
        }
    }
}
