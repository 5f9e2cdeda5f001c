import Desk
import Ledger
import Tokens

/// A token that has ended, while a secret that it had before still works.
struct PartlyEndedToken: Sendable, Hashable {
    let token: Token
    let previous: [PreviousSecretMove]
}

/// The notice on My Tokens and on a token's page, with the choice to end that secret, too.
func partlyEndedNotice(
    _ previous: [PreviousSecretMove], of token: Token, at paths: TokenPaths, _ proof: FormProof,
    _ wording: Wording, namesToken: Bool = false
) -> HTML {
    div(.class("notice bad partly")) {
        div {
            p {
                strong {
                    if namesToken {
                        a(.href(paths.page)) { "“\(token.name)”" }
                        token.revocation == nil ? " has expired" : " was revoked"
                        ", but a secret that it had before still works."
                    } else {
                        "A secret that it had before still works."
                    }
                }
            }
            for one in previous {
                p {
                    if let end = one.secret.endsAt {
                        "It works until "
                        moment(end, .exact)
                        ". "
                    } else {
                        "It has no end. "
                    }
                    if let use = one.move.places.map(\.previousUse).max() {
                        "Last used "
                        moment(use)
                        "."
                    } else {
                        "Nothing used it in the 30 days before it was replaced, nor since."
                    }
                }
            }
        }
        postForm(to: paths.endPrevious, proof: proof) {
            button(
                .type("submit"), .class("danger"), .label("End it, too: the earlier secret of \(token.name)")
            ) {
                "End it, too"
            }
        }
    }
}
