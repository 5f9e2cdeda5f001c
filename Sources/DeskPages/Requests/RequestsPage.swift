import Desk
import Tokens

/// The requests for approval: those that the reader can decide, and the reader's own.
struct RequestsPage: Page {
    let reader: SubjectID
    /// The requests that wait for the reader's decision; `nil` for people who approve nothing.
    let decidable: [ShownRequest]?
    let own: [ShownRequest]
    /// Those that the reader decided lately.
    var decided: [ShownRequest] = []
    let wording: Wording

    var title: String { "Requests" }
    var navigationItem: NavigationItem? { .requests }

    var content: HTML {
        pageHead(
            "Requests",
            "Some tokens need the approval of others before they can be created. "
                + "An approved token can be created for 7 days.")
        if let decidable {
            section(.class("card"), .labelledBy("waiting")) {
                h2(.id("waiting")) { "Waiting for your decision (\(decidable.count))" }
                if decidable.isEmpty {
                    p(.class("hint")) { "Nothing waits for your decision." }
                } else {
                    requestTable(
                        decidable, to: reader, caption: "Requests that you can decide", showsState: false,
                        wording)
                }
            }
        }
        section(.class("card"), .labelledBy("own")) {
            h2(.id("own")) { "Your requests (\(own.count))" }
            if own.isEmpty {
                p(.class("hint")) {
                    "You have asked for nothing. The form on "
                    a(.href(.tokens)) { "My tokens" }
                    " asks for approval where a token needs it."
                }
            } else {
                requestTable(own, to: reader, caption: "Your requests", showsState: true, wording)
                if own.count == RequestDesk.listLimit {
                    p(.class("hint")) { "The newest \(RequestDesk.listLimit)." }
                }
            }
        }
        if !decided.isEmpty {
            section(.class("card"), .labelledBy("decided")) {
                h2(.id("decided")) { "Lately decided by you" }
                requestTable(
                    decided, to: reader, caption: "Requests that you decided", showsState: true, wording)
            }
        }
    }
}

/// A list of requests, with their state, or for those that the reader can decide with who asked and why.
private func requestTable(
    _ requests: [ShownRequest], to reader: SubjectID, caption text: String, showsState: Bool,
    _ wording: Wording
) -> HTML {
    let columns = [
        "Token", showsState ? "State" : "Asked by", "Asked", showsState ? "Until" : "Answer until",
    ]
    return table(.class("cards"), .role("table")) {
        caption(.class("unseen")) { text }
        thead { tr(.role("row")) { for name in columns { columnHeader(name) } } }
        tbody {
            for shown in requests {
                tr(.role("row")) {
                    cell(columns[0]) {
                        a(.href(.request(shown.request.id))) { shown.request.requestedToken.name.text }
                        span(.class("where")) { reachWords(of: shown.request.requestedToken.scopes, wording) }
                        if showsState, shown.requester.id != reader {
                            span(.class("where")) { "asked by \(shown.requester.login)" }
                        }
                    }
                    cell(columns[1]) {
                        if showsState {
                            requestTag(shown)
                        } else {
                            shown.requester.login.text
                            span(.class("where")) { shown.request.reason }
                        }
                    }
                    cell(columns[2]) { moment(shown.request.createdAt) }
                    cell(columns[3]) { until(shown) }
                }
            }
        }
    }
}

/// Until when something can be done with a request.
@HTMLBuilder
private func until(_ shown: ShownRequest) -> HTML {
    switch shown.state {
    case .open: moment(shown.request.answerableUntil, .day)
    case .approved: if let end = shown.request.approvedUntil { moment(end, .minute) }
    default: "–"
    }
}

private func reachWords(of scopes: Scopes, _ wording: Wording) -> String {
    switch scopes {
    case .everyService: "Every service"
    case .only: scopes.list.map { wording.titles.words(for: $0) }.joined(separator: ", ")
    }
}

/// The state of a request as a label.
func requestTag(_ shown: ShownRequest) -> HTML {
    switch shown.state {
    case .open: span(.class("tag pause")) { "waiting" }
    case .approved: span(.class("tag")) { "approved" }
    case .denied: span(.class("tag bad")) { "denied" }
    case .withdrawn: span(.class("tag")) { "withdrawn" }
    case .expired: span(.class("tag bad")) { "expired" }
    case .used: span(.class("tag")) { shown.request.handOver == nil ? "created" : "handed over" }
    }
}
