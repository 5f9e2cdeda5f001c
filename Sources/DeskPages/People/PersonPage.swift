import Desk
import Ledger
import Tokens

/// A person, for administrators: their state, groups, role, browsers, tokens and events, and what can be done about them.
struct PersonPage: Page {
    let person: Subject
    /// The groups by their origin: typed here or claimed at sign-in, or provisioned.
    let groups: GroupsByWay
    /// What was typed for the groups, if it has faults.
    var typedGroups: String?
    var faults: [FormFault] = []
    /// Why the groups cannot be changed here; `nil` if they can.
    var groupsRefusal: String?
    /// Why the role cannot be changed here; `nil` if it can.
    var roleRefusal: String?
    /// Whether the desk says what they are called.
    var mayRename = true
    var ways = SignInWays()
    /// The browsers in which they are signed in, latest seen first.
    var sessions: [Session] = []
    var tokens = OwnerTokens()
    /// The service accounts that they are a steward of.
    var stewarded: [Subject] = []
    /// The newest events about them.
    var events: [EventsPage.Line] = []
    var policy: SignInPolicy?
    /// Whether an identity provider signs people in.
    var hasProvider = false
    /// Whether the person is the reader.
    var isSelf = false
    /// How long after a removal who it was is kept; `nil` for good.
    var eraseAfter: TimeSpan?
    /// A new link to set a password, shown once.
    var invitation: PeoplePage.InvitationLink?
    /// The tokens that tools still used, where the person has left.
    var leftInUse: LeftInUseSection?
    let wording: Wording
    let proof: FormProof

    var title: String { person.login.text }
    var navigationItem: NavigationItem? { .people }

    private var isDormant: Bool { person.isDormant(policy, at: wording.now) }

    private var isErased: Bool { person.login.text.isExactly(Subject.removedLogin(person.id)) }

    /// When who the removed person was is erased; `nil` for never.
    private var erasedFrom: Timestamp? {
        guard let end = person.endedAt, let eraseAfter else { return nil }
        return end + eraseAfter
    }

    var content: HTML {
        p(.class("back")) { a(.href(.people)) { "People" } }
        if let invitation { linkToSend(invitation) }
        section(.class("card"), .labelledBy("person-title")) {
            div(.class("token-head")) {
                div(.class("titled")) {
                    h1(.id("person-title")) { person.name }
                    p(.class("tags")) {
                        personTags(person, isDormant: isDormant)
                        if isSelf { span(.class("tag")) { "you" } }
                    }
                }
                if person.endedAt == nil { actions }
            }
            if let end = person.endedAt {
                p {
                    "Removed on "
                    moment(end, .minute)
                    ". "
                    if isErased {
                        "Who it was is erased; what happened stays, under this identifier."
                    } else if let erasedFrom {
                        "Login and name are kept until "
                        moment(erasedFrom, .day)
                        ", and then erased."
                    } else {
                        "Login and name are kept for good."
                    }
                }
            }
            facts
        }
        if person.endedAt == nil {
            div(.class("columns")) {
                groupsCard
                roleCard
            }
            sessionCard
            if let leftInUse { leftInUse.html(wording) }
        }
        tokens.card(of: person, wording)
        if !stewarded.isEmpty { stewardCard }
        subjectEventCard(events, about: person)
    }

    // MARK: Acts

    private var actions: HTML {
        div(.class("actions")) {
            if mayRename { a(.class("button"), .href(.editPerson(person.id))) { "Edit" } }
            if !isSelf, !hasProvider || person.isBreakGlass {
                postForm(to: .invite(person.id), proof: proof) {
                    button(.type("submit"), .label("Reset the password of \(person.login)")) {
                        ways.hasPassword ? "Reset password…" : "Invite again…"
                    }
                }
            }
            if !isSelf, hasProvider, !ways.identities.isEmpty {
                a(
                    .class("button"), .href(.releaseIdentity(person.id)),
                    .label("Release the identity of \(person.login)")
                ) { "Release identity" }
            }
            if person.suspendedAt != nil {
                postForm(to: .resume(person.id), proof: proof) {
                    button(.type("submit"), .label("Resume \(person.login)")) { "Resume" }
                }
            } else if !isSelf {
                a(.class("button danger"), .href(.suspend(person.id)), .label("Suspend \(person.login)")) {
                    "Suspend"
                }
            }
            if !isSelf {
                a(
                    .class("button danger"), .href(.removePerson(person.id)),
                    .label("Remove \(person.login)")
                ) { "Remove" }
            }
        }
    }

    // MARK: Facts

    private var facts: HTML {
        dl(.class("facts")) {
            if !isErased {
                div {
                    dt { "Last sign-in" }
                    dd { lastSignIn }
                }
                fact("Login", person.login.text)
            }
            if person.endedAt == nil {
                fact("E-mail", person.email ?? "None")
                div {
                    dt { "Signs in" }
                    dd { signsIn }
                }
                div {
                    dt { "Here" }
                    dd { stateHere }
                }
                div {
                    dt { "At the identity provider" }
                    dd { stateThere }
                }
            }
            div {
                dt { "Added" }
                dd { moment(person.createdAt, .day) }
            }
            div {
                dt { "Identifier" }
                dd { code(.class("identifier"), .translateNo) { person.id.text } }
            }
        }
    }

    private func fact(_ name: String, _ value: String) -> HTML {
        div {
            dt { name }
            dd { value }
        }
    }

    @HTMLBuilder
    private var lastSignIn: HTML {
        if let last = ways.last {
            moment(last.at)
            if !last.address.isEmpty { span(.class("where")) { "from \(last.address)" } }
        } else {
            span(.class("never")) { "Never" }
        }
    }

    @HTMLBuilder
    private var signsIn: HTML {
        let through = ways.identities.map(\.issuer)
        if !through.isEmpty { "Through \(through.joined(separator: ", "))" }
        if ways.hasPassword { through.isEmpty ? "With a password" : ", and with a password" }
        if through.isEmpty, !ways.hasPassword {
            hasProvider && !person.isBreakGlass
                ? "Not yet: their first sign-in links an identity"
                : "Not yet: they have no password, so send them a link"
        }
    }

    @HTMLBuilder
    private var stateHere: HTML {
        if let since = person.suspendedAt {
            "Suspended since "
            moment(since, .day)
        } else if let dormancy = person.dormancy(policy, at: wording.now) {
            isDormant ? "Dormant since " : "Active; dormant without a sign-in until "
            moment(dormancy, .day)
        } else {
            "Active"
        }
    }

    @HTMLBuilder
    private var stateThere: HTML {
        if let since = person.deactivatedAt {
            "Deactivated since "
            moment(since, .day)
        } else if ways.isProvisioned {
            "Provisioned, active"
        } else if ways.identities.isEmpty {
            "No account is known"
        } else {
            "Not provisioned"
        }
        if let released = ways.releasedAt {
            span(.class("where")) {
                "Identity released on "
                moment(released, .day)
            }
        }
    }
}

/// A link for somebody to set a password, shown once.
func linkToSend(_ invitation: PeoplePage.InvitationLink) -> HTML {
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
