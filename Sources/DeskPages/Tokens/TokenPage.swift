import Ledger
import Tokens

/// One of the person's tokens, with its uses.
struct TokenPage: Page {
    let token: Token
    let lastUse: Use?
    /// Its uses of the last 30 days, latest first.
    let uses: [Use]
    /// The token for which a program got this one in exchange.
    var parent: Token?
    /// Tokens that programs got in exchange for it.
    var exchanged: [ExchangedToken] = []
    /// The login of the person who revoked it.
    var endedBy: String?
    var sleep: DormancyNotice?
    let wording: Wording

    var title: String { token.name.text }
    var navigationItem: NavigationItem? { .tokens }

    private var isActive: Bool { token.isWorking(at: wording.now) }

    var content: HTML {
        p(.class("back")) { a(.href(.tokens)) { "My tokens" } }
        section(.class("card"), .labelledBy("title")) {
            div(.class("token-head")) {
                h1(.id("title")) { token.name.text }
                if isActive {
                    p(.class("actions")) {
                        if parent == nil {
                            a(.class("button"), .href(.rotate(token.id))) { "Rotate" }
                        }
                        a(.class("button danger"), .href(.revoke(token.id))) { "Revoke" }
                    }
                }
            }
            if !isActive {
                div(.class("notice bad")) { p { endWords(of: token, by: endedBy, wording.now) } }
            }
            if isActive, let sleep { sleep.html }
            if let parent {
                p {
                    "A program got it in exchange for "
                    a(.href(.token(parent.id))) { parent.name.text }
                    ". It can do no more than that token and is revoked with it."
                }
            }
            limitList(of: token, wording.titles)
            tokenFacts(token, lastUse: lastUse, wording)
            exchangedList(exchanged, wording)
            useTable(
                uses, heading: "Where it was used in the last 30 days",
                none: "Nowhere. If you no longer need it, revoke it.", wording)
        }
    }
}
