import Tokens

/// The people who can create tokens here, for administrators.
struct PeoplePage: Page {
    let people: [Subject]
    /// People whose logins fold to the same text as another's.
    var sharing: [Subject] = []
    var search: String?
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
            searchForm(at: .people, label: "Find by login, name or e-mail", value: search)
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

    private func linkToSend(_ invitation: InvitationLink) -> HTML {
        section(.class("secret"), .labelledBy("invitation"), .data("once")) {
            h2(.id("invitation")) { "Send this link to \(invitation.name)" }
            p(.class("together")) {
                code(.class("secret-text"), .data("copy", "the link"), .translateNo) { invitation.link }
            }
            p(.class("hint")) {
                "It works once, within 72 hours, and is shown only now. Whoever opens it first sets the password."
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
            p(.class("empty")) { "No people match “\(search ?? "")”." }
        } else {
            table(.class("cards"), .role("table")) {
                caption(.class("unseen")) { "People" }
                thead {
                    tr(.role("row")) {
                        for name in columns { columnHeader(name) }
                    }
                }
                tbody { for person in people where person.endedAt == nil { row(person) } }
            }
            ended
        }
    }

    /// Closed accounts; they stay listed for the events that name them.
    @HTMLBuilder
    private var ended: HTML {
        let past = people.filter { $0.endedAt != nil }
        if !past.isEmpty {
            details(.class("past")) {
                summary { h2 { past.count == 1 ? "1 closed account" : "\(past.count) closed accounts" } }
                ul(.class("plain")) {
                    for person in past {
                        li {
                            strong { person.login.text }
                            span(.class("where")) {
                                "\(person.name), closed "
                                if let end = person.endedAt { moment(end, .day) }
                            }
                        }
                    }
                }
            }
        }
    }

    private var columns: [String] {
        ["Login", "Name", "E-mail", "Since"] + (hasProvider ? ["Last sign-in"] : []) + ["Actions"]
    }

    private func row(_ person: Subject) -> HTML {
        tr(.role("row"), person.isSuspended ? .class("off") : nil) {
            cell("Login") {
                a(.href(.person(person.id))) { strong { person.login.text } }
                if person.isAdministrator { span(.class("tag")) { "administrator" } }
                if person.isBreakGlass { span(.class("tag")) { "break-glass" } }
                if person.suspendedAt != nil { span(.class("tag bad")) { "suspended" } }
                if person.deactivatedAt != nil { span(.class("tag bad")) { "deactivated by the provider" } }
                if unprovisioned.contains(person.id) { span(.class("tag bad")) { "not provisioned" } }
                if person.isDormant(policy, at: now) { span(.class("tag bad")) { "tokens dormant" } }
            }
            cell("Name") {
                person.name
                if !person.groups.isEmpty {
                    span(.class("where")) { "in \(person.groups.joined(separator: ", "))" }
                }
            }
            cell("E-mail") { person.email ?? "" }
            cell("Since") { moment(person.createdAt, .day) }
            if hasProvider {
                cell("Last sign-in") {
                    if let last = person.lastSignInAt { moment(last, .day) } else { "Never" }
                }
            }
            cell("Actions") { span(.class("row-actions")) { actions(for: person) } }
        }
    }

    @HTMLBuilder
    private func actions(for person: Subject) -> HTML {
        a(
            .class("button small quiet"), .href(DeskPath.allTokens.with([("owner", person.login.text)])),
            .label("Tokens of \(person.login)")
        ) { "Tokens" }
        if person.suspendedAt != nil {
            postForm(to: .resume(person.id), proof: proof) {
                button(.type("submit"), .class("small"), .label("Resume \(person.login)")) { "Resume" }
            }
        } else if person.id == reader {
            span(.class("hint")) { "you" }
        } else {
            if !hasProvider || person.isBreakGlass {
                postForm(to: .invite(person.id), proof: proof) {
                    button(
                        .type("submit"), .class("small quiet"),
                        .label("Reset the password of \(person.login)")
                    ) {
                        "Reset password…"
                    }
                }
            }
            if hasProvider, !person.isBreakGlass, person.lastSignInAt != nil {
                a(
                    .class("button small quiet"), .href(.releaseIdentity(person.id)),
                    .label("Release the identity of \(person.login)")
                ) { "Release identity" }
            }
            a(.class("button small danger"), .href(.suspend(person.id)), .label("Suspend \(person.login)")) {
                "Suspend"
            }
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
