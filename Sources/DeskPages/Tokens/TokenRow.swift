import Desk
import Ledger
import Tokens

/// A token in the list of My Tokens.
struct TokenRow: Sendable, Hashable {
    let token: Token
    let lastUse: Use?
    /// Previous secrets that still work.
    var previous: [PreviousSecretMove] = []
    /// Tokens that programs got in exchange for it.
    var exchanged: [ExchangedToken] = []
    /// What becomes of it, as nobody uses it.
    var idle: IdleWarning?
}

extension TokenRow {
    /// The row; `isDormant` where the owner has to sign in before any token works. Its links lead back to `view`.
    func row(_ wording: Wording, isDormant: Bool = false, view: ListView? = nil, proof: FormProof) -> HTML {
        let paths = TokenPaths(id: token.id, view: view)
        return li(.class("token")) {
            div(.class("token-head")) {
                div(.class("titled")) {
                    h3 { a(.href(paths.page), .id("name-\(token.id)")) { token.name.text } }
                    stateTags(of: token, isDormant: isDormant, at: wording.now)
                }
                p(.class("actions")) {
                    if previous.isEmpty {
                        action("rotate", "Rotate", to: .rotate(token.id), .class("button"))
                    }
                    action("revoke", "Revoke", to: paths.revoke, .class("button danger"))
                }
            }
            limitList(of: token, wording.titles)
            tokenFacts(token, lastUse: lastUse, wording)
            if let idle { idleNotice(idle) }
            for secret in previous { previousSecretNotice(secret, of: token, proof, wording) }
            exchangedList(exchanged, wording)
        }
    }

    /// A link whose accessible name includes the token's name, since every row has the same links.
    private func action(_ id: String, _ word: String, to path: DeskPath, _ look: Attribute) -> HTML {
        a(look, .href(path), .id("\(id)-\(token.id)"), .labelledBy("\(id)-\(token.id) name-\(token.id)")) {
            word
        }
    }
}

/// A token that a program got in exchange for another, shown below that one.
struct ExchangedToken: Sendable, Hashable {
    let token: Token
    let lastUse: Use?
}

/// The tokens that programs got in exchange, in the row of their parent.
@HTMLBuilder
func exchangedList(_ exchanged: [ExchangedToken], _ wording: Wording) -> HTML {
    let programs = exchanged.filter { $0.token.delegation == nil }
    let agents = exchanged.filter { $0.token.delegation != nil }
    if let first = programs.first {
        div(.class("traded")) {
            p(.class("hint")) { "Programs that got their own token in exchange for it:" }
            exchangedItems(programs, at: TokenPaths(id: first.token.id), wording)
        }
    }
    if let first = agents.first {
        details(.class("traded")) {
            summary { agents.count == 1 ? "1 agent’s token" : "\(agents.count) agents’ tokens" }
            exchangedItems(agents, at: TokenPaths(id: first.token.id), of: "you", wording)
        }
    }
}

/// The tokens that programs and agents got in exchange, each with a link to revoke it. `owner` is what the reader calls
/// their owner.
func exchangedItems(
    _ exchanged: [ExchangedToken], at paths: TokenPaths, of owner: String = "the owner", _ wording: Wording
) -> HTML {
    ul(.class("exchanged")) { for one in exchanged { item(one, at: paths.of(one.token.id), owner, wording) } }
}

private func item(
    _ exchanged: ExchangedToken, at paths: TokenPaths, _ owner: String, _ wording: Wording
) -> HTML {
    let token = exchanged.token
    let device = token.exchange?.device.text ?? token.assertedClient?.title ?? ""
    let isAgents = token.isOfAgent
    return li {
        div {
            a(.href(paths.page)) { isAgents ? "Agent \(device) on behalf of \(owner)" : token.name.text }
            stateTags(of: token, isDormant: false, at: wording.now)
            span(.class("where")) {
                if isAgents {
                    "\(token.scopes.text.isEmpty ? "every service" : token.scopes.text), until "
                    moment(token.expiresAt ?? .distantFuture, .minute)
                } else {
                    "device \(device), since "
                    moment(token.createdAt, .day)
                }
                if let use = exchanged.lastUse {
                    ", last used "
                    moment(use.lastAt)
                    " at \(whereabouts(of: use, wording.titles))"
                } else {
                    ", never used"
                }
            }
        }
        a(
            .class("button small danger"), .href(paths.revoke),
            .label(isAgents ? "Revoke \(token.name)" : "Revoke \(token.name) on device \(device)")
        ) { "Revoke" }
    }
}
