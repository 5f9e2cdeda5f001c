public import Sodium
public import Tokens

/// Identifies a notice.
public typealias NoticeID = Identifier<Notice>

/// What somebody is told of an event. It never contains a secret.
///
/// It is kept as it was written, so that a later version, a renamed token or another address of the desk does not change
/// what somebody was told.
public struct Notice: Hashable, Sendable {
    public let id: NoticeID
    /// When it happened.
    public let at: Timestamp
    /// What kind of notice it is, such as `expiring`. A newer version may have kinds that this one does not know.
    public let kind: String
    /// Who is told: a person; or the service account whose webhook is; `nil` for the operator's webhooks.
    public let recipient: SubjectID?
    /// The subject it is about.
    public let subject: SubjectID?
    /// The token it is about.
    public let token: TokenID?
    /// The event that it tells of.
    public let event: EventID?
    public let content: NoticeContent
    /// When its recipient read it; `nil` while it is new.
    public let readAt: Timestamp?

    public init(
        id: NoticeID, at: Timestamp, kind: String, recipient: SubjectID?, subject: SubjectID? = nil,
        token: TokenID? = nil, event: EventID? = nil, content: NoticeContent, readAt: Timestamp? = nil
    ) {
        self.id = id
        self.at = at
        self.kind = kind
        self.recipient = recipient
        self.subject = subject
        self.token = token
        self.event = event
        self.content = content
        self.readAt = readAt
    }
}

/// What a notice says.
public struct NoticeContent: Hashable, Sendable {
    /// The whole story in at most 60 characters.
    public var title: String
    /// What happened, in plain text.
    public var paragraphs: [String]
    /// What is known of it, each with its name.
    public var facts: [NoticeDetail]
    /// Where it happened: facts with addresses, which may be kept for a shorter time.
    public var traces: [NoticeDetail]
    /// The one link that acts on it.
    public var link: NoticeAction?

    public init(
        title: String, paragraphs: [String] = [], facts: [NoticeDetail] = [], traces: [NoticeDetail] = [],
        link: NoticeAction? = nil
    ) {
        self.title = title
        self.paragraphs = paragraphs
        self.facts = facts
        self.traces = traces
        self.link = link
    }
}

/// One line of what is known: a name and a value.
public struct NoticeDetail: Hashable, Sendable {
    public let name: String
    public let value: String

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// The link of a notice: what it does, and a path at the desk.
public struct NoticeAction: Hashable, Sendable {
    public let words: String
    public let path: String

    public init(_ words: String, _ path: String) {
        self.words = words
        self.path = path
    }
}

/// How somebody wants to be told by mail. The bell always shows everything.
public enum NoticeChoice: String, Hashable, Sendable, CaseIterable {
    /// No mail.
    case off
    case immediate
    /// In one mail a day.
    case daily
}

/// A notice on its way through one channel.
public struct Delivery: Hashable, Sendable {
    public enum State: String, Hashable, Sendable, CaseIterable {
        /// It will be tried, at once or again.
        case waiting
        case sent
        /// It is not tried any more.
        case failed
    }

    public let notice: Notice
    /// `mail`, `team` for the webhook of a service account, or the name of an endpoint with `webhook/` before it.
    public let channel: String
    public let state: State
    /// The day of the digest in which it is sent, in whole days since the epoch; `nil` where it is sent alone.
    public let digestOn: Int64?
    /// How often it was tried.
    public let attempts: Int
    /// When to try it next.
    public let nextAt: Timestamp
    /// Why it failed last; empty where it did not.
    public let lastError: String
    public let sentAt: Timestamp?

    public init(
        notice: Notice, channel: String, state: State = .waiting, digestOn: Int64? = nil, attempts: Int = 0,
        nextAt: Timestamp, lastError: String = "", sentAt: Timestamp? = nil
    ) {
        self.notice = notice
        self.channel = channel
        self.state = state
        self.digestOn = digestOn
        self.attempts = attempts
        self.nextAt = nextAt
        self.lastError = lastError
        self.sentAt = sentAt
    }
}

/// What one attempt made of a delivery.
public struct DeliveryResult: Hashable, Sendable {
    public let notice: NoticeID
    public let channel: String
    public let state: Delivery.State
    /// When to try again.
    public let nextAt: Timestamp
    /// Why it failed; empty where it did not.
    public let error: String
    public let at: Timestamp

    public init(
        notice: NoticeID, channel: String, state: Delivery.State, nextAt: Timestamp, error: String = "",
        at: Timestamp
    ) {
        self.notice = notice
        self.channel = channel
        self.state = state
        self.nextAt = nextAt
        self.error = error
        self.at = at
    }
}

/// A notice to keep, with the channels through which it goes.
public struct NewNotice: Hashable, Sendable {
    public struct Way: Hashable, Sendable {
        public let channel: String
        public let digestOn: Int64?
        public let at: Timestamp

        /// Through `channel` at `at`, or in the digest of a day.
        public init(_ channel: String, digestOn: Int64? = nil, at: Timestamp) {
            (self.channel, self.digestOn, self.at) = (channel, digestOn, at)
        }
    }

    /// What must not have been said since: a mark, and until when it is kept.
    public struct Once: Hashable, Sendable {
        public let mark: SHA256Digest
        public let until: Timestamp

        public init(_ mark: SHA256Digest, until end: Timestamp) { (self.mark, until) = (mark, end) }
    }

    public let notice: Notice
    public let ways: [Way]
    /// With a mark, the notice is left out where the mark is there.
    public let once: Once?

    public init(_ notice: Notice, by ways: [Way] = [], once: Once? = nil) {
        (self.notice, self.ways, self.once) = (notice, ways, once)
    }
}
