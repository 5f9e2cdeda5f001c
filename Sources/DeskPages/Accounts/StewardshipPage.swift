import Tokens

/// The service accounts that the reader is a steward of.
struct StewardshipPage: Page {
    let accounts: [StewardedAccount]
    let now: Timestamp

    /// An account with the number of its tokens in use.
    struct StewardedAccount: Sendable, Hashable {
        let account: Subject
        let tokens: Int
        let lastUse: Timestamp?
    }

    var title: String { "My service accounts" }
    var navigationItem: NavigationItem? { .stewardship }

    var content: HTML {
        pageHead(
            title,
            "The accounts whose tokens you and your fellow stewards manage. What they run goes on when one of you leaves."
        )
        if accounts.isEmpty {
            section(.class("newcomer"), .labelledBy("none")) {
                div {
                    h2(.id("none")) { "You are a steward of no service account" }
                    p {
                        "A service account is for a build or a job that has to go on whoever leaves. "
                        "Administrators create one: say what it is for, which services it needs, and who will be its stewards. "
                        a(.href(.guide("service-accounts"))) { "How service accounts work" }
                        "."
                    }
                }
            }
        } else {
            section(.class("card"), .labelledBy("list")) {
                h2(.id("list"), .class("unseen")) { "Service accounts" }
                list
            }
        }
    }

    private var list: HTML {
        table(.class("cards"), .role("table")) {
            caption(.class("unseen")) { "Service accounts" }
            thead {
                tr(.role("row")) {
                    for name in ["Account", "For", "Tokens", "Last used", "Review"] { columnHeader(name) }
                }
            }
            tbody {
                for one in accounts {
                    tr(.role("row"), one.account.isSuspended ? .class("off") : nil) {
                        cell("Account") {
                            strong { a(.href(.stewarded(one.account.id))) { one.account.login.text } }
                            if one.account.isSuspended { span(.class("tag bad")) { "suspended" } }
                            if one.account.name != one.account.login.text {
                                span(.class("where")) { one.account.name }
                            }
                        }
                        cell("For") { one.account.account?.purpose ?? "" }
                        cell("Tokens") { String(one.tokens) }
                        cell("Last used") {
                            if let use = one.lastUse {
                                moment(use)
                            } else {
                                span(.class("never")) { "Never" }
                            }
                        }
                        cell("Review") { reviewWords(of: one.account, at: now) }
                    }
                }
            }
        }
    }
}
