import Desk
import Ledger
import Tokens

/// The step before many tokens are changed at once: what will stop working, and what to do with them.
struct BulkPage: Page {
    let preview: BulkPreview
    /// How many secrets of a list belong to no token that works.
    var unknownSecrets = 0
    /// What was typed, where it has faults.
    var draft = BulkDraft()
    var faults: [FormFault] = []
    /// The list from which the administrator came.
    var view: TokenFilter?
    let wording: Wording
    let proof: FormProof

    private var count: Int { preview.selection.tokens.count }
    private var tokens: String { count.tokenWords }
    private var recently: String { BulkPreview.usedWithin.longWords }

    var title: String { count == 0 ? "Selected tokens" : "Pause or revoke \(tokens)" }
    var navigationItem: NavigationItem? { .allTokens }

    var content: HTML {
        p(.class("back")) { a(.href(DeskPath.allTokens.with(view ?? TokenFilter()))) { "All tokens" } }
        section(.class("card"), .labelledBy("title")) {
            h1(.id("title")) { title }
            p(.class("lead")) {
                "Exactly these are changed, as they were selected at "
                moment(preview.selection.at, .second)
                ". What matches the same filter since then is not."
            }
            if unknownSecrets > 0 {
                p(.class("notice overlap")) {
                    unknownSecrets == 1
                        ? "1 secret of the list belongs to no token that works."
                        : "\(unknownSecrets.grouped) secrets of the list belong to no token that works."
                }
            }
            faultSummary(faults)
            if count > 0 { stopping }
        }
        postForm(to: path, proof: proof) {
            if !preview.spared.isEmpty { spared }
            section(.class("card"), .label("What to do with them")) { acts }
        }
    }

    private var path: DeskPath {
        let path = DeskPath.selection(preview.selection.id)
        return view.map { path.with([(TokenPaths.viewMark, "1")]).with($0) } ?? path
    }

    // MARK: What will stop working

    @HTMLBuilder
    private var stopping: HTML {
        h2 { "What will stop working" }
        p {
            "They belong to \(preview.summary.ownerWords). "
            preview.summary.used == 0
                ? "None of the tokens was used in the last \(recently)."
                : "\(preview.summary.used.grouped) of the tokens \(preview.summary.used == 1 ? "was" : "were") used in the "
                    + "last \(recently):"
        }
        if !preview.summary.services.isEmpty {
            ul {
                for service in preview.summary.services {
                    li { "\(wording.titles[service.name]): \(service.tokens.tokenWords)" }
                }
            }
        }
        bulkTable(preview.tokens, caption: "The selected tokens, last used first", wording)
        if count > preview.tokens.count {
            p(.class("hint")) { "The \(preview.tokens.count) that were used last, of \(count.grouped)." }
        }
    }

    private var spared: HTML {
        section(.class("card"), .labelledBy("spared-title")) {
            h2(.id("spared-title")) { "Left out, unless you tick them" }
            p(.class("hint")) {
                "These provision people, oversee the desk, or are your own. While a token that provisions people is "
                "refused, those who leave are not shut out."
            }
            bulkTable(
                preview.spared, caption: "Tokens that are left out", field: BulkDraft.alsoField, wording,
                isChosen: { draft.also.contains($0.id) })
            if preview.selection.spared.count > preview.spared.count {
                p(.class("hint")) {
                    "\((preview.selection.spared.count - preview.spared.count).grouped) more are left out."
                }
            }
        }
    }

    // MARK: What to do

    @HTMLBuilder
    private var acts: HTML {
        fieldset(.class("field")) {
            legend { "What to do with them" }
            choice(.pause, "Pause them", "Each request with one of them is refused until then.") {
                div(.class("line")) {
                    label(.for("for")) { "Until" }
                    select(.id("for"), .name("for")) {
                        for span in BulkPauseSpan.allCases {
                            option(.value(span.rawValue), draft.span == span ? .selected : nil) { span.words }
                        }
                    }
                }
            }
            choice(
                .incident, "Open an incident",
                "Pause them under one number, and release or revoke them in parts later."
            ) {
                field(
                    "title", label: "What happened", hint: "The title, such as “Laptop of alice lost”.",
                    faults: faults, .type("text"), .value(draft.title), .maxLength(Incident.longestTitle))
            }
            radioChoice(
                "act", BulkDraft.Act.notify.rawValue, "Notify their owners",
                "Each owner, or the stewards of a service account, gets a notice with your reason. The tokens work on.",
                isChosen: draft.act == .notify)
            choice(.revoke, "Revoke them for good", "This cannot be undone.") {
                faultText(faults.about("confirm"), id: "confirm")
                label(.class("choice"), .for("confirm")) {
                    input(.type("checkbox"), .id("confirm"), .name("confirm"), .value("on"))
                    span { "I have seen what will stop working." }
                }
            }
        }
        field(
            "reason", label: "Reason",
            hint: "It stands in the events, and in the notices to owners. Only a notice must have one.",
            faults: faults,
            .type("text"), .value(draft.reason.isEmpty ? suggestedReason : draft.reason),
            .maxLength(BulkDesk.longestReason))
        p(.class("actions")) {
            button(.type("submit"), .class("primary")) { "Apply to \(tokens)" }
            a(.class("button quiet"), .href(DeskPath.allTokens.with(view ?? TokenFilter()))) { "Cancel" }
        }
    }

