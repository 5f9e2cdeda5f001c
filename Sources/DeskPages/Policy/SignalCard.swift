import Desk
import Ledger
import Tokens

/// What administrators see of the identity provider's signals: whether they come, and what each does.
struct SignalCard: Sendable {
    let overview: SignalOverview
    let now: Timestamp

    var html: HTML {
        section(.class("card"), .id("signals"), .labelledBy("signals-title")) {
            h2(.id("signals-title")) { "Signals of the identity provider" }
            if let refusal = overview.refusal { refused(refusal) }
            dl(.class("facts")) {
                div {
                    dt { "From" }
                    dd { code { overview.plan.issuer } }
                }
                div {
                    dt { "Stream" }
                    dd { stream }
                }
                div {
                    dt { "Last signal" }
                    dd { last }
                }
                div {
                    dt { "Last verification" }
                    dd {
                        if let at = overview.stream.verifiedAt {
                            moment(at, .minute)
                        } else {
                            "None was asked for"
                        }
                    }
                }
            }
            table(.class("cards"), .role("table")) {
                caption(.class("unseen")) { "Signals and what they do" }
                thead {
                    tr(.role("row")) {
                        for name in ["Signal", "What it does"] { columnHeader(name) }
                    }
                }
                tbody {
                    for rule in overview.plan.rules {
                        tr(.role("row")) {
                            cell("Signal") { code { rule.event } }
                            cell("What it does") { rule.act.words }
                        }
                    }
                }
            }
            p(.class("actions")) {
                a(.class("button"), .href(.events.with([("kind", Event.Kind.signalReceived.rawValue)]))) {
                    "Signals among the events"
                }
            }
        }
    }

    private func refused(_ refusal: SignalOverview.Refusal) -> HTML {
        div(.class("notice overlap")) {
            p {
                strong { "A signal was refused." }
                " At "
                moment(refusal.at, .minute)
                ": \(refusal.sentence)."
            }
        }
    }

    @HTMLBuilder
    private var stream: HTML {
        overview.plan.polls ? "Fetched by Jeton" : "Pushed by the provider"
        if let status = overview.stream.status { ", \(status)" }
        if overview.plan.polls, overview.stream.endpoint == nil {
            ", not set up: run "
            code { "jeton signals set-up" }
        }
    }

    @HTMLBuilder
    private var last: HTML {
        if let name = overview.stream.lastEvent, let at = overview.stream.lastAt {
            code { name }
            ", "
            moment(at, .minute)
        } else {
            "None yet"
        }
    }
}
