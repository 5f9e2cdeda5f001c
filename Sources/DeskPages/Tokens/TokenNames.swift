import Ledger
import Tokens

/// A short list of tokens for administrators, each with its last use.
func tokenNames(_ tokens: [ListedToken], _ wording: Wording) -> HTML {
    ul(.class("plain")) {
        for listed in tokens {
            li {
                strong { a(.href(.anyToken(listed.token.id))) { listed.token.name.text } }
                span(.class("where")) {
                    if let use = listed.lastUse {
                        "last used "
                        moment(use.lastAt)
                        " at \(whereabouts(of: use, wording.titles))"
                    } else {
                        "never used"
                    }
                }
            }
        }
    }
}
