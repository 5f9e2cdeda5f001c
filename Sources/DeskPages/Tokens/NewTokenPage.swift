import Tokens

/// The form for a new token on a page of its own, as a link from a refusal or a document opens it.
struct NewTokenPage: Page {
    var form: NewTokenForm
    /// What filled the form in.
    var link = DraftLink()

    var title: String { form.account.map { "New token for \($0.login)" } ?? "New token" }
    var navigationItem: NavigationItem? { form.account == nil ? .tokens : .stewardship }

    var content: HTML {
        if let account = form.account {
            p(.class("back")) { a(.href(.stewarded(account.id))) { "Tokens of \(account.login)" } }
            pageHead(title, account.account?.purpose ?? "")
        } else {
            p(.class("back")) { a(.href(.tokens)) { "My tokens" } }
            pageHead(
                title,
                "A token replaces your password in one tool. You can revoke it at any time on My tokens.")
        }
        notice
        section(.class("card"), .label("The new token")) { alone.html }
    }

    private var alone: NewTokenForm {
        var form = form
        form.isAlone = true
        return form
    }

    @HTMLBuilder
    private var notice: HTML {
        if link.isThere {
            div(.class(link.remarks.isEmpty ? "notice" : "notice overlap"), .role("status")) {
                div {
                    p {
                        strong { "A link filled in this form." }
                        " Nothing has been created yet: check it and name the token first."
                    }
                    if !link.remarks.isEmpty {
                        p { "Not everything in the link could be used:" }
                        ul { for remark in link.remarks { li { remark.sentence } } }
                    }
                }
            }
        }
    }
}
