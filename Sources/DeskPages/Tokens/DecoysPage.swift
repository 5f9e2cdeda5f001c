import Desk
import Ledger
import Tokens

/// Decoys: what looks like a token and never works. Of the reader, or of everybody for an administrator.
struct DecoysPage: Page {
    let isAdministrators: Bool
    let decoys: [Decoy]
    /// The logins of the owners, for an administrator.
    var owners: [SubjectID: String] = [:]
    /// What was typed, and its faults.
    var name = ""
    var faults: [FormFault] = []
    let wording: Wording
    let proof: FormProof

    var title: String { "Decoys" }
    var navigationItem: NavigationItem? { isAdministrators ? .allTokens : .tokens }

    private var armed: [Decoy] { decoys.filter { $0.revokedAt == nil } }
    private var past: [Decoy] { decoys.filter { $0.revokedAt != nil } }

    var content: HTML {
        p(.class("back")) {
            a(.href(isAdministrators ? .allTokens : .tokens)) {
                isAdministrators ? "All tokens" : "My tokens"
            }
        }
        pageHead(
            "Decoys",
            "A decoy looks like a token and works nowhere. Leave one where nobody should look, such as in a wiki or in a "
                + ".netrc: whoever tries it is refused as with any wrong token, and you learn from where.")
        if !isAdministrators { form }
        section(.class("card"), .labelledBy("armed")) {
            h2(.id("armed")) { "Decoys that watch" }
            if armed.isEmpty {
                p { isAdministrators ? "Nobody has one." : "You have none yet." }
            } else {
                list(armed)
            }
        }
        if !past.isEmpty {
            section(.class("card"), .labelledBy("past")) {
                h2(.id("past")) { "Revoked" }
                list(past)
            }
        }
    }

    private var form: HTML {
        section(.class("card medium"), .labelledBy("create")) {
            h2(.id("create")) { "Create a decoy" }
            faultSummary(faults)
            postForm(to: .decoys, proof: proof) {
                field(
                    "name", label: "Name", hint: "Where you leave it, such as “wiki, page Deployment”.",
                    faults: faults, .type("text"), .value(name), .required, .maxLength(100),
                    .autocomplete("off"))
                p(.class("actions")) { button(.type("submit"), .class("primary")) { "Create decoy" } }
            }
        }
    }

    private func list(_ decoys: [Decoy]) -> HTML {
        let columns =
            ["Decoy"] + (isAdministrators ? ["Owner"] : []) + ["Created", "Tries", "Last try", "Actions"]
        return table(.class("cards"), .role("table")) {
            caption(.class("unseen")) { "Decoys" }
            thead { tr(.role("row")) { for name in columns { columnHeader(name) } } }
            tbody { for decoy in decoys { row(decoy) } }
        }
    }

    private func row(_ decoy: Decoy) -> HTML {
        tr(.role("row")) {
            cell("Decoy") {
                strong { decoy.name.text }
                span(.class("where")) { code { decoy.id.text } }
            }
            if isAdministrators { cell("Owner") { owners[decoy.owner] ?? "" } }
            cell("Created") { moment(decoy.createdAt) }
            cell("Tries") { decoy.tries == 0 ? "none" : "\(decoy.tries)" }
            cell("Last try") { lastTry(of: decoy) }
            cell("Actions") {
                if decoy.revokedAt == nil {
                    postForm(
                        to: isAdministrators ? .revokeAnyDecoy(decoy.id) : .revokeDecoy(decoy.id),
                        proof: proof
                    ) {
                        button(.type("submit"), .class("small danger"), .label("Revoke \(decoy.name)")) {
                            "Revoke"
                        }
                    }
                }
            }
        }
    }

    @HTMLBuilder
    private func lastTry(of decoy: Decoy) -> HTML {
        if let one = decoy.lastTry {
            moment(one.at)
            span(.class("where")) {
                "at \(wording.titles[one.service])"
                if !one.address.isEmpty { " from \(one.address)" }
                if !one.client.isEmpty { " with \(one.client)" }
            }
        } else {
            span(.class("never")) { "Never tried" }
        }
    }
}

/// The page that shows a decoy's secret once.
struct DecoyRevealPage: Page {
    /// `nil` once it was shown.
    let secret: TokenSecret?

    var title: String { "New decoy" }
    var navigationItem: NavigationItem? { .tokens }

    var content: HTML {
        if let secret {
            pageHead(
                "Your decoy is ready", "Copy it now: it will not be shown again. Only its hash is stored.")
            section(.class("secret"), .labelledBy("secret-title"), .data("once")) {
                h2(.id("secret-title")) { "The decoy" }
                p(.class("together")) {
                    code(.id("secret"), .class("secret-text"), .data("copy", "the decoy"), .translateNo) {
                        secret.reveal()
                    }
                }
                p(.class("hint")) {
                    "It works nowhere. Each try of it is among the events, with address and client."
                }
            }
            p(.class("actions")) { a(.class("button primary"), .href(.decoys)) { "I have copied it" } }
        } else {
            pageHead("This decoy was shown already", "It is shown once. Revoke it and create another one.")
            p(.class("actions")) { a(.class("button"), .href(.decoys)) { "Decoys" } }
        }
    }
}
