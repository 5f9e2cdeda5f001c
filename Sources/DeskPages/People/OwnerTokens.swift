import Desk
import Ledger
import Tokens

/// The newest tokens of a person or a service account, those that work and those that have ended, for administrators.
struct OwnerTokens: Sendable, Hashable {
    /// The newest that are active or paused.
    var working: [ListedToken] = []
    /// The number of all of those.
    var workingCount = 0
    /// The newest that were revoked or have expired.
    var ended: [ListedToken] = []
    var endedCount = 0
    /// The logins of those who revoked them.
    var logins: [SubjectID: String] = [:]

    /// The most tokens of each kind that are listed.
    static let most = 10

    func card(of owner: Subject, _ wording: Wording) -> HTML {
        section(.class("card"), .id("tokens"), .labelledBy("tokens-title")) {
            h2(.id("tokens-title")) { heading }
            if !working.isEmpty {
                ul(.class("plain")) { for listed in working { row(listed, wording) } }
            }
            if !ended.isEmpty {
                details(.class("past"), working.isEmpty ? .open : nil) {
                    summary {
                        h2 {
                            endedCount == 1
                                ? "1 revoked or expired token" : "\(endedCount) revoked or expired tokens"
                        }
                    }
                    ul(.class("plain")) { for listed in ended { row(listed, wording) } }
                }
            }
            if workingCount + endedCount > 0 {
                p(.class("actions")) {
                    a(.class("button"), .href(.allTokens(of: owner, inAllStates: true))) {
                        "All tokens of \(owner.login)"
                    }
                }
            }
        }
    }

    private var heading: String {
        switch workingCount {
        case 0: "No tokens in use"
        case 1: "1 token in use"
        default: "\(workingCount.grouped) tokens in use"
        }
    }

    private func row(_ listed: ListedToken, _ wording: Wording) -> HTML {
        let token = listed.token
        return li {
            strong { a(.href(.anyToken(token.id))) { token.name.text } }
            if token.isWorking(at: wording.now) { stateTags(of: token, isDormant: false, at: wording.now) }
            span(.class("where")) {
                if token.isWorking(at: wording.now) {
                    useWords(of: listed, wording)
                } else {
                    endWords(of: token, by: token.revocation?.by.flatMap { logins[$0] }, wording.now)
                }
            }
        }
    }
}

extension DeskPages {
    /// The newest tokens of a person or a service account.
    func tokens(of owner: Subject, at now: Timestamp) async throws -> OwnerTokens {
        func list(_ states: Set<Token.State>) async throws -> ([ListedToken], Int) {
            let query = TokenQuery(owner: owner.id, states: states, now: now, limit: OwnerTokens.most)
            return (try await parts.tokens.list(query).tokens, try await parts.tokens.count(query))
        }
        let (working, workingCount) = try await list(Token.State.working)
        let (ended, endedCount) = try await list([.revoked, .expired])
        return OwnerTokens(
            working: working, workingCount: workingCount, ended: ended, endedCount: endedCount,
            logins: try await parts.people.logins(of: ended.compactMap(\.token.revocation?.by)))
    }
}
