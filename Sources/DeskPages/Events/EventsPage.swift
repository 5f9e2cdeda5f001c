import Desk
import HTTPServer
import Ledger
import Tokens

/// The event log for administrators, newest first, with a search and filters in its address.
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
    var filter = EventFilter()
    var faults: [FormFault] = []
    /// The cursor of the next page.
    var next: EventID?
    /// Whether the page begins at a cursor.
    var isOlder = false
    /// Since when events, and the addresses in them, are kept.
    var retention = EventRetention()

    /// The most lines of a page.
    static let length = 50

    var title: String { "Events" }
    var navigationItem: NavigationItem? { .events }

    var content: HTML {
        pageHead("Events", lead)
        faultSummary(faults)
        section(.class("card"), .labelledBy("list")) {
            h2(.id("list"), .class("unseen")) { "Newest first" }
            EventFilterForm(filter: filter, faults: faults).html
            if lines.isEmpty {
                p(.class("empty")) { emptyWords }
            } else {
                eventTable(lines, caption: "Events", linksTokens: true)
            }
            p(.class("actions")) {
                if let next {
                    a(
                        .class("button"),
                        .href(DeskPath.events.with(filter.items + [("before", next.text)]))
                    ) { lines.count < Self.length ? "Search further back" : "Older events" }
                }
                if isOlder {
                    a(.class("button quiet"), .href(DeskPath.events.with(filter.items))) { "Newest events" }
                }
            }
            if faults.isEmpty, !lines.isEmpty { downloads }
        }
    }

    private var lead: String {
        let kept =
            retention.keep.map { "Events are kept for \($0.longWords)" } ?? "Events are kept permanently"
        return "Who did what, when and from where. \(kept) and never contain secrets. Times are in UTC."
    }

    private var emptyWords: String {
        if !faults.isEmpty { return "Nothing is listed until the filters are fixed." }
        if next != nil {
            return "Nothing that matches among the newest \(EventQuery.mostRead) events looked at."
        }
        if isOlder { return "There are no older events." }
        return filter.isEmpty ? "There are no events yet." : "No events match."
    }

    private var downloads: HTML {
        details(.class("more")) {
            summary { "Download" }
            HTML(
                "form", [.method("get"), .action(.eventsCSV), .class("download")],
                HTML(joining: [
                    p(.class("hint")) {
                        "A file has at most \(EventDownload.most) of the events that match, the newest first. "
                            + "If it has that many, download the next file with the identifier in its last row."
                    },
                    HTML(
                        joining: filter.items.compactMap { item in
                            item.value.map { input(.type("hidden"), .name(item.name), .value($0)) }
                        }),
                    field(
                        "before", label: "Older than event", hint: "Optional: its identifier.", .type("text"),
                        .maxLength(13), .noSpellcheck, .noCapitals),
                    p(.class("actions")) {
                        button(.type("submit"), .name("format"), .value("csv")) { "CSV" }
                        button(.type("submit"), .name("format"), .value("jsonl")) { "JSON lines" }
                    },
                ]))
        }
    }
}

extension Event.Kind {
    /// Whether Jeton found it by itself.
    fileprivate var isJudgedByTime: Bool {
        switch self {
        case .tokenExpiring, .tokenExpiredInUse, .tokenNewNetwork, .refusalBurst, .previousSecretUsed,
            .passwordNearEnd, .exportLagging, .ledgerTroubled, .endpointDisabled:
            true
        default: false
        }
    }
}

extension Event {
    /// Whether it came from a request, not from the command line.
    fileprivate var isFromElsewhere: Bool {
        kind == .signInRefused || kind == .tradeRefused || kind == .secretReused || kind == .decoyTried
            || !address.isEmpty
    }
}

extension EventsPage.Line {
    var who: String {
        switch event.kind {
        case .providerDegraded, .signalReceived: "the identity provider"
        case .tokenMisused: "the gate"
        case _ where event.isBySignal: "the identity provider"
        case .groupsLeftOut, .accountUnattended, .accountAttended, .rotationDue: "Jeton"
        case _ where event.kind.isJudgedByTime: "Jeton"
        case .secretEnded where event.isAutomaticEnd: "Jeton"
        default: actor ?? (event.isFromElsewhere ? "someone" : "command line")
        }
    }

    /// The address; empty for events without a request.
    var from: String {
        guard showsAddress else { return "" }
        return switch event.kind {
        case .providerDegraded, .groupsLeftOut, .accountUnattended, .accountAttended, .rotationDue: ""
        case _ where event.kind.isJudgedByTime: event.address
        case .secretEnded where event.isAutomaticEnd: ""
        case .secretReused, .tokenMisused, .signalReceived, .decoyTried, .leakReported: event.address
        case _ where event.isBySignal: event.address
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
        case .tokenExpiring: "found a token\(owner) that expires soon"
        case .tokenExpiredInUse: "found a token\(owner) that expired while it was used"
        case .tokenNewNetwork: "saw a token\(owner) used from a network never seen before"
        case .refusalBurst: "saw a token\(owner) refused again and again"
        case .ownerNotified: "sent a notice about a token\(whose.map { " to \($0)" } ?? "")"
        case .previousSecretUsed: "found a previous secret\(owner) still used a day before its end"
        case .newBrowser: "signed in with a browser never seen before"
        case .passwordNearEnd: "found a password\(owner) still used near its end"
        case .exportLagging: "found an export of events late"
        case .ledgerTroubled: "had trouble with the ledger"
        case .endpointDisabled: "disabled a webhook that wants nothing any more"
        case .leakReported: "reported a leaked secret\(whose.map { " of a token of \($0)" } ?? "")"
        case .decoyCreated: "created a decoy\(whose.map { " for \($0)" } ?? "")"
        case .decoyTried: "tried a decoy\(owner)"
        case .decoyRevoked: "revoked a decoy\(owner)"
        case .signalReceived: "sent a signal\(whose.map { " about \($0)" } ?? "")"
        case .tokenMisused: "saw a token\(owner) used in an unsafe way"
        case .trustRuleAdded: "added a trust rule\(whose.map { " for \($0)" } ?? "")"
        case .trustRuleRemoved: "removed a trust rule\(owner)"
        case .tradeRefused: "asked for a token with an identity, which was refused"
        case .authorizationDenied: "did not let a program have a token"
        case .incidentOpened: "opened an incident"
        case .incidentClosed: "closed an incident"
        case .signInPolicyChanged: "changed how often people must sign in to keep their tokens active"
        case .tokenPolicyChanged: "changed the rules about tokens"
        }
    }
}
