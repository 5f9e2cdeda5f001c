import Ledger
import Tokens

/// The confirmation before a token is revoked: lists what will stop working.
struct RevokePage: Page {
    let token: Token
    /// Tokens that programs got in exchange for it; they are revoked with it.
    var exchanged: [ExchangedToken] = []
    /// Its uses of the last 30 days, latest first.
    let uses: [Use]
    /// The owner's login, if an administrator revokes somebody else's token.
    var owner: String?
    let wording: Wording
    let proof: FormProof

    private var back: DeskPath { owner == nil ? .tokens : .allTokens }

    var title: String { "Revoke \(token.name)" }
    var navigationItem: NavigationItem? { owner == nil ? .tokens : .allTokens }

    var content: HTML {
        section(.class("card medium"), .labelledBy("title")) {
            h1(.id("title")) { "Revoke “\(token.name)”?" }
            p(.class("lead")) {
                if let owner { "It belongs to \(owner). " }
                "It stops working everywhere at once. This cannot be undone."
            }
            if !exchanged.isEmpty {
                p { "The tokens that programs got in exchange for it are revoked, too:" }
                ul {
                    for one in exchanged {
                        li { "\(one.token.name) on device \(one.token.exchange?.device.text ?? "")" }
                    }
                }
            }
            useTable(
                uses, heading: "What will stop working",
                none: "Nothing: it has not been used in the last 30 days.", wording)
            postForm(to: owner == nil ? .revoke(token.id) : .revokeAny(token.id), proof: proof) {
                p(.class("actions")) {
                    button(.type("submit"), .class("danger solid")) {
                        "Revoke this token"
                    }
                    a(.class("button quiet"), .href(back)) { "Cancel" }
                }
            }
        }
    }
}
