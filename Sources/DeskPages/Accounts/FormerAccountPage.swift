import Ledger
import Tokens

/// A service account that was removed, for administrators: what it was for, its tokens, and what happened with it.
struct FormerAccountPage: Page {
    let account: Subject
    var tokens = OwnerTokens()
    /// The newest events about it.
    var events: [EventsPage.Line] = []
    let wording: Wording

    var title: String { account.login.text }
    var navigationItem: NavigationItem? { .serviceAccounts }

    var content: HTML {
        p(.class("back")) { a(.href(.serviceAccounts)) { "Service accounts" } }
        section(.class("card"), .labelledBy("account-title")) {
            div(.class("titled")) {
                h1(.id("account-title")) { account.login.text }
                p(.class("tags")) { span(.class("tag bad")) { "removed" } }
            }
            if let end = account.endedAt {
                p {
                    "Removed on "
                    moment(end, .minute)
                    ". Its tokens are revoked, and its login may be another account’s."
                }
            }
            p { account.account?.purpose ?? "" }
            dl(.class("facts")) {
                div {
                    dt { "Created" }
                    dd { moment(account.createdAt, .day) }
                }
                div {
                    dt { "Identifier" }
                    dd { code(.class("identifier"), .translateNo) { account.id.text } }
                }
            }
        }
        tokens.card(of: account, wording)
        subjectEventCard(events, about: account)
    }
}
