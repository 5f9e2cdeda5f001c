import Desk
import Ledger
import Tokens

/// The confirmation before a token is revoked: what will stop working, and what could be done instead.
struct RevokePage: Page {
    let token: Token
    /// Previous secrets that still work; they are revoked with it.
    var previous: [PreviousSecretMove] = []
    /// Tokens that programs got in exchange for it; they are revoked with it.
    var exchanged: [ExchangedToken] = []
    /// Its uses of the last ``daysOfUseTables`` days, latest first.
    let uses: [Use]
    /// The latest use, however long ago.
    var lastUse: Use?
    /// A year of its uses.
    var history: UseHistory?
    /// The owner's login, where that is not the reader.
    var owner: String?
    var isForAdministrators = false
    /// The service account that it belongs to, where a steward revokes it.
    var account: Subject?
    /// The list from which the reader came.
    var view: ListView?
    let wording: Wording
    let proof: FormProof

    private var paths: TokenPaths {
        TokenPaths(id: token.id, isForAdministrators: isForAdministrators, account: account, view: view)
    }

    var title: String { "Revoke \(token.name)" }
    var navigationItem: NavigationItem? { paths.navigationItem }

    var content: HTML {
        section(.class("card medium"), .labelledBy("title")) {
            h1(.id("title")) { "Revoke “\(token.name)”?" }
            p(.class("lead")) {
                if let owner { "It belongs to \(owner). " }
                "It stops working everywhere at once\(previous.isEmpty ? "" : ", with its previous secret"). "
                "This cannot be undone."
            }
            if !exchanged.isEmpty { children }
            useTable(uses, heading: "What will stop working", none: unused, wording)
            if let history, lastUse != nil { history.rhythmHTML(wording) }
            if lastUse != nil { p(.class("hint")) { silence } }
            postForm(to: paths.revoke, proof: proof) {
                p(.class("actions")) {
                    button(.type("submit"), .class("danger solid")) { "Revoke this token" }
                    a(.class("button quiet"), .href(view == nil ? paths.page : paths.list)) { "Cancel" }
                }
            }
            alternatives
        }
    }

    @HTMLBuilder
    private var children: HTML {
        p { "The tokens that programs got in exchange for it are revoked, too:" }
        ul {
            for one in exchanged {
                li {
                    one.token.delegation == nil
                        ? "\(one.token.name) on device \(one.token.exchange?.device.text ?? "")"
                        : one.token.name.text
                }
            }
        }
    }

    private var unused: String {
        guard let lastUse else {
            return "Nothing so far: it was never used since it was created on "
                + "\(token.createdAt.minuteWords)."
        }
        return "Nothing used it in the last \(daysOfUseTables) days. It was last used on "
            + "\(lastUse.lastAt.dayWords), at \(whereabouts(of: lastUse, wording.titles))."
    }

    /// What a silence means.
    private var silence: String {
        if let next = history?.rhythm.next {
            return next > wording.now
                ? "Until then, a silence means nothing."
                : "It is late; that need not mean that nothing needs it any more."
        }
        return "That something has not used it for a while does not mean that it no longer needs it: "
            + "a job may run once a month."
    }

    @HTMLBuilder
    private var alternatives: HTML {
        if !previous.isEmpty || token.state(at: wording.now) == .active {
            h2 { "Or do less" }
        }
        if !previous.isEmpty {
            p { "End the previous secret only. The token and its current secret keep working." }
            endPreviousForm(of: token, at: paths.endPrevious, proof)
        }
        if token.state(at: wording.now) == .active {
            p { "Pause it instead, see what is refused, and then decide. It works again by itself." }
            pauseForm(of: token, at: paths.pause, proof: proof)
        }
    }
}
