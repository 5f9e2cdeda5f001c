import Ledger
import Tokens

/// Asks once before a token is revoked, saying what will stop working.
struct RevokePage: Page {
    let token: Token
    /// Those that programs got in exchange for it, which end with it.
    var exchanged: [ExchangedToken] = []
    /// Its uses of the last 30 days, the latest first.
    let uses: [Use]
    /// The login of its owner, where an administrator revokes what belongs to another.
    var owner: String?
    let wording: Wording
    let proof: FormProof

    private var isOldSecret: Bool { token.successor != nil }
    private var back: DeskPath { owner == nil ? .tokens : .allTokens }

    var title: String { "Revoke \(token.name)" }
    var navigationItem: NavigationItem? { owner == nil ? .tokens : .allTokens }

    var content: HTML {
        section(.class("card medium"), .labelledBy("title")) {
            h1(.id("title")) {
                isOldSecret ? "End the old secret of “\(token.name)”?" : "Revoke “\(token.name)”?"
            }
            p(.class("lead")) {
                if let owner { "It belongs to \(owner). " }
                "It is refused everywhere from this moment on, and cannot be brought back."
                if isOldSecret { " The new secret is not touched." }
            }
            if !exchanged.isEmpty {
                p { "With it end the tokens that programs got in exchange for it:" }
                ul {
                    for one in exchanged {
                        li { "\(one.token.name) on device \(one.token.exchange?.device.text ?? "")" }
                    }
                }
            }
            useTable(
                uses, heading: "What will stop working",
                none: "Nothing: no service has seen it in the last 30 days.", wording)
            postForm(to: owner == nil ? .revoke(token.id) : .revokeAny(token.id), proof: proof) {
                p(.class("actions")) {
                    button(.type("submit"), .class("danger solid")) {
                        isOldSecret ? "End it now" : "Revoke this token"
                    }
                    a(.class("button quiet"), .href(back)) { "Keep it" }
                }
            }
        }
    }
}
