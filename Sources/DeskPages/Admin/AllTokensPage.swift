import Ledger
import Tokens

/// For administrators: every live token of the house, without its secret.
struct AllTokensPage: Page {
    let tokens: [ListedToken]
    /// What the list was narrowed to.
    var search: String?
    /// The cursor of the next page, if there is one.
    var next: TokenID?
    var done: String?
    /// How often people have to sign in, if that is demanded.
    var policy: SignInPolicy?
    let wording: Wording

    var title: String { "All tokens" }
    var navigationItem: NavigationItem? { .allTokens }

    var content: HTML {
        doneNotice(done)
        pageHead(
            "All tokens", "All active tokens. Secrets are never shown; you can revoke any token.")
        section(.class("card"), .labelledBy("list")) {
            h2(.id("list"), .class("unseen")) { "Active tokens" }
            searchForm(at: .allTokens, label: "Find by token, login or name", value: search)
            if tokens.isEmpty {
                p(.class("empty")) {
                    search.map { "No active tokens match “\($0)”." } ?? "There are no active tokens yet."
                }
            } else {
                list
            }
            if let next {
                p(.class("actions")) {
                    a(
                        .class("button"),
                        .href(DeskPath.allTokens.with([("search", search), ("before", next.text)]))
                    ) { "Older tokens" }
                }
            }
        }
    }

    private var list: HTML {
        table(.class("cards"), .role("table")) {
            caption(.class("unseen")) { "Active tokens of all people" }
            thead {
                tr(.role("row")) {
                    for name in ["Token", "Owner", "Access", "Last used", "Expires", "Actions"] {
                        columnHeader(name)
                    }
                }
            }
            tbody { for listed in tokens { row(listed) } }
        }
    }

    private func row(_ listed: ListedToken) -> HTML {
        let token = listed.token
        let isDormant = listed.owner.isDormant(policy, at: wording.now)
        return tr(.role("row"), listed.owner.isSuspended || isDormant ? .class("off") : nil) {
            cell("Token") {
                strong { token.name.text }
                if token.successor != nil { span(.class("tag")) { "old secret" } }
                span(.class("where")) {
                    "created "
                    moment(token.createdAt, .day)
                    if let exchange = token.exchange { " by a program, on device \(exchange.device)" }
                }
            }
            cell("Owner") {
                listed.owner.login.text
                if listed.owner.suspendedAt != nil { span(.class("tag bad")) { "suspended" } }
                if listed.owner.deactivatedAt != nil { span(.class("tag bad")) { "deactivated" } }
                if isDormant { span(.class("tag bad")) { "dormant" } }
            }
            cell("Access") { limitList(of: token, wording.titles) }
            cell("Last used") {
                if let use = listed.lastUse {
                    moment(use.lastAt)
                    span(.class("where")) { whereabouts(of: use, wording.titles) }
                } else {
                    span(.class("never")) { "Never used" }
                }
            }
            cell("Expires") { if let end = token.expiresAt { moment(end, .exact) } else { "Never" } }
            cell("Actions") {
                a(
                    .class("button small danger"), .href(.revokeAny(token.id)),
                    .label("Revoke \(token.name) of \(listed.owner.login)")
                ) { "Revoke" }
            }
        }
    }
}
