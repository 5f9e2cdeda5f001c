import Ledger
import Tokens

/// All service accounts, for administrators.
struct AccountsPage: Page {
    let accounts: [ListedAccount]
    var filter = ListFilter.accounts()
    /// The number of accounts on all pages.
    var total: Int?
    /// The cursor of the next page.
    var next: SubjectCursor?
    /// Whether it is not the first page.
    var isLaterPage = false
    /// Those on which somebody has to look whether they are still needed.
    var due: [Subject] = []
    let grace: TimeSpan
    let wording: Wording

    /// An account with what lists show beside it.
    struct ListedAccount: Sendable, Hashable {
        let account: Subject
        /// The people who may manage its tokens now.
        let stewards: [Subject]
        /// The number of its tokens that work or are paused.
        let tokens: Int
        let lastUse: Use?
    }

    var title: String { "Service accounts" }
    var navigationItem: NavigationItem? { .serviceAccounts }

    private var isEmpty: Bool { accounts.isEmpty && !filter.isSet && !isLaterPage }

    var content: HTML {
        div(.class("page-top")) {
            pageHead(
                title,
                "For builds, jobs and deployments. They belong to nobody in particular, and go on whoever leaves."
            )
            if !isEmpty {
                a(.class("button primary"), .href(.newAccount)) { "New service account" }
            }
        }
        if !due.isEmpty { reviews }
        if isEmpty {
            newcomer
        } else {
            section(.class("card"), .labelledBy("list")) {
                h2(.id("list"), .class("unseen")) { "All service accounts" }
                filter.html
                if let total, total > accounts.count { p(.class("hint")) { "\(total) service accounts" } }
                if accounts.isEmpty {
                    p(.class("empty")) {
                        filter.search.map { "No service accounts match “\($0)”." }
                            ?? "There is no service account like that."
                    }
                } else {
                    list
                    pageLinks(
                        first: isLaterPage ? filter.page("after", nil) : nil,
                        next: next.map { filter.page("after", $0.text) }, words: "More service accounts")
                }
            }
        }
    }

    private var reviews: HTML {
        div(.class("notice overlap")) {
            p {
                strong { "Is it still needed?" }
                " The date on which somebody has to look has come for "
                for (number, account) in due.prefix(8).enumerated() {
                    number == 0 ? "" : ", "
                    a(.href(.serviceAccount(account.id))) { account.login.text }
                }
                due.count > 8 ? " and \(due.count - 8) more" : ""
                ". Set another date, or remove it."
            }
        }
    }

    private var newcomer: HTML {
        section(.class("newcomer"), .labelledBy("newcomer")) {
            img(.src(Assets.path("coin.svg")), .alt(""), .width(72), .height(72))
            div {
                h2(.id("newcomer")) { "There are no service accounts yet" }
                p {
                    "A build that works with somebody’s own token stops when that person leaves. "
                    "A service account outlives people:"
                }
                ul {
                    li {
                        strong { "You create it" }
                        " and say what it is for, and which services and groups it has."
                    }
                    li {
                        strong { "Its stewards create its tokens" }
                        ": the members of a group, or people whom you name."
                    }
                    li {
                        strong { "When the last steward leaves" }
                        ", you are told here, and its tokens go on for a while until you name another."
                    }
                }
                p(.class("actions")) {
                    a(.class("button primary"), .href(.newAccount)) { "New service account" }
                    a(.class("button quiet"), .href(.guide("service-accounts"))) { "How they work" }
                }
            }
        }
    }

    private var list: HTML {
        table(.class("cards people"), .role("table")) {
            caption(.class("unseen")) { "Service accounts" }
            thead {
                tr(.role("row")) {
                    for name in ["Account", "For", "Stewards now"] { columnHeader(name) }
                    columnHeader("Tokens", width: "number")
                    columnHeader("Last used")
                    columnHeader("Review", width: "moment")
                }
            }
            tbody { for one in accounts { row(one) } }
        }
    }

    private func row(_ one: ListedAccount) -> HTML {
        let account = one.account
        return tr(.role("row"), account.isSuspended ? .class("off") : nil) {
            cell("Account") {
                strong { a(.href(.serviceAccount(account.id))) { account.login.text } }
                if account.endedAt != nil { span(.class("tag bad")) { "removed" } }
                accountTags(of: account, grace: grace, at: wording.now)
                if account.name != account.login.text { span(.class("where")) { account.name } }
                if let unattended = UnattendedAccount(account, grace: grace, at: wording.now) {
                    span(.class("where")) { unattended.consequence }
                }
            }
            cell("For") { account.account?.purpose ?? "" }
            cell("Stewards now") {
                stewardWords(one.stewards)
                if let owners = account.account?.owners, !owners.isEmpty {
                    span(.class("where")) { "owned by \(owners.joined(separator: ", "))" }
                }
            }
            cell("Tokens") {
                a(
                    .href(.allTokens(of: account)),
                    .label(
                        one.tokens == 1
                            ? "1 token of \(account.login)" : "\(one.tokens) tokens of \(account.login)")
                ) { String(one.tokens) }
            }
            cell("Last used") {
                if let use = one.lastUse {
                    moment(use.lastAt)
                    span(.class("where")) { whereabouts(of: use, wording.titles) }
                } else {
                    span(.class("never")) { "Never" }
                }
            }
            cell("Review") { reviewWords(of: account, at: wording.now) }
        }
    }

    private func stewardWords(_ stewards: [Subject]) -> String {
        stewards.isEmpty ? "Nobody" : stewards.map(\.login.text).words(first: 3)
    }
}

/// The form for a new service account.
struct NewAccountPage: Page {
    let form: AccountForm

    var title: String { "New service account" }
    var navigationItem: NavigationItem? { .serviceAccounts }

    var content: HTML {
        p(.class("back")) { a(.href(.serviceAccounts)) { "Service accounts" } }
        pageHead(
            title,
            "It cannot sign in. Its stewards create its tokens; you decide what it may be used for.")
        section(.class("card"), .label("The new service account")) { form.html }
    }
}

extension ListFilter {
    /// The form above the list of service accounts.
    static func accounts(
        search: String? = nil, state: SubjectState? = nil, order: SubjectOrder = .login
    ) -> ListFilter {
        ListFilter(
            path: .serviceAccounts, title: "Find by login or title", search: search,
            choices: [
                Choice(
                    "state", "Which", SubjectState.ofAccounts.map { ($0.rawValue, $0.title) },
                    chosen: state?.rawValue),
                Choice(
                    "order", "Sort by", [("login", "Login"), ("name", "Title")],
                    chosen: order == .name ? order.rawValue : nil, isOrder: true),
            ])
    }
}
