import Desk
import HTTPServer
import Ledger
import Tokens

/// What became of notices by mail and by webhook, for administrators.
struct DeliveriesPage: Page {
    struct Line: Sendable, Hashable {
        let delivery: Delivery
        /// To whom it goes.
        let recipient: String?
    }

    let figures: DeliveryFigures
    let lines: [Line]
    let disabled: [DisabledEndpoint]
    /// The state that is listed; `nil` for all.
    let state: Delivery.State?
    var next: NoticeID?
    var isOlder = false
    let proof: FormProof

    var title: String { "Deliveries of notices" }
    var navigationItem: NavigationItem? { .deliveries }

    var content: HTML {
        pageHead("Deliveries of notices", lead)
        if !disabled.isEmpty { disabledCard }
        section(.class("card"), .labelledBy("list")) {
            div(.class("list-head")) {
                h2(.id("list")) { title(of: state) }
                if figures.failed > 0 {
                    postForm(to: .sendNoticeAgain, proof: proof, .class("actions")) {
                        button(.type("submit"), .class("quiet")) {
                            "Send what failed again (\(figures.failed))"
                        }
                    }
                }
            }
            filter
            if lines.isEmpty {
                p(.class("hint")) { isOlder ? "There are no older ones." : "There are none." }
            } else {
                rows
                if let next {
                    p(.class("pages")) {
                        a(.class("button quiet"), .href(path(state, before: next))) { "Older ones" }
                    }
                }
            }
        }
    }

    private var lead: String {
        let waiting = figures.waiting == 0 ? "Nothing waits" : "\(figures.waiting) wait"
        return "\(waiting), \(figures.failed) failed. What fails is tried for three days."
    }

    private func title(of state: Delivery.State?) -> String {
        switch state {
        case .waiting: "Waiting"
        case .sent: "Sent"
        case .failed: "Failed"
        case nil: "All"
        }
    }

    private func path(_ state: Delivery.State?, before: NoticeID? = nil) -> DeskPath {
        DeskPath.deliveries.with([("state", state?.rawValue), ("before", before?.text)])
    }

    private var filter: HTML {
        ul(.class("periods"), .label("Deliveries by state")) {
            for choice in [nil] + Delivery.State.allCases.map(Optional.some) {
                li { a(.href(path(choice)), choice == state ? .currentItem : nil) { title(of: choice) } }
            }
        }
    }

    private var rows: HTML {
        let columns = ["Notice", "Channel", "State", "When"]
        return deliveryTable(columns) {
            for line in lines {
                let delivery = line.delivery
                tr(.role("row")) {
                    cell(columns[0]) {
                        delivery.notice.content.title
                        if let recipient = line.recipient { span(.class("where")) { "to \(recipient)" } }
                    }
                    cell(columns[1]) { channelWords(delivery.channel) }
                    cell(columns[2]) {
                        delivery.state.rawValue
                        if delivery.attempts > 1 { span(.class("where")) { "\(delivery.attempts) attempts" } }
                        if !delivery.lastError.isEmpty { span(.class("where")) { delivery.lastError } }
                        if delivery.state == .failed, !isDisabled(delivery.channel) { again(delivery.notice) }
                    }
                    cell(columns[3]) { moment(delivery.sentAt ?? delivery.notice.at, .minute) }
                }
            }
        }
    }

    /// A channel as people call it.
    private func channelWords(_ channel: String) -> String {
        let parts = channel.split(separator: "/", maxSplits: 1).map(String.init)
        return switch parts.first {
        case "webhook" where parts.count == 2: "webhook \(parts[1])"
        case "team": "webhook of a service account"
        default: channel
        }
    }

    /// Whether a webhook has to be enabled before anything is sent to it.
    private func isDisabled(_ channel: String) -> Bool { disabled.contains { $0.name == channel } }

    private func again(_ notice: Notice) -> HTML {
        postForm(to: .sendNoticeAgain, proof: proof) {
            input(.type("hidden"), .name("notice"), .value(notice.id.text))
            button(.type("submit"), .class("quiet")) {
                "Send again"
                span(.class("unseen")) { ": \(notice.content.title)" }
            }
        }
    }

    private var disabledCard: HTML {
        section(.class("card"), .labelledBy("disabled")) {
            h2(.id("disabled")) { "Disabled webhooks" }
            p(.class("hint")) {
                "They answered that they want nothing any more, and get nothing until they are enabled."
            }
            ul(.class("plain")) {
                for endpoint in disabled {
                    li {
                        strong { channelWords(endpoint.name) }
                        span(.class("where")) {
                            "\(endpoint.reason), "
                            moment(endpoint.at, .minute)
                        }
                        postForm(to: .enableEndpoint, proof: proof) {
                            input(.type("hidden"), .name("name"), .value(endpoint.name))
                            button(.type("submit"), .class("quiet")) {
                                "Enable again"
                                span(.class("unseen")) { ": \(endpoint.name)" }
                            }
                        }
                    }
                }
            }
        }
    }
}

private func deliveryTable(_ columns: [String], @HTMLBuilder rows: () -> HTML) -> HTML {
    table(.class("cards"), .role("table")) {
        caption(.class("unseen")) { "Deliveries, the newest first" }
        thead { tr(.role("row")) { for name in columns { columnHeader(name) } } }
        tbody(content: rows)
    }
}

extension DeskPages {
    func addDeliveryRoutes(to router: inout Router) {
        router.on("GET", "/admin/notices") { request in
            try await answerAdministrator(request, deliveriesPage)
        }
        router.on("POST", "/admin/notices/send-again", limits: .shortForm) { request in
            try await answerAdministrator(request) { visit in
                let notice = visit.form["notice"].flatMap { NoticeID($0) }
                if visit.form["notice"] != nil, notice == nil { return .onTo(.deliveries) }
                let count = try await parts.noticeDesk.sendAgain(notice, by: visit.requester)
                return visit.onTo(.deliveries, saying: .sentAgain(count))
            }
        }
        router.on("POST", "/admin/notices/enable", limits: .shortForm) { request in
            try await answerAdministrator(request) { visit in
                let name = visit.form["name"] ?? ""
                let isChanged = try await parts.noticeDesk.enable(endpoint: name, by: visit.requester)
                return visit.onTo(.deliveries, saying: .enabled(isChanged))
            }
        }
    }

    private func deliveriesPage(_ visit: PersonVisit) async throws -> Response {
        let items = visit.request.queryItems
        let state = items["state"].flatMap(Delivery.State.init)
        let before = items["before"].flatMap { NoticeID($0) }
        let desk = parts.noticeDesk
        let found = try await desk.deliveries(in: state, before: before, by: visit.requester)
        let recipients = try await desk.recipients(of: found.deliveries)
        let lines = found.deliveries.map { delivery in
            DeliveriesPage.Line(
                delivery: delivery,
                recipient: delivery.notice.recipient.flatMap { recipients[$0]?.login.text })
        }
        return visit.answer(
            DeliveriesPage(
                figures: try await desk.figures(by: visit.requester), lines: lines,
                disabled: try await desk.disabledEndpoints(by: visit.requester), state: state,
                next: found.next, isOlder: before != nil, proof: visit.proof))
    }
}

extension Done {
    fileprivate static func sentAgain(_ count: Int) -> Done {
        Done(
            count == 0
                ? "Nothing has failed there." : count == 1 ? "It is sent again." : "\(count) are sent again.")
    }

    fileprivate static func enabled(_ isChanged: Bool) -> Done {
        Done(isChanged ? "Enabled. It gets notices from now on." : "It was enabled already.")
    }
}
