public import Desk
public import Ledger
public import Tokens

/// What the operator configured about notices, and the ways to send them.
public struct NoticeSettings: Sendable {
    /// A webhook of the operator's.
    public struct Endpoint: Sendable {
        /// Its name in the configuration.
        public let name: String
        /// The kinds that it gets; empty for all.
        public let kinds: Set<NoticeKind>
        public let channel: any NoticeChannel

        public init(name: String, kinds: Set<NoticeKind>, channel: any NoticeChannel) {
            (self.name, self.kinds, self.channel) = (name, kinds, channel)
        }

        /// The name of its channel in deliveries.
        public var channelName: String { "webhook/\(name)" }
    }

    /// The desk's public address, without a slash at its end.
    public var address: String
    /// The way to send mail; `nil` where no mail server is configured.
    public var mail: (any NoticeChannel)?
    public var endpoints: [Endpoint] = []
    /// The way to a service account's webhook; `nil` where its address is not allowed any more or its secret cannot be read.
    public var team: @Sendable (TeamWebhook) -> (any NoticeChannel)? = { _ in nil }
    /// The address that ends somebody's digests with one POST.
    public var unsubscribe: @Sendable (SubjectID) -> String? = { _ in nil }
    /// The kinds that nobody can turn off.
    public var always: Set<NoticeKind> = []
    /// When digests are sent, from midnight in UTC on.
    public var digestAt = TimeSpan.hours(7)
    public var services: [Service] = []
    /// How late each export of events is, by name.
    public var exportLags: @Sendable () -> [String: TimeSpan] = { [:] }
    /// How often the ledger has failed since the start.
    public var ledgerFailures: @Sendable () -> Int = { 0 }

    /// How late an export is that administrators are told of.
    static let lateExport = TimeSpan.minutes(15)
    /// How often a token is refused on a day that its owner is told of.
    static let burst = 50
    /// What happened longer ago is no news: it is shown, and not sent.
    static let staleAfter = TimeSpan.days(7)

    public init(address: String) {
        self.address = address
    }

    var titles: [String: String] {
        Dictionary(services.map { ($0.name.text, $0.title) }, uniquingKeysWith: { first, _ in first })
    }

    /// The moment of the first digest after `now`.
    func nextDigest(after now: Timestamp) -> Timestamp {
        let today = Timestamp(seconds: now.day * 86_400) + digestAt
        return today > now ? today : today + .days(1)
    }
}
