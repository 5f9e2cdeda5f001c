import Ledger
import Tokens

/// The people who can create tokens here, for administrators.
struct PeoplePage: Page {
    let people: [ListedSubject]
    var filter = ListFilter.people()
    /// The number of people on all pages.
    var total: Int?
    /// The cursor of the next page.
    var next: SubjectCursor?
    /// Whether it is not the first page.
    var isLaterPage = false
    /// People whose logins fold to the same text as another's.
    var sharing: [Subject] = []
    var draft = PersonDraft()
    var faults: [FormFault] = []
    /// A new link to set a password, shown once.
    var invitation: InvitationLink?
    /// Whether an identity provider signs people in; nobody is added or invited here then.
    var hasProvider = false
    /// People who signed in without being provisioned, where SCIM provisions people.
    var unprovisioned: Set<SubjectID> = []
    var policy: SignInPolicy?
    let now: Timestamp
    let reader: SubjectID
    let proof: FormProof

    /// A link for a person to set a password.
    struct InvitationLink: Sendable, Hashable {
        let name: String
        let link: String
    }

    var title: String { "People" }
    var navigationItem: NavigationItem? { .people }

    var content: HTML {
        div(.class("page-top")) {
            pageHead(
                "People", "Who can create tokens here. Suspending a person stops all their tokens at once.")
            if !hasProvider { foldedForm("Add a person", isOpen: !faults.isEmpty) { addForm } }
        }
        if let invitation { linkToSend(invitation) }
        alikeNotice
        section(.class("card"), .labelledBy("list")) {
            h2(.id("list"), .class("unseen")) { "All people" }
            filter.html
            if let total, total > people.count { p(.class("hint")) { "\(total) people" } }
            list
        }
    }

    /// The notice about logins that became equal when an upgrade changed how logins are folded.
    @HTMLBuilder
    private var alikeNotice: HTML {
        if !sharing.isEmpty {
            div(.class("notice"), .role("status")) {
                p {
                    "Since an upgrade, these logins are treated as the same: "
                    strong { sharing.map(\.login.text).joined(separator: " · ") }
                    ". Each works only as spelled here. Rename all but one."
                }
            }
        }
    }

    private var addForm: HTML {
        postForm(to: .people, proof: proof) {
            faultSummary(faults)
            field(
                "login", label: "Login", hint: "Their tools send it together with a token.", faults: faults,
                .type("text"), .value(draft.login), .required, .autocomplete("off"), .noCapitals,
                .noSpellcheck,
                .maxLength(Login.limit))
            field(
                "name", label: "Name", hint: "Optional.", faults: faults, .type("text"),
                .value(draft.name), .autocomplete("off"), .maxLength(100))
            field(
                "email", label: "E-mail", hint: "Optional. Can be used instead of the login.",
                faults: faults,
                .type("email"), .value(draft.email), .autocomplete("off"), .maxLength(254))
            field(
                "groups", label: "Groups",
                hint:
                    "Optional. Some services are for members of certain groups only. Separate several with commas.",
                faults: faults, .type("text"), .value(draft.groups), .autocomplete("off"), .noCapitals,
                .noSpellcheck)
            label(.class("choice"), .for("administrator")) {
                input(
                    .type("checkbox"), .id("administrator"), .name("administrator"), .value("on"),
                    draft.isAdministrator ? .checked : nil)
                span {
                    "Administrator"
                    span(.class("hint")) { "Can add and suspend people, and revoke any token." }
                }
            }
            p(.class("hint")) { "You will get a link to send them, so that they can set their password." }
            button(.type("submit"), .class("primary")) { "Add a person" }
        }
    }

    @HTMLBuilder
    private var list: HTML {
        if people.isEmpty {
            p(.class("empty")) { nobody }
        } else {
            table(.class("cards people"), .role("table")) {
                caption(.class("unseen")) { "People" }
                thead {
                    tr(.role("row")) {
                        columnHeader("Login")
                        columnHeader("Name")
                        columnHeader("Tokens", width: "number")
                        columnHeader("Last sign-in", width: "moment")
                        columnHeader(isRemoved ? "Removed" : "Since", width: "moment")
                    }
                }
                tbody { for person in people { row(person) } }
            }
            pageLinks(
                first: isLaterPage ? filter.page("after", nil) : nil,
                next: next.map { filter.page("after", $0.text) }, words: "More people")
        }
    }

