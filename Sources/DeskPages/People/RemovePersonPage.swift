import Ledger
import Tokens

/// The confirmation before a person is removed for good: what ends, what is kept, and until when.
struct RemovePersonPage: Page {
    let person: Subject
    let tokens: OwnerTokens
    /// The number of browsers in which they are signed in.
    let sessions: Int
    /// The service accounts that they are a steward of.
    let stewarded: [Subject]
    /// Those of them that have no other steward.
    let unattended: [Subject]
    /// Whether they sign in through an identity provider, which would let them in again.
    let hasIdentity: Bool
    /// How long who they were is kept; `nil` for good.
    var eraseAfter: TimeSpan?
    /// What was typed in place of the login.
    var faults: [FormFault] = []
    /// Why it is not possible; `nil` if it is.
    var refusal: String?
    let wording: Wording
    let proof: FormProof

    var title: String { "Remove \(person.login)" }
    var navigationItem: NavigationItem? { .people }

    var content: HTML {
        section(.class("card medium"), .labelledBy("title")) {
            h1(.id("title")) { "Remove \(person.name)?" }
            if let refusal {
                div(.class("notice bad"), .role("alert")) { p { refusal } }
                p(.class("actions")) {
                    a(.class("button primary"), .href(.person(person.id))) { "Back to \(person.login)" }
                }
            } else {
                p(.class("lead")) { "Their account ends for good. This cannot be undone." }
                consequences
                confirmation
                if person.suspendedAt == nil {
                    h2 { "Or do less" }
                    p { "Suspend them, see what is missed, and then decide. That can be undone." }
                    p(.class("actions")) { a(.class("button"), .href(.suspend(person.id))) { "Suspend" } }
                }
            }
        }
    }

    @HTMLBuilder
    private var consequences: HTML {
        h2 { "What ends at once" }
        ul {
            li {
                switch tokens.workingCount {
                case 0: "No token: they have none in use."
                case 1: "1 token is revoked everywhere."
                default: "\(tokens.workingCount) tokens are revoked everywhere."
                }
            }
            li {
                sessions == 1
                    ? "They are signed out of 1 browser." : "They are signed out of \(sessions) browsers."
            }
            if !stewarded.isEmpty {
                li { "They are no longer a steward of \(stewarded.map(\.login.text).words(first: 5))." }
            }
            if !unattended.isEmpty {
                li {
                    strong { "Nobody is left" }
                    " for \(unattended.map(\.login.text).words(first: 5)): name another steward first, or its tokens pause after the grace."
                }
            }
            li { "The login \(person.login) is free for somebody else." }
        }
        if !tokens.working.isEmpty { tokenNames(tokens.working, of: tokens.workingCount, wording) }
        h2 { "What is erased" }
        ul {
            li {
                "At once: e-mail address, groups, password, identities at the provider, and the uses of their password."
            }
            li { erasedLater }
        }
        h2 { "What is kept" }
        ul {
            li { "Their tokens stay listed as revoked, with their names." }
            li { "Where their tokens were used stays for \(LedgerLimits.daysOfUses) days." }
            li { "Events keep who did what and when, by an identifier that is nobody’s name." }
        }
        if hasIdentity {
            div(.class("notice overlap")) {
                p {
                    "They sign in through the identity provider. As long as it lets them in, they can sign in again and get "
                    "a new, empty account: remove them there first, or suspend them here instead."
                }
            }
        }
    }

    private var erasedLater: String {
        let what =
            "login, name, last sign-in, what events and requests say about them, and from where they acted"
        guard let eraseAfter else { return "Never, as this desk is configured: \(what)." }
        return eraseAfter == .seconds(0)
            ? "Within the hour: \(what)." : "After \(eraseAfter.longWords): \(what)."
    }

    @HTMLBuilder
    private var confirmation: HTML {
        faultSummary(faults)
        postForm(to: .removePerson(person.id), proof: proof) {
            field(
                "login", label: "Type the login to confirm", hint: person.login.text, faults: faults,
                .type("text"), .value(""), .required, .autocomplete("off"), .noCapitals, .noSpellcheck)
            p(.class("actions")) {
                button(.type("submit"), .class("danger solid")) { "Remove for good" }
                a(.class("button quiet"), .href(.person(person.id))) { "Cancel" }
            }
        }
    }
}
