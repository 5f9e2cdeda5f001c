public import Ledger
import Tokens

/// What somebody looks for among events, as it was written: in the address of a page, in a query of the API, or on the
/// command line. ``Oversight/query(_:order:limit:)`` reads it.
public struct EventFilter: Hashable, Sendable {
    /// The kinds, each by its name or that of its family.
    public var kinds: [String] = []
    /// The login or identifier of who did it or whom it is about.
    public var who = ""
    /// The login or identifier of who did it.
    public var actor = ""
    /// The login or identifier of whom it is about.
    public var subject = ""
    /// The identifier of a token.
    public var token = ""
    public var address = ""
    /// The number of an incident.
    public var incident = ""
    /// The earliest and the latest time: a moment (RFC 3339), or a day in UTC.
    public var from = ""
    public var until = ""
    /// A text that the event or the names in it contain.
    public var search = ""

    /// The names of the parameters.
    public static let names = [
        "kind", "who", "actor", "subject", "token", "address", "incident", "from", "until", "search",
    ]
    /// The most bytes of each value.
    private static let limit = 300

    public init() {}

    /// Reads parameters; those that are empty or unknown are ignored. Kinds may be separated by commas, too.
    public init(_ items: [(name: String, value: String)]) {
        for (name, value) in items {
            let value = String(value.beginning(bytes: Self.limit).trimmed)
            switch name {
            case "kind":
                kinds += value.split(separator: ",").map { String($0.trimmed) }.filter { !kinds.contains($0) }
            case "who": who = value
            case "actor": actor = value
            case "subject": subject = value
            case "token": token = value
            case "address": address = value
            case "incident": incident = value
            case "from": from = value
            case "until": until = value
            case "search": search = value
            default: break
            }
        }
    }

    /// The parameters that are given.
    public var items: [(name: String, value: String?)] {
        let all = [
            ("who", who), ("actor", actor), ("subject", subject), ("token", token), ("address", address),
            ("incident", incident), ("from", from), ("until", until), ("search", search),
        ]
        return kinds.map { (name: "kind", value: $0) }
            + all.map { (name: $0.0, value: $0.1.isEmpty ? nil : $0.1) }
    }

    public var isEmpty: Bool { self == EventFilter() }
}

extension StringProtocol {
    fileprivate var trimmed: SubSequence {
        var text = drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return text
    }
}

/// Kinds of events that belong together.
public enum EventFamily: String, Hashable, Sendable, CaseIterable {
    case signIns = "sign-ins"
    case people
    case accounts
    case groups
    case tokens
    case secrets
    case requests
    case incidents
    case leaks
    case rules
    case health

    /// What people read.
    public var title: String {
        switch self {
        case .signIns: "Sign-ins"
        case .people: "People"
        case .accounts: "Service accounts"
        case .groups: "Groups"
        case .tokens: "Tokens"
        case .secrets: "Secrets and rotation"
        case .requests: "Requests for approval"
        case .incidents: "Incidents"
        case .leaks: "Leaks and decoys"
        case .rules: "Rules and policies"
        case .health: "Health of the server"
        }
    }

    public var kinds: [Event.Kind] { Event.Kind.allCases.filter { $0.family == self } }
}

extension Event.Kind {
    /// The family it belongs to.
    public var family: EventFamily {
        switch self {
        case .signedIn, .signInRefused, .providerDegraded, .signedOut, .signedOutEverywhere,
            .newBrowser, .passwordNearEnd:
            .signIns
        case .subjectAdded, .subjectChanged, .subjectPromoted, .subjectDemoted, .subjectGroupsChanged,
            .subjectSuspended, .subjectResumed, .subjectDeactivated, .subjectReactivated, .subjectJoined,
            .subjectNotProvisioned, .subjectEnded, .identityReleased, .provisioningRefused, .subjectInvited,
            .passwordSet, .signalReceived:
            .people
        case .accountChanged, .accountUnattended, .accountAttended: .accounts
        case .groupAdded, .groupChanged, .groupRemoved, .groupsLeftOut: .groups
        case .tokenCreated, .tokenChanged, .tokenPaused, .tokenResumed, .tokenHandedOver, .tokenRevoked,
            .tokenExpiring, .tokenExpiredInUse, .tokenNewNetwork, .refusalBurst, .ownerNotified,
            .tokenMisused, .authorizationDenied, .trustRuleAdded, .trustRuleRemoved, .tradeRefused:
            .tokens
        case .tokenRegenerated, .tokenRotated, .rotationDue, .secretEnded, .secretReused, .previousSecretUsed:
            .secrets
        case .tokenRequested, .requestApproved, .requestDenied, .requestWithdrawn: .requests
        case .incidentOpened, .incidentClosed: .incidents
        case .leakReported, .decoyCreated, .decoyTried, .decoyRevoked: .leaks
        case .signInPolicyChanged, .tokenPolicyChanged: .rules
        case .exportLagging, .ledgerTroubled, .endpointDisabled: .health
        }
    }
}
