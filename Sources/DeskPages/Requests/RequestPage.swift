import Desk
import Ledger
import Tokens

/// One request: what exactly is asked for, by whom and why, what was said, and what the reader can do.
struct RequestPage: Page {
    let shown: ShownRequest
    /// Who reads it.
    let reader: Subject
    /// The word that was typed, where it has to be shown again.
    var word = ""
    var faults: [FormFault] = []
    /// Why something was not done, such as a decision of somebody else in the meantime.
    var refusal: String?
    let wording: Wording
    let proof: FormProof

    static let wordField = "word"
    static let decisionField = "decision"

    private var request: TokenRequest { shown.request }
    private var token: RequestedToken { request.requestedToken }
    private var isHandOver: Bool { request.handOver != nil }
    private var isOwn: Bool { request.requester == reader.id }

    var title: String { "Request for \(token.name)" }
    var navigationItem: NavigationItem? { .requests }

    var content: HTML {
        p(.class("back")) { a(.href(.requests)) { "Requests" } }
        faultNotice(refusal)
        div(.class("page-head")) {
            div(.class("titled")) {
                h1 { "Request for “\(token.name)”" }
                requestTag(shown)
            }
            p(.class("lead")) { lead }
        }
        if isOwn { actions }
        asked
        // Who decides has read what is asked for.
        if !isOwn { actions }
        answers
    }

    @HTMLBuilder
    private var lead: HTML {
        switch shown.state {
        case .open:
            isOwn
                ? "\(isHandOver ? "Nothing has changed" : "Nothing has been created"). It waits for approval by \(shown.missing.words)."
                : "\(shown.requester.login) \(isHandOver ? "wants to hand this token over to \(shown.owner.login)" : "asks for this token"). It needs approval by \(shown.missing.words)."
        case .approved where shown.missing.isEmpty:
            "\(isOwn ? "You" : shown.requester.login.text) can \(isHandOver ? "hand the token over" : "create the token") until "
            if let end = request.approvedUntil { moment(end, .minute) }
            "."
        case .used:
            "The token was \(isHandOver ? "handed over" : "created") on "
            if let at = request.settledAt { moment(at, .minute) }
            "."
        case .withdrawn:
            isOwn ? "You withdrew it on " : "\(shown.requester.login) withdrew it on "
            if let at = request.settledAt { moment(at, .minute) }
            "."
        case .denied:
            "The token cannot be \(isHandOver ? "handed over" : "created"). A new request can be made."
        case .approved, .expired: shown.whatBecameOfIt
        }
    }

    // MARK: What can be done

    @HTMLBuilder
    private var actions: HTML {
        if isOwn {
            ownActions
        } else if canDecide(false) {
            decision
        } else if shown.state == .open, canBeApproved == .approvedAlready {
            div(.class("notice good")) { p { "You have approved it. Others still have to." } }
        }
    }

    private var canBeApproved: RequestRefusal? {
        request.refusal(toDecide: true, by: reader, under: shown.approvers, at: wording.now)
    }

    private func canDecide(_ isApproval: Bool) -> Bool {
        request.refusal(toDecide: isApproval, by: reader, under: shown.approvers, at: wording.now) == nil
    }

    @HTMLBuilder
    private var ownActions: HTML {
        if shown.state == .approved, shown.missing.isEmpty {
            section(.class("card"), .labelledBy("create")) {
                h2(.id("create")) { isHandOver ? "Hand it over" : "Create it" }
                p {
                    isHandOver
                        ? "The token belongs to \(shown.owner.login) from then on. Its secret stays the same."
                        : "Exactly this token was approved. Its secret is shown once, as always."
                }
                div(.class("actions")) {
                    postForm(to: .createRequested(request.id), proof: proof) {
                        button(.type("submit"), .class("primary")) {
                            isHandOver ? "Hand the token over" : "Create the token"
                        }
                    }
                    withdraw
                }
            }
        } else if [.open, .approved].contains(shown.state) {
            withdraw
        } else if shown.state == .used, !isHandOver, let token = request.token {
            p(.class("actions")) { a(.class("button"), .href(.token(token))) { "Open the token’s page" } }
        }
    }

    private var withdraw: HTML {
        postForm(to: .withdraw(request.id), proof: proof) {
            button(.type("submit"), .class("button")) { "Withdraw the request" }
        }
    }

