import Desk
import Ledger
import Tokens

/// The administrators' report of passwords that are used instead of tokens.
struct PasswordsPage: Page {
    let report: PasswordReport
    var filter = PasswordFilter()
    let wording: Wording

    /// The most rows on the page.
    static let most = 100

    var title: String { "Passwords" }
    var navigationItem: NavigationItem? { .passwords }

    var content: HTML {
        pageHead(
            "Passwords", "Who still uses a password instead of a token, so that you can choose an end date.")
        section(.class("card"), .labelledBy("services")) {
            h2(.id("services")) { "Services" }
            services
        }
        section(.class("card"), .labelledBy("list")) {
            h2(.id("list")) { "Passwords used in \(filter.span.words)" }
            filterForm
            if report.uses.isEmpty {
                p(.class("empty")) { "Nobody used a password\(atService) in \(filter.span.words)." }
            } else {
                list
                if report.uses.count > Self.most {
                    p(.class("hint")) {
                        "These are the first \(Self.most) of \(report.uses.count.grouped) rows. The file has all."
                    }
                }
                p(.class("actions")) {
                    a(.class("button"), .href(DeskPath.passwordsCSV.with(filter.items))) { "Download as CSV" }
                }
            }
        }
    }

    private var atService: String { filter.service.map { " at \(wording.titles[$0])" } ?? "" }

    @HTMLBuilder
    private var services: HTML {
        if report.services.isEmpty {
            p(.class("empty")) { "No service accepts passwords." }
        } else {
            table(.class("cards"), .role("table")) {
                caption(.class("unseen")) { "Services and their passwords" }
                thead {
                    tr(.role("row")) {
                        for name in ["Service", "Passwords", "People who used one"] { columnHeader(name) }
                    }
                }
                tbody {
                    for place in report.services {
                        tr(.role("row")) {
                            cell("Service") { strong { wording.titles[place.name] } }
                            cell("Passwords") { passwordWords(place.policy, wording.now) }
                            cell("People who used one") { String(place.people) }
                        }
                    }
                }
            }
        }
    }

    private var filterForm: HTML {
        HTML(
            "form", [.method("get"), .action(.passwords), .class("search")],
            div(.class("together filter")) {
                label(.class("unseen"), .for("service")) { "Service" }
                select(.id("service"), .name("service")) {
                    option(.value("")) { "At every service" }
                    for place in report.services where !place.name.isEmpty {
                        option(.value(place.name), place.name == filter.service ? .selected : nil) {
                            "At \(wording.titles[place.name])"
                        }
                    }
                }
                label(.class("unseen"), .for("since")) { "Time" }
                select(.id("since"), .name("since")) {
                    for span in PasswordFilter.Span.allCases {
                        option(.value(span.rawValue), span == filter.span ? .selected : nil) {
                            "In \(span.words)"
                        }
                    }
                }
                button(.type("submit")) { "Show" }
            })
    }

    private var list: HTML {
        table(.class("cards"), .role("table")) {
            caption(.class("unseen")) { "Uses of passwords" }
            thead {
                tr(.role("row")) {
                    for name in ["Person", "Service", "Client", "From", "Uses", "Last used"] {
                        columnHeader(name)
                    }
                }
            }
            tbody {
                for listed in report.uses.prefix(Self.most) {
                    tr(.role("row")) {
                        cell("Person") {
                            strong { listed.owner.login.text }
                            span(.class("where")) { listed.owner.name }
                        }
                        cell("Service") { wording.titles[listed.use.service] }
                        cell("Client") { listed.use.client.isEmpty ? "various clients" : listed.use.client }
                        cell("From") {
                            listed.use.address.isEmpty ? "various addresses" : listed.use.address
                        }
                        cell("Uses") { String(listed.use.count) }
                        cell("Last used") { moment(listed.use.lastAt) }
                    }
                }
            }
        }
    }
}

/// Whether a service accepts passwords, and until when.
@HTMLBuilder
func passwordWords(_ policy: PasswordPolicy?, _ now: Timestamp) -> HTML {
    switch policy {
    case .transition(let until?) where now < until:
        "accepted until "
        moment(until, .day)
        span(.class("where")) { timeLeft(until: until, from: now) }
    case .transition(let until?):
        "refused since "
        moment(until, .day)
    case .transition(nil): "accepted, with no end date"
    case .refused, nil: "refused"
    }
}

/// The uses that the report lists.
struct PasswordFilter: Sendable, Hashable {
    /// The service's name; `nil` for every service.
    var service: String?
    var span = Span.month

    /// How far back the list goes; uses are kept for 90 days.
    enum Span: String, CaseIterable {
        case week = "7d"
        case month = "30d"
        case quarter = "90d"

        var words: String {
            switch self {
            case .week: "the last 7 days"
            case .month: "the last 30 days"
            case .quarter: "the last 90 days"
            }
        }

        var time: TimeSpan { TimeSpan(text: rawValue) ?? PasswordReport.defaultSpan }
    }

    var items: [(name: String, value: String?)] { [("service", service), ("since", span.rawValue)] }
}
