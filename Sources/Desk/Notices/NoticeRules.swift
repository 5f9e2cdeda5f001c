public import Ledger
import Tokens

/// Whom an event concerns. Nobody is told what they did themselves, except what somebody else could have done in their name.
public enum NoticeRules {
    /// The most people who are told of one event.
    public static let mostRecipients = 50
    /// How long a matter of the server's own is not told again.
    private static let quiet = TimeSpan.days(1)

    /// Whether events of a kind are told at all.
    public static func isTold(_ kind: Event.Kind) -> Bool { NoticeKind(kind) != nil }

    /// What to tell of an event; empty where it concerns nobody.
    public static func drafts(of story: NoticeStory) -> [NoticeDraft] {
        guard let kind = NoticeKind(story.event.kind), !story.isToldElsewhere else { return [] }
        switch kind.family {
        case .tokens where kind == .decoy: return aboutDecoy(story)
        case .tokens: return aboutToken(kind, story)
        case .account:
            guard let person = story.subject, person.isPerson, person.endedAt == nil else { return [] }
            if kind == .suspended, story.event.actor == person.id { return [] }
            // What is only noted is for the log.
            if kind == .signal, story.event.detail.contains("nothing done") { return [] }
            return [NoticeDraft(kind, to: [person.id], content: story.content(kind))]
        case .requests: return aboutRequest(kind, story)
        case .administration:
            let told = story.administrators.filter { kind != .policy || $0.id != story.event.actor }
            guard !told.isEmpty else { return [] }
            return [
                NoticeDraft(
                    kind, to: ids(of: told), content: story.content(kind),
                    onceIn: kind.isAboutServer ? quiet : nil)
            ]
        }
    }

    /// A decoy is no token of the ledger's. Whoever left it somewhere is told, and where they are gone, administrators.
    private static func aboutDecoy(_ story: NoticeStory) -> [NoticeDraft] {
        guard let owner = story.subject else { return [] }
        let people = (owner.isPerson ? [owner] : story.stewards).filter { !$0.isSuspended }
        let told = people.isEmpty ? story.administrators : people
        guard !told.isEmpty else { return [] }
        let account = owner.isPerson ? nil : owner.id
        return [NoticeDraft(.decoy, to: ids(of: told), account: account, content: story.content(.decoy))]
    }

    private static func aboutToken(_ kind: NoticeKind, _ story: NoticeStory) -> [NoticeDraft] {
        guard let owner = story.subject, let token = story.token, token.isLasting else { return [] }
        // Whoever lures a person into approving a program gets its token.
        let mayBeLured = [.created, .rotated].contains(kind) && story.event.isForProgram
        let isOwnAct = kind.isAct && story.event.actor != nil && !mayBeLured
        if isOwnAct, story.event.actor == owner.id { return [] }
        let people = owner.isPerson ? [owner] : story.stewards
        let told = people.filter { !$0.isSuspended && !(isOwnAct && $0.id == story.event.actor) }
        let account = owner.isPerson ? nil : owner.id
        guard people.allSatisfy(\.isSuspended) else {
            return [
                NoticeDraft(kind, to: ids(of: told), account: account, content: story.content(kind))
            ]
        }
        // Nobody is there: somebody has to know of what is urgent.
        guard kind.isUrgent, !story.administrators.isEmpty || account != nil else { return [] }
        // The tokens of a person who is shut out are refused anyway.
        if owner.isPerson, kind == .expiring || kind == .expired { return [] }
        return [
            NoticeDraft(
                kind, to: ids(of: story.administrators), account: account,
                content: story.content(kind, forAdministrators: true))
        ]
    }

    private static func aboutRequest(_ kind: NoticeKind, _ story: NoticeStory) -> [NoticeDraft] {
        let told =
            kind == .approval
            ? story.approvers.filter { $0.id != story.requester?.id }
            : [story.requester].compactMap(\.self).filter { $0.id != story.event.actor }
        guard !told.isEmpty else { return [] }
        return [NoticeDraft(kind, to: ids(of: told), content: story.content(kind))]
    }

    private static func ids(of people: [Subject]) -> [SubjectID] {
        var seen = Set<SubjectID>()
        return Array(people.map(\.id).filter { seen.insert($0).inserted }.prefix(mostRecipients))
    }
}

extension NoticeKind {
    /// The kind of notice that an event is told by; `nil` where it is not told.
    init?(_ kind: Event.Kind) {
        switch kind {
        case .tokenCreated: self = .created
        case .tokenRotated, .tokenRegenerated: self = .rotated
        case .tokenRevoked: self = .revoked
        case .tokenPaused: self = .paused
        case .tokenHandedOver: self = .handedOver
        case .tokenExpiring: self = .expiring
        case .tokenExpiredInUse: self = .expired
        case .tokenNewNetwork: self = .newNetwork
        case .previousSecretUsed: self = .previousSecret
        case .secretReused: self = .endedSecret
        case .refusalBurst: self = .burst
        case .ownerNotified: self = .attention
        case .leakReported: self = .leak
        case .decoyTried: self = .decoy
        case .tokenMisused: self = .misuse
        case .signalReceived: self = .signal
        case .passwordNearEnd: self = .passwordEnd
        case .newBrowser: self = .newBrowser
        case .passwordSet: self = .passwordChanged
        case .subjectSuspended: self = .suspended
        case .tokenRequested: self = .approval
        case .requestApproved, .requestDenied: self = .answer
        case .tokenPolicyChanged, .signInPolicyChanged: self = .policy
        case .accountUnattended: self = .unattended
        case .providerDegraded: self = .provider
        case .provisioningRefused: self = .provisioning
        case .ledgerTroubled: self = .ledger
        case .exportLagging: self = .export
        case .endpointDisabled: self = .webhook
        default: return nil
        }
    }

    /// Whether somebody did it on purpose, so that they need not be told.
    var isAct: Bool {
        switch self {
        case .created, .rotated, .revoked, .paused, .handedOver: true
        default: false
        }
    }

    /// Whether administrators are told where the token's owner cannot be.
    fileprivate var isUrgent: Bool {
        switch self {
        case .leak, .decoy, .misuse, .signal, .newNetwork, .endedSecret, .expiring, .expired: true
        default: false
        }
    }

    /// Whether it repeats while something is wrong.
    fileprivate var isAboutServer: Bool {
        switch self {
        case .provider, .provisioning, .ledger, .export: true
        default: false
        }
    }
}