    private var isRemoved: Bool { filter.chosen("state") == SubjectState.removed.rawValue }

    private var nobody: String {
        if let search = filter.search { return "No people match “\(search)”." }
        return filter.isSet ? "There is nobody like that." : "There is nobody yet."
    }

    private func row(_ listed: ListedSubject) -> HTML {
        let person = listed.subject
        return tr(.role("row"), person.isSuspended ? .class("off") : nil) {
            cell("Login") {
                strong { a(.href(.person(person.id))) { person.login.text } }
                personTags(person, isDormant: person.isDormant(policy, at: now))
                if unprovisioned.contains(person.id) { span(.class("tag bad")) { "not provisioned" } }
                if person.id == reader { span(.class("tag")) { "you" } }
            }
            cell("Name") {
                if person.name != person.login.text { person.name }
                if let email = person.email { span(.class("where")) { email } }
                if !person.groups.isEmpty {
                    span(.class("where")) { "in \(person.groups.words(first: 5))" }
                }
            }
            cell("Tokens") { tokens(listed) }
            cell("Last sign-in") {
                if let last = listed.lastSignIn {
                    moment(last.at, .day)
                } else if person.endedAt == nil {
                    never
                }
            }
            cell(isRemoved ? "Removed" : "Since") { moment(person.endedAt ?? person.createdAt, .day) }
        }
    }

    private var never: HTML { span(.class("never")) { "Never" } }

    @HTMLBuilder
    private func tokens(_ listed: ListedSubject) -> HTML {
        if listed.subject.endedAt == nil {
            let words = listed.tokens == 1 ? "1 token" : "\(listed.tokens) tokens"
            a(
                .href(.allTokens(of: listed.subject)),
                .label("\(words) of \(listed.subject.login)")
            ) { String(listed.tokens) }
        }
    }
}

/// What a person is and what keeps their tokens from working, as labels.
@HTMLBuilder
func personTags(_ person: Subject, isDormant: Bool) -> HTML {
    if person.isAdministrator { span(.class("tag")) { "administrator" } }
    if person.isBreakGlass { span(.class("tag")) { "break-glass" } }
    if person.endedAt != nil { span(.class("tag bad")) { "removed" } }
    if person.suspendedAt != nil { span(.class("tag bad")) { "suspended" } }
    if person.deactivatedAt != nil { span(.class("tag bad")) { "deactivated by the provider" } }
    if isDormant { span(.class("tag bad")) { "tokens dormant" } }
}

extension ListFilter {
    /// The form above the list of people.
    static func people(
        search: String? = nil, state: SubjectState? = nil, order: SubjectOrder = .login
    ) -> ListFilter {
        ListFilter(
            path: .people, title: "Find by login, name or e-mail", search: search,
            choices: [
                Choice(
                    "state", "Who", SubjectState.ofPeople.map { ($0.rawValue, $0.title) },
                    chosen: state?.rawValue),
                .order(order),
            ])
    }
}

extension ListFilter.Choice {
    static func order(_ order: SubjectOrder) -> Self {
        Self(
            "order", "Sort by",
            [("login", "Login"), ("name", "Name"), ("last-sign-in", "Last sign-in")],
            chosen: order == .login ? nil : order.rawValue, isOrder: true)
    }
}

extension SubjectState {
    var title: String {
        switch self {
        case .active: "Active"
        case .suspended: "Suspended"
        case .deactivated: "Deactivated by the provider"
        case .dormant: "Tokens dormant"
        case .administrator: "Administrators"
        case .neverSignedIn: "Never signed in"
        case .unattended: "Without a steward"
        case .removed: "Removed"
        }
    }
}

/// The values of the form for a new person, as they were typed.
struct PersonDraft: Sendable, Hashable {
    var login = ""
    var name = ""
    var email = ""
    var groups = ""
    var isAdministrator = false
}
