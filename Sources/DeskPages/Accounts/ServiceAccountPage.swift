import Desk
import Ledger
import Tokens

/// One service account, for administrators: who it is, who its stewards are now, and the form that edits it.
struct ServiceAccountPage: Page {
    let account: Subject
    /// The people who may manage its tokens now.
    let stewards: [Subject]
    /// The people who are named as stewards, also those who are not active.
    let named: [Subject]
    let tokens: [ListedToken]
    /// Signs that a person uses its tokens.
    var humanUses: [HumanUse] = []
    /// The logins of the people in ``humanUses``.
    var humans: [SubjectID: String] = [:]
    let form: AccountForm
    /// Its newest tokens of all states.
    var newest = OwnerTokens()
    var events: [EventsPage.Line] = []
    /// The cursor of the next page of events.
    var next: EventID?
    /// Whether an older page of events is shown.
    var isOlder = false
    let grace: TimeSpan
    let wording: Wording

    var title: String { account.login.text }
    var navigationItem: NavigationItem? { .serviceAccounts }

    private var lastUse: Use? {
        tokens.compactMap(\.lastUse).max { $0.lastAt < $1.lastAt }
    }

    var content: HTML {
        p(.class("back")) { a(.href(.serviceAccounts)) { "Service accounts" } }
        section(.class("card"), .labelledBy("account-title")) {
            head
            if let review = account.account?.reviewOn, review <= wording.now {
                div(.class("notice overlap")) {
                    p {
                        "It was to be reviewed on \(review.dayWords). If it is still needed, set another date below; "
                        "if it is not, remove it."
                    }
                }
            }
            p { account.account?.purpose ?? "" }
            accountLimits(of: account, wording)
            facts
        }
        humanUseNotice(humanUses, humans, wording)
        stewardCard
        newest.card(of: account, wording)
        section(.class("card"), .id("edit"), .labelledBy("edit-title")) {
            h2(.id("edit-title")) { "Edit" }
            form.html
        }
        eventCard
    }

    private var head: HTML {
        div(.class("token-head")) {
            div(.class("titled")) {
                h1(.id("account-title")) { account.login.text }
                p(.class("tags")) { accountTags(of: account, grace: grace, at: wording.now) }
            }
            div(.class("actions")) {
                if account.suspendedAt != nil {
                    postForm(to: .resumeAccount(account.id), proof: form.proof) {
                        button(.type("submit")) { "Resume" }
                    }
                } else {
                    a(.class("button danger"), .href(.suspendAccount(account.id))) { "Suspend" }
                }
                a(.class("button danger"), .href(.removeAccount(account.id))) { "Remove" }
            }
        }
    }

    private var facts: HTML {
        dl(.class("facts")) {
            div(.class("fact-use")) {
                dt { "Last used" }
                dd {
                    if let lastUse {
                        moment(lastUse.lastAt)
                        span(.class("where")) { whereabouts(of: lastUse, wording.titles) }
                    } else {
                        span(.class("never")) { "Never" }
                    }
                }
            }
            div {
                dt { "Tokens in use" }
                dd {
                    a(.href(.allTokens(of: account))) {
                        tokens.count == 1 ? "1 token" : "\(tokens.count) tokens"
                    }
                    span(.class("where")) { a(.href(.trust(of: account.id))) { "Trust rules for CI jobs" } }
                }
            }
            div {
                dt { "Review" }
                dd { reviewWords(of: account, at: wording.now) }
            }
        }
    }

    private var stewardCard: HTML {
        section(.class("card"), .labelledBy("stewards-title")) {
            h2(.id("stewards-title")) { "Its stewards now" }
            if stewards.isEmpty {
                p(.class("hint")) {
                    "Nobody who is active: name people, or a group that has members, in the form below."
                }
            }
            let others = named.filter { person in !stewards.contains { $0.id == person.id } }
            if !stewards.isEmpty || !others.isEmpty {
                ul(.class("plain")) {
                    for person in stewards { steward(person, because: reasons(for: person)) }
                    for person in others { steward(person, because: "named, and not active") }
                }
            }
        }
    }

    private func steward(_ person: Subject, because reason: String) -> HTML {
        li {
            a(.href(.person(person.id))) { strong { person.login.text } }
            if person.endedAt != nil {
                span(.class("tag bad")) { "removed" }
            } else if person.isSuspended {
                span(.class("tag bad")) { person.suspendedAt == nil ? "deactivated" : "suspended" }
            }
            span(.class("where")) { "\(person.name), \(reason)" }
        }
    }

    private func reasons(for person: Subject) -> String {
        let groups = (account.account?.owners ?? []).filter { person.groups.containsExactly($0) }
        let isNamed = account.account?.stewards.contains(person.id) ?? false
        let byGroup = groups.isEmpty ? nil : "in \(groups.joined(separator: ", "))"
        return [isNamed ? "named" : nil, byGroup].compactMap(\.self).joined(separator: " and ")
    }

    @HTMLBuilder
    private var eventCard: HTML {
        if !events.isEmpty {
            section(.class("card"), .id("events"), .labelledBy("events-title")) {
                h2(.id("events-title")) { isOlder ? "Older events" : "Its events" }
                eventTable(events, caption: "Events about this account and its tokens", linksTokens: true)
                if let next {
                    p(.class("actions")) {
                        a(
                            .class("button"),
                            .href(DeskPath.serviceAccount(account.id).with([("before", next.text)]))
                        ) { "Older events" }
                    }
                }
            }
        }
    }
}
