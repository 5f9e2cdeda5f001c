import Desk
import Ledger
import Tokens

/// The incidents, newest first, and how to open another.
struct IncidentsPage: Page {
    let incidents: [IncidentReport]
    /// The logins of those who opened them.
    var logins: [SubjectID: String] = [:]
    /// The number before which older ones go on.
    var next: Int?
    var isLaterPage = false
    let services: [Service]
    let wording: Wording
    let proof: FormProof

    static let length = 25

    var title: String { "Incidents" }
    var navigationItem: NavigationItem? { .incidents }

    var content: HTML {
        pageHead(
            "Incidents",
            "When something leaked or broke: pause every token that is concerned at once, under one number. "
                + "Then release or revoke them in parts.")
        if !isLaterPage {
            div(.class("columns")) {
                bySecrets
                byUse
            }
        }
        section(.class("card"), .labelledBy("list-title")) {
            h2(.id("list-title")) { "All incidents" }
            if incidents.isEmpty { p(.class("hint")) { "There was none so far." } } else { list }
            pageLinks(
                first: isLaterPage ? .incidents : nil,
                next: next.map { DeskPath.incidents.with([("before", String($0))]) }, words: "Older incidents"
            )
        }
    }

    // MARK: Open one

    private var bySecrets: HTML {
        section(.class("card"), .labelledBy("secrets-title")) {
            h2(.id("secrets-title")) { "Secrets leaked" }
            p(.class("hint")) {
                "Paste what leaked: a log, a file, or a list of secrets. The text is not kept."
            }
            postForm(to: .bulk, proof: proof) {
                div(.class("field")) {
                    label(.for("secrets")) { "Text with secrets" }
                    HTML(
                        "textarea",
                        [
                            .id("secrets"), .name("secrets"), .rows(6), .required, .noSpellcheck, .noCapitals,
                            .autocomplete("off"),
                        ], HTML(text: ""))
                }
                p(.class("actions")) {
                    button(.type("submit"), .class("primary")) { "Find their tokens" }
                }
            }
        }
    }

    /// The filters of the inventory that matter most here; the inventory itself has all of them.
    private var byUse: HTML {
        section(.class("card"), .labelledBy("use-title")) {
            h2(.id("use-title")) { "A service, an address or a person is concerned" }
            p(.class("hint")) { "Find the tokens in the list, select them there, and open an incident." }
            HTML(
                "form", [.method("get"), .action(.allTokens)],
                HTML(joining: [
                    div(.class("field")) {
                        label(.for("service")) { "Used at" }
                        select(.id("service"), .name("service")) {
                            option(.value("")) { "Any service" }
                            for service in services {
                                option(.value(service.name.text)) { service.title }
                            }
                        }
                    },
                    text("address", "Used from the address or range"), text("client", "Used with the client"),
                    text("owner", "Owner"), text("used_from", "Used since"),
                    text("created_from", "Created since"),
                    p(.class("actions")) { button(.type("submit"), .class("primary")) { "Find tokens" } },
                ]))
        }
    }

    private func text(_ name: String, _ title: String) -> HTML {
        field(
            name, label: title, hint: TokenFilter.Field(rawValue: name).flatMap(Self.hint), .type("text"),
            .maxLength(300), .noSpellcheck, .noCapitals)
    }

    private static func hint(_ field: TokenFilter.Field) -> String? {
        switch field {
        case .usedFrom, .createdFrom: "A day or a moment in UTC: 2026-07-01, or 2026-07-01T08:30:00Z."
        case .owner: "A login."
        default: nil
        }
    }

    // MARK: The list

    private var list: HTML {
        table(.class("cards"), .role("table")) {
            caption(.class("unseen")) { "Incidents, newest first" }
            thead {
                tr(.role("row")) {
                    for name in ["Incident", "Opened", "Tokens", "State"] { columnHeader(name) }
                }
            }
            tbody {
                for report in incidents {
                    tr(.role("row")) {
                        cell("Incident") {
                            strong {
                                a(.href(.incident(report.incident.number))) {
                                    "\(report.incident.number): \(report.incident.title)"
                                }
                            }
                        }
                        cell("Opened") {
                            moment(report.incident.openedAt, .minute)
                            span(.class("where")) { report.incident.openerWords(logins) }
                        }
                        cell("Tokens") { report.countWords }
                        cell("State") { incidentTag(report.incident) }
                    }
                }
            }
        }
    }
}

func incidentTag(_ incident: Incident) -> HTML {
    span(.class(incident.closedAt == nil ? "tag bad" : "tag")) {
        incident.closedAt == nil ? "open" : "closed"
    }
}

extension Incident {
    /// "by root".
    func openerWords(_ logins: [SubjectID: String]) -> String {
        guard let openedBy else { return "on the server’s command line" }
        return "by \(logins[openedBy] ?? openedBy.text)"
    }
}

extension IncidentReport {
    /// "12 paused, 3 released".
    var countWords: String {
        let words = IncidentTokenState.allCases.compactMap { state in
            counts[state].map { "\($0.grouped) \(state.words)" }
        }
        return words.isEmpty ? "none" : words.joined(separator: ", ")
    }
}

extension IncidentTokenState {
    var words: String {
        switch self {
        case .paused: "paused"
        case .released: "released"
        case .ended: "revoked or expired"
        }
    }
}
