import Desk
import HTTPServer
import Ledger
import Tokens

/// The administrators’ home: how much there is, how much it is used, and what asks for an act.
struct OverviewPage: Page {
    let counts: InventoryCounts
    /// The uses of all tokens by day and service.
    let uses: [UseDay]
    let wording: Wording

    /// How many days of uses it shows.
    static let period = UsePlot.Period.month

    var title: String { "Overview" }
    var navigationItem: NavigationItem? { .overview }

    var content: HTML {
        pageHead("Overview", "Who holds what, how much it is used, and what asks for an act.")
        numbers
        section(.class("card"), .id("findings"), .labelledBy("findings-title")) {
            h2(.id("findings-title")) { asking == 0 ? "Nothing asks for an act" : "What asks for an act" }
            if asking > 0 {
                ul(.class("findings")) {
                    for finding in found { item(finding) }
                    if counts.passwords > 0 { passwords }
                }
            }
            if !others.isEmpty {
                p(.class("hint")) {
                    "Looked for and not found: "
                    others.joined(separator: " · ")
                }
            }
            p(.class("hint")) {
                "Counted at "
                moment(counts.at, .minute)
                ", and anew every minute. NHI1 to NHI10 are the risks of OWASP’s Non-Human Identities Top 10 (2025)."
            }
        }
        section(.class("card"), .labelledBy("uses-title")) {
            h2(.id("uses-title")) { "Uses a day" }
            UsePlot(days: uses, period: Self.period, wording: wording).html
        }
    }

    private var found: [TokenFinding] { TokenFinding.allCases.filter { counts.findings[$0, default: 0] > 0 } }

    /// What was looked for and is true of nothing.
    private var others: [String] {
        let findings = TokenFinding.allCases.filter { !found.contains($0) }.map(\.title)
        return counts.passwords == 0 ? findings + ["Still a password"] : findings
    }

    private var asking: Int { counts.findings.values.reduce(counts.passwords, +) }

    // MARK: Numbers

    private var numbers: HTML {
        dl(.class("figures")) {
            figure("People", counts.people, .people)
            figure("Service accounts", counts.accounts, .serviceAccounts)
            figure("Tokens that work or are paused", counts.working, .allTokens)
        }
    }

    private func figure(_ name: String, _ count: Int, _ path: DeskPath) -> HTML {
        div(.class("card")) {
            dt { name }
            dd { a(.href(path)) { count.grouped } }
        }
    }

    // MARK: Findings

    private func item(_ finding: TokenFinding) -> HTML {
        item(
            finding.title, counts.findings[finding] ?? 0,
            at: DeskPath.allTokens.with(TokenFilter().with(.finding, finding.rawValue)),
            advice: finding.advice, risk: finding.risk)
    }

    private var passwords: HTML {
        item(
            "Still a password", counts.passwords, at: .passwords,
            advice:
                "These people used a password instead of a token in the last 30 days: tell them, and set an end date.",
            risk: "NHI4")
    }

    private func item(
        _ title: String, _ count: Int, at path: DeskPath, advice: String, risk: String?
    ) -> HTML {
        li {
            span(.class("figure")) { count.grouped }
            div {
                h3 {
                    a(.href(path)) { title }
                    if let risk { span(.class("tag")) { risk } }
                }
                p(.class("hint")) { advice }
            }
        }
    }
}

extension DeskPages {
    func addOverviewRoutes(to router: inout Router) {
        router.on("GET", "/admin") { request in
            try await answerAdministrator(request) { visit in
                let since = visit.now - .days(Int64(OverviewPage.period.rawValue))
                return visit.answer(
                    OverviewPage(
                        counts: try await parts.inventory.counts(),
                        uses: try await parts.inventory.uses(since: since), wording: wording(at: visit.now)))
            }
        }
    }
}
