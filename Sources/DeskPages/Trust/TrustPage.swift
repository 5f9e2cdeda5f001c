import Desk
import Ledger
import Tokens

/// The trust rules of a service account, or of a person: by them, jobs get tokens for the identity that their CI system
/// gives them.
struct TrustPage: Page {
    let owner: Subject
    /// Whether an administrator looks at it who is no steward.
    let isAdministrators: Bool
    let rules: [TrustRule]
    /// The logins of the people who added them.
    var authors: [SubjectID: String] = [:]
    let jobs: [JobList]
    let form: TrustForm
    var test: TrustTestResult?
    let proof: FormProof
    let wording: Wording

    var title: String { "Trust rules of \(owner.login)" }
    var navigationItem: NavigationItem? {
        owner.isPerson ? .tokens : isAdministrators ? .serviceAccounts : .stewardship
    }

    var content: HTML {
        p(.class("back")) { back }
        pageHead(
            title,
            "A job of a CI system can prove who it is. A rule says which jobs get a token for that, for what, and how "
                + "long it works. Nothing has to be stored at the CI system.")
        section(.class("card"), .labelledBy("rules")) {
            h2(.id("rules")) { rules.count == 1 ? "1 rule" : "\(rules.count) rules" }
            if rules.isEmpty { p(.class("hint")) { "No job gets a token yet." } } else { list }
        }
        for list in jobs { list.html(self) }
        if form.issuers.isEmpty {
            p(.class("hint")) {
                "The operator of this desk names no issuer of identities (federation), so no rule can be added."
            }
        } else {
            foldedForm("New rule", isOpen: !form.faults.isEmpty || rules.isEmpty) {
                form.html(to: .trust(of: owner.id), proof)
            }
            testCard
        }
        p(.class("hint")) { a(.href(.guide("ci"))) { "How a job gets its token" } }
    }

    private var back: HTML {
        if owner.isPerson { return a(.href(.tokens)) { "My tokens" } }
        return a(.href(isAdministrators ? .serviceAccount(owner.id) : .stewarded(owner.id))) { owner.name }
    }

    private var list: HTML {
        table(.class("cards"), .role("table")) {
            caption(.class("unseen")) { "Trust rules" }
            thead {
                tr(.role("row")) {
                    for name in ["Rule", "Identity", "Tokens", "Added", "Actions"] { columnHeader(name) }
                }
            }
            tbody { for rule in rules { row(rule) } }
        }
    }

    private func row(_ rule: TrustRule) -> HTML {
        tr(.role("row"), .id("rule-\(rule.id)")) {
            cell("Rule") {
                strong { rule.name.text }
                span(.class("where")) { code { rule.id.text } }
            }
            cell("Identity") {
                issuerWords(rule)
                ul(.class("plain")) {
                    for match in rule.claims {
                        li {
                            code { match.claim }
                            match.isPattern ? " like " : " = "
                            code(.translateNo) { match.value }
                        }
                    }
                }
            }
            cell("Tokens") {
                limitList(of: rule.scopes, [], wording.titles)
                span(.class("where")) {
                    "for \(rule.lifetime.words)"
                    if let end = rule.expiresAt {
                        ", until "
                        moment(end, .exact)
                    }
                }
            }
            cell("Added") {
                moment(rule.createdAt, .day)
                span(.class("where")) {
                    "by \(rule.createdBy.map { authors[$0] ?? "somebody" } ?? "the operator")"
                }
            }
            cell("Actions") {
                postForm(to: .removeTrust(rule.id, of: owner.id), proof: proof) {
                    button(.type("submit"), .class("small danger"), .label("Remove \(rule.name)")) {
                        "Remove"
                    }
                }
            }
        }
    }

    @HTMLBuilder
    private func issuerWords(_ rule: TrustRule) -> HTML {
        if let issuer = form.issuers.first(where: { $0.address.isExactly(rule.issuer) }) {
            "\(issuer.name): \(issuer.kind.title)"
        } else {
            span(.class("tag bad")) { "issuer not configured" }
        }
        span(.class("where")) { rule.issuer }
    }

    private var testCard: HTML {
        section(.class("card"), .labelledBy("test-title")) {
            h2(.id("test-title")) { "Try an identity" }
            if let test { test.html }
            postForm(to: .testTrust(of: owner.id), proof: proof) {
                label(.for("identity")) { "The identity of a job, a signed JWT" }
                p(.class("hint"), .id("identity-hint")) {
                    "It is verified and compared with the rules, claim by claim. It gives no token and is kept nowhere."
                }
                HTML(
                    "textarea",
                    [
                        .id("identity"), .name("identity"), .rows(4), .required, .autocomplete("off"),
                        .noCapitals, .noSpellcheck, describedBy("identity", hint: true, wrong: false),
                    ], HTML(text: ""))
                p(.class("actions")) { button(.type("submit")) { "Try it" } }
            }
        }
    }
}

/// What a try of an identity has shown.
enum TrustTestResult: Sendable, Hashable {
    case refused(String)
    case judged(TrustTest)

    @HTMLBuilder
    var html: HTML {
        switch self {
        case .refused(let sentence): faultNotice(sentence)
        case .judged(let test):
            div(.class(test.match == nil ? "notice bad" : "notice good"), .id("result"), .role("status")) {
                p {
                    strong { test.match.map { "“\($0.name)” gives it a token." } ?? "No rule matches." }
                    " The identity is valid: \(test.identity.subject.oneLine), issued by \(test.identity.issuerName)."
                }
                ul {
                    for (rule, reasons) in test.rules where !reasons.isEmpty {
                        li {
                            "“\(rule.name)” does not match: \(reasons.map(\.sentence).joined(separator: "; "))."
                        }
                    }
                }
            }
        }
    }
}
