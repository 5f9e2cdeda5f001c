import Desk
import HTTPServer
import Tokens

/// The administrators' page of the rules about tokens, with how many tokens of whom each of them would end.
struct PolicyPage: Page {
    /// `nil` where there is no rule.
    let count: PolicyCount?
    let now: Timestamp
    /// `nil` where no signals are taken.
    var signals: SignalOverview?
    /// The services that take writes from CI jobs alone.
    var jobServices: [Service] = []

    /// How many people are listed; the others are in the CSV.
    private static let limit = 50

    var title: String { "Policy" }
    var navigationItem: NavigationItem? { .policy }

    var content: HTML {
        pageHead(
            "Policy",
            "The rules about tokens, and how many tokens each of them would end, counted before it ends one.")
        if let count {
            rules(count)
            people(count)
        } else {
            beginning
        }
        if !jobServices.isEmpty { jobsOnly }
        if let signals { SignalCard(overview: signals, now: now).html }
    }

    private var jobsOnly: HTML {
        section(.class("card"), .labelledBy("jobs-only")) {
            h2(.id("jobs-only")) { "Writes from CI jobs alone" }
            p {
                "Only tokens that jobs got for their identities may write there "
                code { "writes.only_from: [ci]" }
                ". Everything else can read."
            }
            ul { for service in jobServices { li { service.title } } }
        }
    }

    /// How to begin, where there are no rules.
    private var beginning: HTML {
        section(.class("card"), .labelledBy("begin")) {
            h2(.id("begin")) { "There are no rules" }
            p(.class("empty")) {
                "People create tokens as they like, with or without an expiry. Rules are part of the configuration."
            }
            p { "To begin, write a rule without a date, and let the server count what it would end:" }
            linesToPaste(
                """
                tokens:
                  max_lifetime: 365d
                """, label: "A rule in the configuration", copy: "the rule")
            linesToPaste(
                "jeton policy check --config jeton.yaml", label: "The command that counts",
                copy: "the command")
            p {
                "Restart the server with it: new tokens obey at once, and this page says whose tokens do not. "
                "Those go on working until the day that you set with "
                code { "enforce_from" }
                "."
            }
        }
    }

    private func rules(_ count: PolicyCount) -> HTML {
        section(.class("card"), .labelledBy("rules")) {
            h2(.id("rules")) { "Rules" }
            p {
                "\(words(count.tokens)) of \(Self.people(count.people)) work or are paused. "
                "All together, the rules would end \(words(count.together))."
            }
            table(.class("cards"), .role("table")) {
                caption(.class("unseen")) { "Rules about tokens" }
                thead {
                    tr(.role("row")) {
                        for name in ["Rule", "For tokens that exist", "Broken now", "Broken on its day"] {
                            columnHeader(name)
                        }
                    }
                }
                tbody { for line in count.lines { row(line) } }
            }
        }
    }

    private func row(_ line: PolicyCount.Line) -> HTML {
        tr(.role("row")) {
            cell("Rule") {
                code { "\(line.key): \(line.value)" }
            }
            cell("For tokens that exist") { enforcement(of: line) }
            cell("Broken now") { line.now.map(words) ?? "" }
            cell("Broken on its day") { line.then.map(words) ?? "" }
        }
    }

    @HTMLBuilder
    private func enforcement(of line: PolicyCount.Line) -> HTML {
        if line.now == nil {
            "ends no token"
        } else if let day = line.enforcedFrom {
            day <= now ? "enforced since " : "enforced from "
            moment(day, .day)
            if day > now { span(.class("where")) { timeLeft(until: day, from: now) } }
        } else {
            "only counted"
        }
    }

    @HTMLBuilder
    private func people(_ count: PolicyCount) -> HTML {
        section(.class("card"), .labelledBy("people")) {
            h2(.id("people")) { "Whose tokens break a rule" }
            if count.together.people.isEmpty {
                p(.class("empty")) { "Nobody’s: every token keeps every rule." }
            } else {
                table(.class("cards"), .role("table")) {
                    caption(.class("unseen")) { "People whose tokens break a rule" }
                    thead {
                        tr(.role("row")) {
                            for name in ["Person", "Tokens", "Rules"] { columnHeader(name) }
                        }
                    }
                    tbody { for share in count.together.people.prefix(Self.limit) { row(share) } }
                }
                if count.together.people.count > Self.limit {
                    p(.class("hint")) {
                        "And \(count.together.people.count - Self.limit) more: the CSV has all."
                    }
                }
                p(.class("actions")) {
                    a(.class("button"), .href(.policyCSV)) { "Download as CSV" }
                }
            }
        }
    }

    private func row(_ share: PolicyCount.Share) -> HTML {
        tr(.role("row")) {
            cell("Person") {
                a(.href(.person(share.owner))) { share.login }
                span(.class("where")) { share.name }
            }
            cell("Tokens") { String(share.tokens) }
            cell("Rules") { share.keys.joined(separator: ", ") }
        }
    }

    private func words(_ tally: PolicyCount.Tally) -> String {
        tally.tokens == 0 ? "none" : "\(words(tally.tokens)) of \(Self.people(tally.people.count))"
    }

    private func words(_ tokens: Int) -> String { tokens == 1 ? "1 token" : "\(tokens) tokens" }

    private static func people(_ count: Int) -> String { count == 1 ? "1 person" : "\(count) people" }
}

extension DeskPages {
    func addPolicyRoutes(to router: inout Router) {
        router.on("GET", "/admin/policy") { request in
            try await answerAdministrator(request) { visit in
                let isEmpty = try await parts.tokens.tokenPolicy().isEmpty
                let count = isEmpty ? nil : try await parts.tokens.count()
                return visit.answer(
                    PolicyPage(
                        count: count, now: visit.now, signals: try await parts.oversight.signals(),
                        jobServices: parts.tokens.services.filter(\.takesWritesFromJobsOnly)))
            }
        }
        router.on("GET", "/admin/policy.csv") { request in
            try await answerAdministrator(request) { _ in
                Response(
                    status: 200, .csv, try await parts.tokens.count().csv,
                    headers: ["Content-Disposition": #"attachment; filename="policy.csv""#])
            }
        }
    }
}
