import Ledger
import Tokens

/// A token in the list of My Tokens.
struct TokenRow: Sendable, Hashable {
    let token: Token
    let lastUse: Use?
    /// Replaced secrets that still work.
    var old: [OldSecret] = []
    /// Tokens that programs got in exchange for it or for a secret that it replaced.
    var exchanged: [ExchangedToken] = []

    /// A replaced secret that works until its overlap ends.
    struct OldSecret: Sendable, Hashable {
        let token: Token
        /// Uses since it was replaced.
        let uses: [Use]
    }
}

extension TokenRow {
    func row(_ wording: Wording) -> HTML {
        li(.class("token")) {
            div(.class("token-head")) {
                h3 { a(.href(.token(token.id)), .id("name-\(token.id)")) { token.name.text } }
                p(.class("actions")) {
                    if token.successor == nil {
                        action("regenerate", "Regenerate", to: .regenerate(token.id), .class("button"))
                    }
                    action("revoke", "Revoke", to: .revoke(token.id), .class("button danger"))
                }
            }
            limitList(of: token, wording.titles)
            tokenFacts(token, lastUse: lastUse, wording)
            for secret in old { notice(of: secret, wording) }
            exchangedList(exchanged, wording)
        }
    }

    /// A link whose accessible name includes the token's name, since every row has the same links.
    private func action(_ id: String, _ word: String, to path: DeskPath, _ look: Attribute) -> HTML {
        a(look, .href(path), .id("\(id)-\(token.id)"), .labelledBy("\(id)-\(token.id) name-\(token.id)")) {
            word
        }
    }

    /// The notice that an old secret still works, with its recent uses.
    private func notice(of secret: OldSecret, _ wording: Wording) -> HTML {
        div(.class("notice overlap")) {
            div {
                p {
                    "The old secret works until "
                    if let end = secret.token.expiresAt { moment(end, .exact) }
                    "."
                }
                if secret.uses.isEmpty {
                    p { "Nothing has used it since it was replaced, so you can revoke it." }
                } else {
                    p { "Still used by:" }
                    ul {
                        for use in secret.uses.prefix(5) { li { useWords(use, wording.titles) } }
                        if secret.uses.count > 5 { li { "and \(secret.uses.count - 5) more" } }
                    }
                }
            }
            a(
                .class("button"), .href(.revoke(secret.token.id)),
                .label("Revoke the old secret of \(secret.token.name) now")
            ) { "Revoke it now" }
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
