import Ledger
import Tokens

/// A list of events. `linksTokens` for administrators, who can open the page of each token and service account.
func eventTable(_ lines: [EventsPage.Line], caption text: String, linksTokens: Bool = false) -> HTML {
    table(.class("cards"), .role("table")) {
        caption(.class("unseen")) { text }
        thead {
            tr(.role("row")) { for name in ["When", "Who", "What", "From"] { columnHeader(name) } }
        }
        tbody {
            for line in lines {
                tr(.role("row")) {
                    cell("When") { moment(line.event.at, .second) }
                    cell("Who") { line.who }
                    cell("What") { what(line, linksTokens) }
                    cell("From") { line.from }
                }
            }
        }
    }
}

@HTMLBuilder
private func what(_ line: EventsPage.Line, _ linksTokens: Bool) -> HTML {
    line.words
    if !line.event.detail.isEmpty { span(.class("where")) { line.event.detail } }
    if linksTokens, let account = line.account, let login = line.subject {
        span(.class("where")) {
            "service account "
            a(.href(.serviceAccount(account))) { login }
        }
    }
    if linksTokens {
        span(.class("where")) {
            "event "
            a(.href(DeskPath.events.with([("search", line.event.id.text)]))) { code { line.event.id.text } }
        }
    }
    if linksTokens, let incident = line.event.incident {
        span(.class("where")) { a(.href(.incident(incident))) { "incident \(incident)" } }
    }
    if linksTokens, let token = line.event.actorToken {
        span(.class("where")) {
            "by token "
            a(.href(.anyToken(token))) { code { token.text } }
        }
    }
    if linksTokens, let token = line.event.token {
        span(.class("where")) {
            line.event.kind.isAboutDecoy ? "decoy " : "token "
            a(.href(line.event.kind.isAboutDecoy ? .allDecoys : .anyToken(token))) { code { token.text } }
        }
    }
}

extension Event.Kind {
    /// Whether what it calls a token is a decoy, which has no page of its own.
    fileprivate var isAboutDecoy: Bool {
        switch self {
        case .decoyCreated, .decoyTried, .decoyRevoked: true
        default: false
        }
    }
}
