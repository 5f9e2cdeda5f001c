import Ledger
import Tokens

/// The first of some tokens for administrators, each with its last use. `count` is the number of all of them, where these
/// are not all.
@HTMLBuilder
func tokenNames(_ tokens: [ListedToken], of count: Int? = nil, _ wording: Wording) -> HTML {
    let shown = tokens.prefix(50)
    ul(.class("plain")) {
        for listed in shown {
            li {
                strong { a(.href(.anyToken(listed.token.id))) { listed.token.name.text } }
                span(.class("where")) {
                    useWords(of: listed, wording)
                }
            }
        }
    }
    let more = (count ?? tokens.count) - shown.count
    if more > 0 { p(.class("hint")) { "And \(more.grouped) more." } }
}

/// "last used 3 days ago at Maven …", or "never used".
@HTMLBuilder
func useWords(of listed: ListedToken, _ wording: Wording) -> HTML {
    if let use = listed.lastUse {
        "last used "
        moment(use.lastAt)
        " at \(whereabouts(of: use, wording.titles))"
    } else {
        "never used"
    }
}
