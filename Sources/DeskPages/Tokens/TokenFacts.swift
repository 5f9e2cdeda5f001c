import Ledger
import Tokens

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
            dd { creation(of: token) }
        }
        div {
            dt { "Expires" }
            dd { expiry(of: token, wording.now) }
        }
    }
}

/// What the page of a token says in addition: its identifier, its owner where that is not the reader, with
/// the owner's page, and its rotation.
func tokenIdentity(_ token: Token, owner: Subject?, page: DeskPath?) -> HTML {
    dl(.class("facts")) {
        div(.class("fact-use")) {
            dt { "Identifier, as in logs and headers" }
            dd(.class("together")) {
                code(.class("identifier"), .data("copy", "the identifier"), .translateNo) { token.id.text }
            }
        }
        if let owner, let page {
            div {
                dt { owner.isPerson ? "Owner" : "Service account" }
                dd {
                    a(.href(page)) { owner.login.text }
                    if owner.name != owner.login.text { span(.class("where")) { owner.name } }
                }
            }
        }
        div {
            dt { "Rotated" }
            dd {
                if let at = token.rotatedAt { moment(at, .minute) } else { span(.class("never")) { "Never" } }
            }
        }
    }
}

@HTMLBuilder
private func creation(of token: Token) -> HTML {
    moment(token.createdAt, .day)
    switch token.origin {
    case .desk: HTML.none
    case .token: span(.class("where")) { "through the API" }
    case .commandLine: span(.class("where")) { "on the command line" }
    case .exchange(let exchange) where exchange.delegation != nil:
        span(.class("where")) { "by the agent \(exchange.device)" }
    case .exchange(let exchange):
        span(.class("where")) { "by a program, on device \(exchange.device)" }
    case .client(let client):
        span(.class("where")) {
            "by \(client.title)"
            client.address.isEmpty ? "" : " from \(client.address)"
        }
    case .assertion(let client):
        span(.class("where")) { "by \(client.title), as the identity provider said" }
    case .job(let job):
        span(.class("where")) { job.repository.isEmpty ? job.subject : job.repository }
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
