import Desk
import HTTPServer
import Ledger
import Tokens

/// All active tokens, for administrators.
struct AllTokensPage: Page {
    let tokens: [ListedToken]
    var search: String?
    /// The cursor of the next page.
    var next: SecretID?
    var done: String?
    var policy: SignInPolicy?
    let wording: Wording

    var title: String { "All tokens" }
    var navigationItem: NavigationItem? { .allTokens }

    var content: HTML {
        doneNotice(done)
        pageHead(
            "All tokens",
            "All tokens that work or are paused. Secrets are never shown; you can pause and revoke any token."
        )
        section(.class("card"), .labelledBy("list")) {
            h2(.id("list"), .class("unseen")) { "Active and paused tokens" }
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
            caption(.class("unseen")) { "Active and paused tokens of everybody" }
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
                strong { a(.href(.anyToken(token.id))) { token.name.text } }
                stateTags(of: token, isDormant: false, at: wording.now)
                span(.class("where")) {
                    "created "
                    moment(token.createdAt, .day)
                    if let exchange = token.exchange { " by a program, on device \(exchange.device)" }
                }
            }
            cell("Owner") {
                if listed.owner.isPerson {
                    listed.owner.login.text
                } else {
                    a(.href(.serviceAccount(listed.owner.id))) { listed.owner.login.text }
                    span(.class("tag")) { "service account" }
                    unattendedTag(of: listed.owner)
                }
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

extension DeskPages {
    static var pageLength: Int { 100 }

    func addAllTokensRoutes(to router: inout Router) {
        router.on("GET", "/admin/tokens") { request in
            try await answerAdministrator(request, allTokensPage)
        }
    }

    private func allTokensPage(_ visit: PersonVisit) async throws -> Response {
        let search = visit.visit.search
        let before = visit.request.queryItems["before"].flatMap(SecretID.init)
        let list = try await parts.tokens.list(
            TokenQuery(
                states: Token.State.working, now: visit.now, search: search, before: before,
                limit: Self.pageLength))
        return visit.answer(
            AllTokensPage(
                tokens: list.tokens, search: search, next: list.next, done: visit.visit.done,
                policy: try await parts.tokens.signInPolicy(), wording: wording(at: visit.now)))
    }
}
