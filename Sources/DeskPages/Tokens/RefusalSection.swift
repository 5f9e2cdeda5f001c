import Tokens

/// Who is refused while a token is paused. `desk.js` fetches the section again every few seconds; without a script, a
/// link does.
struct RefusalSection: Sendable, Hashable {
    /// Those because of the pause, each service, address and client once; the latest first.
    let refusals: [PlaceUses]
    /// When the pause began.
    let since: Timestamp
    /// The page that it is on.
    let page: DeskPath

    func html(_ wording: Wording) -> HTML {
        section(.class("card"), .id("refusals"), .labelledBy("refusals-title"), .data("refresh")) {
            h2(.id("refusals-title")) { "Refused while it is paused" }
            if refusals.isEmpty {
                p(.class("hint")) {
                    "Nothing has tried to use it since it was paused at "
                    moment(since, .minute)
                    "."
                }
            } else {
                list(wording)
            }
            p(.class("actions")) { a(.class("button small"), .href(page)) { "Refresh" } }
        }
    }

    private func list(_ wording: Wording) -> HTML {
        table(.class("cards"), .role("table")) {
            caption(.class("unseen")) { "Refused requests" }
            thead {
                tr(.role("row")) {
                    for name in ["Service", "From", "Client", "Refused", "Last"] { columnHeader(name) }
                }
            }
            tbody {
                for one in refusals {
                    tr(.role("row")) {
                        cell("Service") { strong { wording.titles[one.service] } }
                        cell("From") { one.address.isEmpty ? "various addresses" : one.address }
                        cell("Client") { one.client.isEmpty ? "various clients" : one.client }
                        cell("Refused") { one.count == 1 ? "once" : "\(one.count) times" }
                        cell("Last") { moment(one.lastAt) }
                    }
                }
            }
        }
    }
}
