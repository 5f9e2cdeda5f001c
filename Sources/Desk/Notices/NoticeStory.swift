public import Ledger
public import Tokens

/// An event with all that is needed to say whom it concerns and what to tell them.
public struct NoticeStory: Hashable, Sendable {
    public let event: Event
    /// Who did it.
    public var actor: Subject?
    /// Who it is about; of a token, its owner.
    public var subject: Subject?
    public var token: Token?
    /// The active stewards of ``subject``, where that is a service account.
    public var stewards: [Subject] = []
    public var administrators: [Subject] = []
    /// Those who may answer the request, and who asked.
    public var approvers: [Subject] = []
    public var requester: Subject?
    public var request: RequestID?
    /// The latest uses of the token, or of the person's password, the latest first.
    public var uses: [Use] = []
    /// The titles of services by name.
    public var titles: [String: String] = [:]

    public init(_ event: Event) {
        self.event = event
    }

    /// Whether a leak or a signal did it, which is told itself, and not also what it did to each token.
    var isToldElsewhere: Bool {
        if event.isBySignal { return true }
        guard event.isByLeak else { return false }
        // The name of a token may end like such an event's detail.
        return event.kind == .tokenPaused
            ? token?.pauses.contains { $0.source == .leak } ?? false
            : token?.revocation.map { $0.reason == .leaked } ?? true
    }

    /// Whether the token belongs to a service account.
    var isOfAccount: Bool { subject?.isPerson == false }

    /// The title of a service.
    func title(of service: String) -> String {
        switch service {
        case ServiceName.desk: "Jeton’s own API"
        case "": "several services"
        default: titles[service] ?? service
        }
    }
}

/// What to tell, and whom.
public struct NoticeDraft: Hashable, Sendable {
    public let kind: NoticeKind
    public let recipients: [SubjectID]
    /// The service account whose webhook gets it.
    public let account: SubjectID?
    public let content: NoticeContent
    /// Within how long the same is not told again; `nil` where each counts.
    public let onceIn: TimeSpan?
    /// What tells it from others that are told once; its title where that is `nil`.
    public let onceAbout: String?

    public init(
        _ kind: NoticeKind, to recipients: [SubjectID], account: SubjectID? = nil, content: NoticeContent,
        onceIn: TimeSpan? = nil, onceAbout: String? = nil
    ) {
        self.kind = kind
        self.recipients = recipients
        self.account = account
        self.content = content
        self.onceIn = onceIn
        self.onceAbout = onceAbout
    }
}
