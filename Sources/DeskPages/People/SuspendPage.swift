import Ledger
import Tokens

/// The confirmation before a person is suspended: lists what will stop working.
struct SuspendPage: Page {
    let person: Subject
    let activeTokens: [ListedToken]
    /// Why it is not possible; `nil` if it is.
    var refusal: String?
    let wording: Wording
    let proof: FormProof

    var title: String { "Suspend \(person.login)" }
    var navigationItem: NavigationItem? { .people }

    var content: HTML {
        section(.class("card medium"), .labelledBy("title")) {
            h1(.id("title")) { "Suspend \(person.name)?" }
            if let refusal {
                div(.class("notice bad"), .role("alert")) { p { refusal } }
                p(.class("actions")) {
                    a(.class("button primary"), .href(.person(person.id))) { "Back to \(person.login)" }
                }
            } else {
                p(.class("lead")) {
                    "They are signed out everywhere, and all their tokens stop working at once. "
                    "When you resume them, the tokens work again."
                }
                h2 { "What will stop working" }
                tokens
                postForm(to: .suspend(person.id), proof: proof) {
                    p(.class("actions")) {
                        button(.type("submit"), .class("danger solid")) { "Suspend" }
                        a(.class("button quiet"), .href(.person(person.id))) { "Cancel" }
                    }
                }
            }
        }
    }

    @HTMLBuilder
    private var tokens: HTML {
        if activeTokens.isEmpty {
            p(.class("hint")) { "They have no active tokens." }
        } else {
            tokenNames(activeTokens, wording)
        }
    }
}
