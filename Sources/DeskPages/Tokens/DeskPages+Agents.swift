import Desk
import HTTPServer
import SignIn

/// Agents that act on behalf of the reader.
extension DeskPages {
    func addAgentRoutes(to router: inout Router) {
        router.on("POST", "/agents/end", limits: .shortForm, urgent: true) { request in
            try await answerPerson(request) { visit in
                let ended = try await parts.tokens.endAgents(of: visit.subject, by: visit.requester)
                return visit.onTo(.tokens, saying: .agentsEnded(ended.count))
            }
        }
    }
}

extension Done {
    static func agentsEnded(_ count: Int) -> Done {
        switch count {
        case 0: Done("No agent acts on your behalf.")
        case 1: Done("1 token of an agent revoked. No agent acts on your behalf any more.")
        default: Done("\(count) tokens of agents revoked. No agent acts on your behalf any more.")
        }
    }
}
