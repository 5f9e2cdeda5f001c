import Ledger
import Tokens

/// One token of one's own: what it is, and where it was used.
struct TokenPage: Page {
    let token: Token
    let lastUse: Use?
    /// Its uses of the last 30 days, the latest first.
    let uses: [Use]
    /// The token that a program was handed to get this one.
    var parent: Token?
    /// Those that programs got in exchange for it.
    var exchanged: [ExchangedToken] = []
    /// The login of who revoked it.
    var endedBy: String?
    var sleep: DormancyNotice?
    let wording: Wording

    var title: String { token.name.text }
    var navigationItem: NavigationItem? { .tokens }

    private var isActive: Bool { token.state(at: wording.now) == .active }

    var content: HTML {
        p(.class("back")) { a(.href(.tokens)) { "My tokens" } }
        section(.class("card"), .labelledBy("title")) {
            div(.class("token-head")) {
                h1(.id("title")) { token.name.text }
                if isActive {
                    p(.class("actions")) {
                        if token.successor == nil, parent == nil {
                            a(.class("button"), .href(.regenerate(token.id))) { "Regenerate" }
                        }
                        a(.class("button danger"), .href(.revoke(token.id))) { "Revoke" }
                    }
                }
            }
            if !isActive {
                div(.class("notice bad")) { p { endWords(of: token, by: endedBy, wording.now) } }
            } else if token.successor != nil {
                div(.class("notice overlap")) {
                    p { "A new secret has taken its place; this old one still works until it expires." }
                }
            }
            if isActive, let sleep { sleep.html }
            if let parent {
                p {
                    "A program got it in exchange for "
                    a(.href(.token(parent.id))) { parent.name.text }
                    ". It can do no more than that one, and ends with it."
                }
            }
            limitList(of: token, wording.titles)
            tokenFacts(token, lastUse: lastUse, wording)
            exchangedList(exchanged, wording)
            useTable(
                uses, heading: "Where it was used in the last 30 days",
                none: "Nowhere. A token that is not needed is best revoked.", wording)
        }
    }
}
