import Ledger
import Tokens

/// A token in the list of My Tokens.
struct TokenRow: Sendable, Hashable {
    let token: Token
    let lastUse: Use?
    /// Previous secrets that still work.
    var previous: [PreviousSecretUses] = []
    /// Tokens that programs got in exchange for it.
    var exchanged: [ExchangedToken] = []
}

extension TokenRow {
    func row(_ wording: Wording, proof: FormProof) -> HTML {
        li(.class("token")) {
            div(.class("token-head")) {
                h3 { a(.href(.token(token.id)), .id("name-\(token.id)")) { token.name.text } }
                p(.class("actions")) {
                    action("rotate", "Rotate", to: .rotate(token.id), .class("button"))
                    action("revoke", "Revoke", to: .revoke(token.id), .class("button danger"))
                }
            }
            limitList(of: token, wording.titles)
            tokenFacts(token, lastUse: lastUse, wording)
            for secret in previous { previousSecretNotice(secret, of: token, proof, wording) }
            exchangedList(exchanged, wording)
        }
    }

    /// A link whose accessible name includes the token's name, since every row has the same links.
    private func action(_ id: String, _ word: String, to path: DeskPath, _ look: Attribute) -> HTML {
        a(look, .href(path), .id("\(id)-\(token.id)"), .labelledBy("\(id)-\(token.id) name-\(token.id)")) {
            word
        }
    }
}

/// When the token was last used, was created and expires.
func tokenFacts(_ token: Token, lastUse: Use?, _ wording: Wording) -> HTML {
    dl(.class("facts")) {
        div(.class("fact-use")) {
            dt { "Last used" }
            if let lastUse {
                dd {
                    moment(lastUse.lastAt)
                    span(.class("where")) { whereabouts(of: lastUse, wording.titles) }
                }
            } else {
                dd { span(.class("never")) { "Never used" } }
            }
        }
        div {
            dt { "Created" }
            dd {
                moment(token.createdAt, .day)
                switch token.origin {
                case .desk: HTML.none
                case .token: span(.class("where")) { "through the API" }
                case .commandLine: span(.class("where")) { "on the command line" }
                case .exchange(let exchange):
                    span(.class("where")) { "by a program, on device \(exchange.device)" }
                }
            }
        }
        div {
            dt { "Expires" }
            dd { expiry(of: token, wording.now) }
        }
    }
}

@HTMLBuilder
private func expiry(of token: Token, _ now: Timestamp) -> HTML {
    if let end = token.expiresAt {
        moment(end, .exact)
        if end > now {
            span(.class(end - now < .days(7) ? "where soon" : "where")) { timeLeft(until: end, from: now) }
        }
    } else {
        "Never"
    }
}

/// A token that a program got in exchange for another, shown below that one.
struct ExchangedToken: Sendable, Hashable {
    let token: Token
    let lastUse: Use?
}

/// The tokens that programs got in exchange, each with a link to revoke it.
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
