import Ledger
import Tokens

/// A token that a program got in exchange for another, as it is shown with that one.
struct ExchangedToken: Sendable, Hashable {
    let token: Token
    let lastUse: Use?
}

/// The tokens that programs got in exchange for one, each with what ends it; nothing where there is none.
@HTMLBuilder
func exchangedList(_ exchanged: [ExchangedToken], _ wording: Wording) -> HTML {
    if !exchanged.isEmpty {
        div(.class("traded")) {
            p(.class("hint")) { "Programs that got their own token in exchange for it:" }
            ul { for one in exchanged { item(one, wording) } }
        }
    }
}

private func item(_ exchanged: ExchangedToken, _ wording: Wording) -> HTML {
    let token = exchanged.token
    let device = token.exchange?.device.text ?? ""
    return li {
        div {
            a(.href(.token(token.id))) { token.name.text }
            span(.class("where")) {
                "device \(device), since "
                moment(token.createdAt, .day)
                if let use = exchanged.lastUse {
                    ", last used "
                    moment(use.lastAt)
                    " at \(whereabouts(of: use, wording.titles))"
                } else {
                    ", never used"
                }
            }
        }
        a(
            .class("button danger"), .href(.revoke(token.id)),
            .label("Revoke \(token.name) on device \(device)")
        ) { "Revoke" }
    }
}
