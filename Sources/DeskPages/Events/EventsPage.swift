import Desk
import HTTPServer
import Ledger
import Tokens

/// The event log for administrators, newest first.
struct EventsPage: Page {
    /// An event with the logins of its actor and its subject.
    struct Line: Sendable, Hashable {
        let event: Event
        let actor: String?
        let subject: String?
        /// Whether the reader may see the address of whoever did it.
        var showsAddress = true
        /// The service account that it is about, if it is about one.
        var account: SubjectID?
    }

    let lines: [Line]
    /// The cursor of the next page.
    var next: EventID?

    var title: String { "Events" }
    var navigationItem: NavigationItem? { .events }

    var content: HTML {
        pageHead(
            "Events",
            "Who did what, when and from where. Events are kept permanently and never contain secrets.")
        section(.class("card"), .labelledBy("list")) {
            h2(.id("list"), .class("unseen")) { "Newest first" }
            eventTable(lines, caption: "Events", linksTokens: true)
            if let next {
                p(.class("actions")) {
                    a(.class("button"), .href(DeskPath.events.with([("before", next.text)]))) {
                        "Older events"
                    }
                }
            }
        }
    }
}

extension Event {
    /// Whether it came from a request, not from the command line.
    fileprivate var isFromElsewhere: Bool {
        kind == .signInRefused || kind == .secretReused || !address.isEmpty
    }
}

extension EventsPage.Line {
    var who: String {
        switch event.kind {
        case .providerDegraded: "the identity provider"
        case .groupsLeftOut, .accountUnattended, .accountAttended, .rotationDue: "Jeton"
        case .secretEnded where event.isAutomaticEnd: "Jeton"
        default: actor ?? (event.isFromElsewhere ? "someone" : "command line")
        }
    }

    /// The address; empty for events without a request.
    var from: String {
        guard showsAddress else { return "" }
        return switch event.kind {
        case .providerDegraded, .groupsLeftOut, .accountUnattended, .accountAttended, .rotationDue: ""
        case .secretEnded where event.isAutomaticEnd: ""
        case .secretReused: event.address
        default: event.address.isEmpty ? "this machine" : event.address
        }
    }

    /// What happened. Names the subject if it is not the actor.
    var words: String {
        let whose = subject.flatMap { $0 == actor ? nil : $0 }
        let object = whose.map { " \($0)" } ?? ""
        let owner = whose.map { " of \($0)" } ?? ""
        return switch event.kind {
        case .accountChanged: "changed the service account\(object)"
        case .accountUnattended: "found\(object) without an active steward"
        case .accountAttended: "found\(object) with a steward again"
        case .subjectAdded: "added\(object.isEmpty ? " their own account" : object)"
        case .subjectChanged: "changed the account\(owner)"
        case .subjectPromoted: "made\(object.isEmpty ? " themselves" : object) an administrator"
        case .subjectDemoted: "removed the administrator role\(whose.map { " from \($0)" } ?? "")"
        case .subjectGroupsChanged: "changed the groups\(owner)"
        case .subjectSuspended: "suspended\(object)"
        case .subjectResumed: "resumed\(object)"
        case .subjectDeactivated: "deactivated\(object)"
        case .subjectReactivated: "reactivated\(object)"
        case .subjectNotProvisioned: "has an account that SCIM did not provision"
        case .subjectJoined: "linked a sign-in to the account\(owner)"
        case .subjectEnded: "closed the account\(owner)"
        case .identityReleased: "released the identity\(owner)"
        case .groupAdded: "created a group"
        case .groupChanged: "changed a group"
        case .groupRemoved: "deleted a group"
        case .provisioningRefused: "was not allowed to provision\(object.isEmpty ? " an account" : object)"
        case .subjectInvited:
            subject == nil
                ? "created a link for the first administrator"
                : "created a link to set a password\(whose.map { " for \($0)" } ?? "")"
        case .passwordSet: "set \(owner.isEmpty ? "their password" : "the password\(owner)")"
        case .signedIn: "signed in"
        case .signInRefused: "sign-in refused\(whose.map { " for \($0)" } ?? "")"
        case .providerDegraded: "sent incomplete data; sign-ins continue without it"
        case .signedOut: whose.map { "signed \($0) out of a browser" } ?? "signed out"
        case .signedOutEverywhere: whose.map { "signed \($0) out everywhere" } ?? "signed out everywhere"
        case .tokenCreated: "created a token\(whose.map { " for \($0)" } ?? "")"
        case .tokenRegenerated: "rotated a token\(owner), which got another identifier"
        case .tokenRotated: "rotated a token\(owner)"
        case .tokenChanged: "changed a token\(owner)"
        case .tokenPaused: "paused a token\(owner)"
        case .tokenResumed: "resumed a token\(owner)"
        case .tokenRevoked: "revoked a token\(owner)"
        case .tokenRequested: "asked for a token\(whose.map { " for \($0)" } ?? "")"
        case .requestApproved: "approved a request\(owner)"
        case .requestDenied: "denied a request\(owner)"
        case .requestWithdrawn: "withdrew a request\(whose.map { " for \($0)" } ?? "")"
        case .tokenHandedOver: "handed over a token\(owner)"
        case .rotationDue: "found a token\(owner) that has to be rotated"
        case .secretEnded: "ended the previous secret of a token\(owner)"
        case .secretReused: "a secret that had ended was used\(whose.map { ", of a token of \($0)" } ?? "")"
        case .groupsLeftOut: "did not send all groups\(owner) to a service"
        case .signInPolicyChanged: "changed how often people must sign in to keep their tokens active"
        case .tokenPolicyChanged: "changed the rules about tokens"
        }
    }
}

extension DeskPages {
    func addEventRoutes(to router: inout Router) {
        router.on("GET", "/admin/events") { request in try await answerAdministrator(request, eventsPage) }
    }

    private func eventsPage(_ visit: PersonVisit) async throws -> Response {
        let before = visit.request.queryItems["before"].flatMap(EventID.init)
        let (events, next) = try await parts.oversight.events(before: before, limit: Self.pageLength)
        let lines = try await lines(of: events)
        return visit.answer(EventsPage(lines: lines, next: next))
    }

    /// The events with the logins of those who are named in them.
    func lines(of events: [Event]) async throws -> [EventsPage.Line] {
        let logins = try await parts.people.logins(
            of: events.flatMap { [$0.actor, $0.subject].compactMap(\.self) })
        let accounts = Set(try await parts.serviceAccounts.knownAccounts().map(\.id))
        return events.map { event in
            EventsPage.Line(
                event: event, actor: event.actor.flatMap { logins[$0] },
                subject: event.subject.flatMap { logins[$0] },
                account: event.subject.flatMap { accounts.contains($0) ? $0 : nil })
        }
    }
}
