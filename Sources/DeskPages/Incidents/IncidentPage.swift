import Desk
import Ledger
import Tokens

/// An incident: its tokens, and what can be done with those that it pauses.
struct IncidentPage: Page {
    let report: IncidentReport
    var logins: [SubjectID: String] = [:]
    /// Which of its tokens are listed.
    var state = IncidentTokenState.paused
    var tokens: [ListedToken] = []
    /// The token after which the list goes on.
    var next: TokenID?
    var isLaterPage = false
    /// Whether every token on the page is chosen.
    var choosesAll = false
    var faults: [FormFault] = []
    /// On which nodes the latest change is in force.
    var receipt: ReceiptNotice?
    let wording: Wording
    let proof: FormProof

    private var incident: Incident { report.incident }
    private var paused: Int { report.counts[.paused] ?? 0 }
    private var path: DeskPath { .incident(incident.number) }

    var title: String { "Incident \(incident.number)" }
    var navigationItem: NavigationItem? { .incidents }

    var content: HTML {
        p(.class("back")) { a(.href(.incidents)) { "Incidents" } }
        if let receipt { receipt.html }
        section(.class("card"), .labelledBy("title")) {
            div(.class("token-head")) {
                div(.class("titled")) {
                    h1(.id("title")) { "Incident \(incident.number): \(incident.title)" }
                    p(.class("tags")) { incidentTag(incident) }
                }
                if paused == 0, incident.closedAt == nil { close }
            }
            p {
                "Opened on "
                moment(incident.openedAt, .minute)
                " \(incident.openerWords(logins))"
                if let closed = incident.closedAt {
                    ", closed on "
                    moment(closed, .minute)
                }
                ". "
                a(.href(DeskPath.events.with([("incident", String(incident.number))]))) { "See its events" }
            }
        }
        section(.class("card"), .labelledBy("tokens-title")) {
            h2(.id("tokens-title")) { "Tokens" }
            faultSummary(faults)
            states
            if tokens.isEmpty { empty } else if state == .paused { form } else { list }
            pageLinks(
                first: isLaterPage ? path(of: state) : nil,
                next: next.map { path(of: state).with([("after", $0.text)]) })
        }
    }

    private func path(of state: IncidentTokenState) -> DeskPath {
        path.with([("state", state == .paused ? nil : state.rawValue)])
    }

    private var close: HTML {
        postForm(to: .closeIncident(incident.number), proof: proof) {
            button(.type("submit"), .class("button")) { "Close" }
        }
    }

    private var states: HTML {
        nav(.class("actions"), .label("States of its tokens")) {
            for other in IncidentTokenState.allCases {
                a(
                    .class(other == state ? "button small" : "button small quiet"), .href(path(of: other)),
                    other == state ? .currentPage : nil
                ) { "\((report.counts[other] ?? 0).grouped) \(other.words)" }
            }
        }
    }

    private var empty: HTML {
        p(.class("empty")) {
            switch state {
            case .paused:
                incident.closedAt == nil
                    ? "This incident pauses no token any more: you can close it." : "This incident is closed."
            case .released: "None of its tokens was released."
            case .ended: "None of its tokens was revoked or has expired."
            }
        }
    }

    private var list: HTML { bulkTable(tokens, caption: "Tokens that are \(state.words)", wording) }

    // MARK: Release and revoke

    private var form: HTML {
        postForm(to: .changeIncident(incident.number), proof: proof, .class("bulk")) {
            p(.class("actions")) {
                a(
                    .class("button small quiet"), .data("select", AllTokensPage.chosenField),
                    .href(path.with([("select", choosesAll ? nil : "page")]).at("tokens-title"))
                ) { choosesAll ? "Select none" : "Select all on this page" }
            }
            bulkTable(
                tokens, caption: "Tokens that the incident pauses", field: AllTokensPage.chosenField, wording,
                isChosen: { _ in choosesAll })
            if paused > tokens.count {
                label(.class("choice"), .for("all")) {
                    input(.type("checkbox"), .id("all"), .name("all"), .value("yes"))
                    span { "All \(paused.grouped) that it pauses, also those on other pages" }
                }
            }
            p(.class("actions")) {
                button(.type("submit"), .class("primary"), .name("act"), .value("release")) { "Release" }
                span(.class("hint")) { "They work again, unless something else pauses them." }
            }
            div(.class("field"), .id("revoking")) {
                faultText(faults.about("confirm"), id: "confirm")
                label(.class("choice"), .for("confirm")) {
                    input(.type("checkbox"), .id("confirm"), .name("confirm"), .value("on"))
                    span { "Revoke them for good: this cannot be undone" }
                }
                button(.type("submit"), .class("danger"), .name("act"), .value("revoke")) { "Revoke" }
            }
        }
    }
}
