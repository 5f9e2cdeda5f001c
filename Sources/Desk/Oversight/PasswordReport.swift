public import Ledger
public import Tokens

/// Who still uses a password, and where: what an administrator goes by when tokens take the place of
/// passwords.
public struct PasswordReport: Sendable {
    /// A service that takes passwords, or took one in the time that the report is about.
    public struct Place: Hashable, Sendable {
        /// The service's name; empty for what was counted without particulars.
        public let name: String
        /// Its policy now; `nil` where it is not configured any more, or not known here.
        public let policy: PasswordPolicy?
        /// How many people used a password there.
        public let people: Int
    }

    /// The whole days that the report is about begin with this one's.
    public let since: Timestamp
    /// Services in transition first, by name.
    public let places: [Place]
    /// The latest first; at one service where one was asked for.
    public let uses: [ListedPasswordUse]

    /// How far back a report goes unless it is asked for more.
    public static let usual = TimeSpan.days(30)

    init(since: Timestamp, places: [Place], uses: [ListedPasswordUse]) {
        self.since = since
        self.places = places
        self.uses = uses
    }

    /// The report of `all` uses since `since`, at `service` alone where it is given.
    init(of all: [ListedPasswordUse], services: [Service], at service: String?, since: Timestamp) {
        var people: [String: Set<SubjectID>] = [:]
        for listed in all { people[listed.use.service, default: []].insert(listed.owner.id) }
        let policies = Dictionary(
            services.map { ($0.name.text, $0.passwords) }, uniquingKeysWith: { first, _ in first })
        let open = policies.filter { $0.value != .refused }.keys.sorted()
        let others = people.keys.filter { !open.contains($0) }.sorted()
        self.since = since
        places = (open + others).map {
            Place(name: $0, policy: policies[$0], people: people[$0]?.count ?? 0)
        }
        uses = all.filter { service == nil || $0.use.service == service }
    }
}