    /// What the list that the tokens were selected in has found.
    private var suggestedReason: String {
        view?[.finding].flatMap { TokenFinding(rawValue: $0) }?.title ?? ""
    }

    @HTMLBuilder
    private func choice(
        _ act: BulkDraft.Act, _ title: String, _ hint: String, @HTMLBuilder more: () -> HTML
    ) -> HTML {
        radioChoice("act", act.rawValue, title, hint, isChosen: draft.act == act)
        div(.class("under \(act.rawValue)"), content: more)
    }
}

/// What was typed on the page before many tokens are changed.
struct BulkDraft: Sendable, Hashable {
    enum Act: String, Sendable {
        case pause, incident, notify, revoke
    }

    /// The field with the identifiers of those that are changed although they are left out otherwise.
    static let alsoField = "also"

    var act = Act.pause
    var span = BulkPauseSpan.open
    var title = ""
    var reason = ""
    var also: [TokenID] = []
}

/// How long many tokens are paused.
enum BulkPauseSpan: String, Sendable, CaseIterable {
    case open
    case hour = "1h"
    case day = "1d"
    case week = "7d"
    case month = "30d"

    /// `nil` until somebody resumes them.
    var span: TimeSpan? {
        switch self {
        case .open: nil
        case .hour: .hours(1)
        case .day: .days(1)
        case .week: .days(7)
        case .month: .days(30)
        }
    }

    var words: String {
        switch self {
        case .open: "somebody resumes them"
        case .hour: "an hour has passed"
        case .day: "a day has passed"
        case .week: "7 days have passed"
        case .month: "30 days have passed"
        }
    }
}

/// A short table of tokens of several owners; with a box for each where there is a `field`.
func bulkTable(
    _ tokens: [ListedToken], caption text: String, field: String? = nil, _ wording: Wording,
    isChosen: (Token) -> Bool = { _ in false }
) -> HTML {
    table(.class("cards fixed"), .role("table")) {
        caption(.class("unseen")) { text }
        thead {
            tr(.role("row")) {
                if field != nil {
                    th(.scope("col"), .role("columnheader"), .class("w-select")) {
                        span(.class("unseen")) { "Select" }
                    }
                }
                for name in ["Token", "Owner", "Access", "Last used"] { columnHeader(name) }
            }
        }
        tbody {
            for listed in tokens {
                tr(.role("row")) {
                    if let field {
                        cell("Select") {
                            input(
                                .type("checkbox"), .name(field), .value(listed.token.id.text),
                                isChosen(listed.token) ? .checked : nil,
                                .label("Select \(listed.token.name) of \(listed.owner.login)"))
                        }
                    }
                    cell("Token") {
                        strong { a(.href(.anyToken(listed.token.id))) { listed.token.name.text } }
                        " "
                        stateTags(of: listed.token, isDormant: false, at: wording.now)
                    }
                    cell("Owner") { a(.href(.subject(listed.owner))) { listed.owner.login.text } }
                    cell("Access") { shortLimitList(of: listed.token, wording.titles) }
                    cell("Last used") { lastUse(of: listed, wording) }
                }
            }
        }
    }
}

@HTMLBuilder
private func lastUse(of listed: ListedToken, _ wording: Wording) -> HTML {
    if let use = listed.lastUse {
        moment(use.lastAt)
        span(.class("where")) { whereabouts(of: use, wording.titles) }
    } else {
        span(.class("never")) { "Never used" }
    }
}

extension Int {
    /// "1 token", "41 tokens".
    var tokenWords: String { self == 1 ? "1 token" : "\(grouped) tokens" }
}

extension BulkSummary {
    /// "12 people and 1 service account".
    fileprivate var ownerWords: String {
        let words = [
            (people, people == 1 ? "1 person" : "\(people.grouped) people"),
            (accounts, accounts == 1 ? "1 service account" : "\(accounts.grouped) service accounts"),
        ]
        return words.filter { $0.0 > 0 }.map(\.1).joined(separator: " and ")
    }
}
