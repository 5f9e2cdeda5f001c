public import Tokens

/// Notices, the deliveries of each, and what people chose.
///
/// The log of events is the outbox: an event is kept in the same transaction as what it tells of, and one node at a time
/// writes the notices of the events that follow its cursor, with the deliveries and the cursor in one transaction
/// (`docs/decisions/0050-notices.md`).
public protocol NoticeLedger: Sendable {
    /// Makes `holder` the node that writes and sends notices until `end`, unless another one is at `now`. Returns the
    /// event up to which notices are written, or `nil` where another node does it.
    func leaseNotices(
        to holder: Int64, until end: Timestamp, at now: Timestamp
    ) async throws(LedgerError) -> ExportPosition?
    /// Lets another node write and send notices at once.
    func releaseNotices(of holder: Int64) async throws(LedgerError)
    /// Keeps notices with their deliveries, and that they are written up to `event`. Returns `false`, and changes nothing,
    /// where another node writes them by now.
    func add(
        _ notices: [NewNotice], upTo event: EventID, of holder: Int64
    ) async throws(LedgerError) -> Bool

    // MARK: Reading

    /// The notices of a person, the newest first: those before `before` where it is given.
    func notices(
        of person: SubjectID, before: NoticeID?, limit: Int
    ) async throws(LedgerError) -> [Notice]
    /// How many notices of a person are new, at most ``LedgerLimits/newNoticesCounted``.
    func countOfNewNotices(of person: SubjectID) async throws(LedgerError) -> Int
    /// Marks the notices of a person as read, up to `last`.
    func markNoticesRead(
        of person: SubjectID, upTo last: NoticeID, at now: Timestamp
    ) async throws(LedgerError)

    // MARK: Sending

    /// Deliveries whose time has come, the first due first, but none of these channels.
    func dueDeliveries(
        at now: Timestamp, without channels: Set<String>, limit: Int
    ) async throws(LedgerError) -> [Delivery]
    /// All deliveries that wait for a person's digest of a day, in the order of their notices.
    func digest(of person: SubjectID, on day: Int64) async throws(LedgerError) -> [Delivery]
    /// Remembers what became of deliveries.
    func settle(_ results: [DeliveryResult]) async throws(LedgerError)
    /// Gives up what has been due since before `moment` and waits, since its channel is down.
    func giveUp(before moment: Timestamp, at now: Timestamp) async throws(LedgerError)
    /// A page of deliveries in that state, or in any, the newest notices first.
    func deliveries(_ query: DeliveryQuery) async throws(LedgerError) -> [Delivery]
    func deliveryFigures() async throws(LedgerError) -> DeliveryFigures
    /// Lets failed deliveries of a notice, or all that failed, wait again. Returns how many there were.
    func sendAgain(_ notice: NoticeID?, at now: Timestamp) async throws(LedgerError) -> Int

    // MARK: Choices

    /// What these people chose, by kind.
    func noticeChoices(
        of people: Set<SubjectID>
    ) async throws(LedgerError) -> [SubjectID: [String: NoticeChoice]]
    /// Sets what a person chose for these kinds; `nil` goes back to what everybody gets.
    func choose(_ choices: [String: NoticeChoice?], for person: SubjectID) async throws(LedgerError)

    // MARK: Webhooks

    /// The webhooks that want nothing any more, by name.
    func disabledEndpoints() async throws(LedgerError) -> [DisabledEndpoint]
    /// Sends nothing more to a webhook, with an event; what waits for it has failed. Returns whether it was enabled.
    @discardableResult
    func disable(_ endpoint: DisabledEndpoint, event: Event) async throws(LedgerError) -> Bool
    /// Sends to a webhook again. Returns whether it was disabled.
    @discardableResult
    func enable(endpoint: String) async throws(LedgerError) -> Bool
    /// The webhook of a service account; `nil` where it has none.
    func teamWebhook(of account: SubjectID) async throws(LedgerError) -> TeamWebhook?
    /// Sets or, with `nil`, removes the webhook of a service account.
    func setTeamWebhook(
        _ webhook: TeamWebhook?, of account: SubjectID, event: Event
    ) async throws(LedgerError)
}

/// Which deliveries to list.
public struct DeliveryQuery: Hashable, Sendable {
    /// The state; `nil` for all.
    public var state: Delivery.State?
    /// Those whose notices come before this one.
    public var before: NoticeID?
    public var limit: Int

    public init(state: Delivery.State? = nil, before: NoticeID? = nil, limit: Int = 50) {
        (self.state, self.before, self.limit) = (state, before, limit)
    }
}

/// How many deliveries there are.
public struct DeliveryFigures: Hashable, Sendable {
    public let waiting: Int
    public let failed: Int
    /// When the first delivery that is due was; `nil` where none waits.
    public let dueSince: Timestamp?

    public init(waiting: Int, failed: Int, dueSince: Timestamp?) {
        (self.waiting, self.failed, self.dueSince) = (waiting, failed, dueSince)
    }
}

/// A webhook that wants nothing any more.
public struct DisabledEndpoint: Hashable, Sendable {
    /// The channel: `webhook/` and its name, or `team/` and the account's identifier.
    public let name: String
    public let at: Timestamp
    /// What it answered.
    public let reason: String

    public init(_ name: String, at: Timestamp, reason: String) {
        (self.name, self.at, self.reason) = (name, at, reason)
    }
}

/// The webhook of a service account.
public struct TeamWebhook: Hashable, Sendable {
    /// An address that begins with `https://`.
    public let url: String
    /// The signing secret, sealed with the key of the data folder.
    public let sealedSecret: String
    public let changedAt: Timestamp
    public let changedBy: SubjectID?

    public init(url: String, sealedSecret: String, changedAt: Timestamp, changedBy: SubjectID?) {
        self.url = url
        self.sealedSecret = sealedSecret
        self.changedAt = changedAt
        self.changedBy = changedBy
    }
}
