import Desk
import Ledger
import Tokens

/// The inventory: all tokens of everybody, for administrators, as a filter and an order select them.
struct AllTokensPage: Page {
    let filter: TokenFilter
    var tokens: [ListedToken] = []
    /// How many match on all pages.
    var total = InventoryTotal(0)
    /// The cursor of the next page.
    var next: TokenCursor?
    /// The order of the list.
    var order = TokenOrder.newest
    /// Whether every token on the page is chosen.
    var choosesAll = false
    /// What is wrong with the filter, so that nothing is listed.
    var faults: [FormFault] = []
    let services: [Service]
    var policy: SignInPolicy?
    let wording: Wording
    let proof: FormProof

    /// The most tokens on a page.
    static let length = 50
    /// The form’s field with the identifiers of those that are chosen.
    static let chosenField = "token"

    var title: String { "All tokens" }
    var navigationItem: NavigationItem? { .allTokens }

    private var finding: TokenFinding? { filter[.finding].flatMap(TokenFinding.init) }

    var content: HTML {
        pageHead(
            "All tokens",
            "Everybody’s tokens. Secrets are never shown; you can pause and revoke any token. "
                + "The address of this page holds the filters, so that you can send what you see."
        )
        p(.class("hint")) { a(.href(.allDecoys)) { "Decoys that people left" } }
        if let finding { findingNotice(finding) }
        section(.class("card inventory"), .labelledBy("list")) {
            h2(.id("list"), .class("unseen")) { "Tokens" }
            faultSummary(faults)
            TokenFilterForm(filter: filter, faults: faults, services: services).html
            TokenFilterWords(filter: filter, titles: wording.titles).chips
            if faults.isEmpty {
                if tokens.isEmpty { none } else { list }
            }
        }
    }

    private func findingNotice(_ finding: TokenFinding) -> HTML {
        div(.class("notice overlap finding")) {
            p {
                strong { "\(finding.title). " }
                finding.advice
                if let risk = finding.risk { " (OWASP \(risk))" }
            }
        }
    }

    // MARK: Nothing to list

    private var none: HTML {
        p(.class("empty")) {
            if filter[.after] != nil {
                "There is nothing after this page any more. "
                a(.href(DeskPath.allTokens.with(filter.fromStart))) { "Go to the first page" }
            } else if filter.narrowing.isEmpty {
                "No token works or is paused. "
                a(.href(DeskPath.allTokens.with(filter.with(.state, "all")))) {
                    "Show expired and revoked ones, too"
                }
            } else {
                "No token matches. "
                if filter.states.isEmpty {
                    a(.href(DeskPath.allTokens.with(filter.with(.state, "all")))) {
                        "Look among expired and revoked ones, too"
                    }
                    ", or "
                }
                a(.href(.allTokens)) { filter.states.isEmpty ? "remove all filters" : "Remove all filters" }
            }
            "."
        }
    }

    // MARK: The list

    @HTMLBuilder
    private var list: HTML {
        postForm(to: .bulk, proof: proof, .class("bulk")) {
            for pair in filter.fromStart.pairs {
                input(.type("hidden"), .name(pair.name), .value(pair.value))
            }
            div(.class("list-head")) {
                p(.class("count")) { count }
                actions(isFirst: true)
            }
            tokenTable
            div(.class("list-head")) { actions(isFirst: false) }
        }
        pages
    }

    private var count: String {
        guard total.isExact else { return "More than \(total.number.grouped) tokens" }
        return total.number == 1 ? "1 token" : "\(total.number.grouped) tokens"
    }

    private var matching: String { total.isExact ? "\(total.number.grouped) that match" : "that match" }

    private func actions(isFirst: Bool) -> HTML {
        let place = isFirst ? "" : " (below the list)"
        return div(.class("actions")) {
            if isFirst {
                a(
                    .class("button small quiet"), .data("select", Self.chosenField),
                    .href(
                        DeskPath.allTokens.with(filter).with([("select", choosesAll ? nil : "page")]).at(
                            "list"))
                ) { choosesAll ? "Select none" : "Select all on this page" }
            }
            button(.type("submit"), .class("small"), .label("Pause or revoke the selected tokens\(place)")) {
                "Pause or revoke…"
            }
            if total.number > tokens.count {
                button(
                    .type("submit"), .class("small quiet"), .name("all"), .value("yes"),
                    .label("Pause or revoke all \(matching)\(place)")
                ) { "All \(matching)…" }
            }
        }
    }

    private var pages: HTML {
        div(.class("pages")) {
            if filter[.after] != nil {
                a(.class("button"), .href(DeskPath.allTokens.with(filter.fromStart))) { "First page" }
            }
            if let next {
                a(.class("button"), .href(DeskPath.allTokens.with(filter.with(.after, next.text)))) {
                    "Next \(Self.length)"
                }
            }
            a(.href(DeskPath.allTokensCSV.with(filter.fromStart))) {
                total.number > TokenDownload.most
                    ? "Download the first \(TokenDownload.most.grouped) as CSV" : "Download as CSV"
            }
        }
    }
}
