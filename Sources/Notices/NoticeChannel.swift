public import JSON
public import Ledger
public import Tokens

/// A way to send notices: mail, or a webhook.
public protocol NoticeChannel: Sendable {
    /// Sends one notice and says what became of it. Never throws: a failure is an outcome that is kept.
    ///
    /// What was sent and could not be confirmed is sent again, with the same ``NoticeMessage/id``.
    func send(_ message: NoticeMessage) async -> DeliveryOutcome
}

/// What became of one attempt to deliver a notice.
public enum DeliveryOutcome: Hashable, Sendable {
    /// The receiver has taken it.
    case delivered
    /// It may work later: not before `retryAfter` where the receiver said so. `isOfChannel` says whether others would fail as
    /// well, since the receiver is down, or it is about this message or recipient alone.
    case failed(reason: String, retryAfter: TimeSpan? = nil, isOfChannel: Bool = true)
    /// It will not work, whenever it is tried: the mail server refused the recipient for good.
    case rejected(reason: String)
    /// The receiver wants nothing any more (410), so that its endpoint is disabled.
    case gone(reason: String)
}

/// A notice as a channel sends it. It contains no secret.
public struct NoticeMessage: Hashable, Sendable {
    /// The same in every attempt, so that receivers recognise a repetition: letters, digits, `_` and `-`.
    public let id: String
    /// What happened, in words with dots between them, such as `token.expiring`.
    public let type: String
    /// When it happened.
    public let at: Timestamp
    /// Whom a mail goes to; `nil` for a webhook.
    public let to: MailAddress?
    /// The whole story in at most 60 characters.
    public let subject: String
    /// What happened, in plain text.
    public let paragraphs: [String]
    /// Where, when and with what, each with its name.
    public let facts: [NoticeDetail]
    /// The one link that acts on it.
    public let link: NoticeLink?
    /// The address that ends this digest with one POST (RFC 8058); `nil` where it cannot be turned off.
    public let unsubscribe: String?
    /// What a webhook's receiver gets as `data`.
    public let data: JSONValue

    public init(
        id: String, type: String, at: Timestamp, to: MailAddress? = nil, subject: String,
        paragraphs: [String], facts: [NoticeDetail] = [], link: NoticeLink? = nil, unsubscribe: String? = nil,
        data: JSONValue = [:]
    ) {
        self.id = id
        self.type = type
        self.at = at
        self.to = to
        self.subject = subject
        self.paragraphs = paragraphs
        self.facts = facts
        self.link = link
        self.unsubscribe = unsubscribe
        self.data = data
    }
}

/// A person's or a mailbox's address.
public struct MailAddress: Hashable, Sendable {
    /// The name to show; may be empty.
    public let name: String
    /// The address alone, such as `alice@example.com`.
    public let address: String

    public init(name: String = "", address: String) {
        self.name = name
        self.address = address
    }
}

/// The link of a notice, with what it does as its words: *Rotate it*.
public struct NoticeLink: Hashable, Sendable {
    public let words: String
    public let url: String

    public init(_ words: String, _ url: String) {
        self.words = words
        self.url = url
    }
}