    private var decision: HTML {
        section(.class("card"), .labelledBy("decide")) {
            h2(.id("decide")) { "Your decision" }
            if shown.requester.isSuspended || shown.owner.isSuspended {
                div(.class("notice overlap")) {
                    p {
                        "\(shown.requester.login) is suspended: this request can be denied, but not approved."
                    }
                }
            }
            if request.decisions.contains(where: { $0.by == reader.id }) {
                p(.class("hint")) { "You have approved it. Until others have, you can still deny it." }
            }
            postForm(to: .decide(request.id), proof: proof) {
                faultSummary(faults)
                field(
                    Self.wordField, label: "A word to \(shown.requester.login)",
                    hint: "They and everybody who can see this request read it. May be empty.",
                    faults: faults, .type("text"), .value(word), .maxLength(Token.descriptionLimit),
                    .autocomplete("off"))
                p(.class("actions")) {
                    if canDecide(true) {
                        button(
                            .type("submit"), .class("primary"), .name(Self.decisionField), .value("approve")
                        ) { "Approve" }
                    }
                    button(.type("submit"), .class("danger"), .name(Self.decisionField), .value("deny")) {
                        "Deny"
                    }
                    if canDecide(true) {
                        span(.class("hint")) {
                            isHandOver
                                ? "Approving moves nothing: it lets \(shown.requester.login) hand the token over."
                                : "Approving creates no token: it lets \(shown.requester.login) do so."
                        }
                    }
                }
            }
        }
    }

    // MARK: What is asked for

    private var asked: HTML {
        section(.class("card"), .labelledBy("asked")) {
            h2(.id("asked")) { "What is asked for" }
            limitList(of: token.scopes, token.addresses, wording.titles)
            dl(.class("facts")) {
                fact("Why") { request.reason }
                fact("Asked by") {
                    isOwn ? "You" : shown.requester.login.text
                    if !isOwn, shown.requester.name != shown.requester.login.text {
                        span(.class("where")) { shown.requester.name }
                    }
                }
                fact("Asked") { moment(request.createdAt, .minute) }
                fact("Name") { token.name.text }
                if !isHandOver { limits }
                if request.owner != request.requester {
                    fact("For") { shown.owner.login.text }
                }
                fact("Identifier of the request") { code(.translateNo) { request.id.text } }
            }
        }
    }

    @HTMLBuilder
    private var limits: HTML {
        fact("Addresses") {
            token.addresses.isEmpty
                ? "Any" : token.addresses.map(\.description).joined(separator: ", ")
        }
        fact("Expires") {
            if let end = token.expiresAt { moment(end, .exact) } else { "Never" }
        }
    }

    private func fact(_ name: String, @HTMLBuilder value: () -> HTML) -> HTML {
        div {
            dt { name }
            dd(content: value)
        }
    }

    private var answers: HTML {
        section(.class("card"), .labelledBy("answers")) {
            h2(.id("answers")) { "Approval" }
            ul(.class("plain")) {
                for approvers in shown.approvers {
                    li {
                        strong {
                            approvers.service.map { "For \(wording.titles[$0.text]): " }
                                ?? "For every token: "
                        }
                        "\(approvers.words) – \(given(approvers))"
                    }
                }
            }
            if request.decisions.isEmpty {
                p(.class("hint")) { "Nobody has answered yet." }
            } else {
                decisions
            }
        }
    }

    private func given(_ approvers: Approvers) -> String {
        guard shown.missing.contains(approvers) else { return "given" }
        return shown.state == .open ? "still missing" : "not given"
    }

    private var decisions: HTML {
        table(.class("cards"), .role("table")) {
            caption(.class("unseen")) { "Answers" }
            thead {
                tr(.role("row")) { for name in ["When", "Who", "Answer", "Word"] { columnHeader(name) } }
            }
            tbody {
                for decision in request.decisions {
                    tr(.role("row")) {
                        cell("When") { moment(decision.at, .minute) }
                        cell("Who") { decision.by == reader.id ? "You" : shown.login(of: decision) }
                        cell("Answer") { decision.isApproval ? "approved" : "denied" }
                        cell("Word") { decision.word.isEmpty ? "–" : decision.word }
                    }
                }
            }
        }
    }
}
