import Desk
import Ledger
import Tokens

/// The confirmation before a service account is suspended or removed: what will stop working, and how often it is used.
struct StopAccountPage: Page {
    enum Deed: Hashable, Sendable { case suspend, remove }

    let deed: Deed
    let account: Subject
    /// Its tokens that work or are paused, each with its uses of the last ``daysOfUseTables`` days.
    let tokens: [UsedToken]
    /// Why it is not possible; `nil` if it is.
    var refusal: String?
    let wording: Wording
    let proof: FormProof

    struct UsedToken: Sendable, Hashable {
        let listed: ListedToken
        /// Latest first.
        let uses: [Use]
    }

    private var verb: String { deed == .suspend ? "Suspend" : "Remove" }
    private var page: DeskPath { .serviceAccount(account.id) }

    var title: String { "\(verb) \(account.login)" }
    var navigationItem: NavigationItem? { .serviceAccounts }

    var content: HTML {
        section(.class("card medium"), .labelledBy("title")) {
            h1(.id("title")) { "\(verb) \(account.login)?" }
            if let refusal {
                div(.class("notice bad"), .role("alert")) { p { refusal } }
                p(.class("actions")) { a(.class("button primary"), .href(page)) { "Back to the account" } }
            } else {
                p(.class("lead")) { lead }
                if tokens.isEmpty {
                    h2 { "What will stop working" }
                    p(.class("hint")) { "Nothing: it has no tokens in use." }
                } else {
                    used
                    if !unused.isEmpty { unusedList }
                }
                postForm(
                    to: deed == .suspend ? .suspendAccount(account.id) : .removeAccount(account.id),
                    proof: proof
                ) {
                    p(.class("actions")) {
                        button(.type("submit"), .class("danger solid")) {
                            deed == .suspend ? "Suspend" : "Remove this account"
                        }
                        a(.class("button quiet"), .href(page)) { "Cancel" }
                    }
                }
                if deed == .remove, account.suspendedAt == nil {
                    h2 { "Or do less" }
                    p { "Suspend it first, see what is missed, and then decide. That can be undone." }
                    p(.class("actions")) {
                        a(.class("button"), .href(.suspendAccount(account.id))) { "Suspend" }
                    }
                }
            }
        }
    }

    private var lead: String {
        switch deed {
        case .suspend: "All its tokens stop working at once. When you resume it, they work again."
        case .remove:
            "All its tokens are revoked everywhere at once. This cannot be undone. "
                + "What happened with it stays among the events."
        }
    }

    private var used: HTML {
        useTable(
            tokens.flatMap(\.uses), heading: "What will stop working",
            none: "Nothing used its tokens in the last \(daysOfUseTables) days.", wording)
    }

    private var unused: [UsedToken] { tokens.filter(\.uses.isEmpty) }

    @HTMLBuilder
    private var unusedList: HTML {
        p { "Its tokens that were not used in the last \(daysOfUseTables) days:" }
        tokenNames(unused.map(\.listed), wording)
        p(.class("hint")) {
            "That something has not used one for a while does not mean that it no longer needs it: "
            "a job may run once a month."
        }
    }
}
