import Ledger
import Tokens

/// A previous secret that still works, with its uses since it was replaced.
struct PreviousSecretUses: Sendable, Hashable {
    let secret: PreviousSecret
    let uses: [Use]
}

/// The notice that a previous secret still works, with who still uses it.
func previousSecretNotice(
    _ previous: PreviousSecretUses, of token: Token, _ proof: FormProof, _ wording: Wording
) -> HTML {
    div(.class("notice overlap")) {
        div {
            p { previousSecretWords(previous.secret) }
            if previous.uses.isEmpty {
                p { "Nothing has used it since it was replaced." }
            } else {
                p { "Still used by:" }
                ul {
                    for use in previous.uses.prefix(5) { li { useWords(use, wording.titles) } }
                    if previous.uses.count > 5 { li { "and \(previous.uses.count - 5) more" } }
                }
            }
        }
        postForm(to: .endPrevious(token.id), proof: proof) {
            button(
                .type("submit"), .class("button"), .label("End the previous secret of \(token.name)")
            ) { "End it now" }
        }
    }
}

/// When a previous secret stops working.
@HTMLBuilder
func previousSecretWords(_ secret: PreviousSecret) -> HTML {
    if secret.endsWhenMoved {
        "The previous secret works until everything has moved to the new one, at the latest until "
    } else {
        "The previous secret works until "
    }
    if let end = secret.endsAt { moment(end, .exact) } else { "it is ended" }
    "."
}
