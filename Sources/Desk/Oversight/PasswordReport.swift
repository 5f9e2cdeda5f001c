public import Ledger
public import Tokens

/// Who still uses a password, and where: for the administrator who replaces passwords by tokens.
public struct PasswordReport: Sendable {
    /// A service that accepts passwords, or accepted one in the period of the report.
    public struct ServiceEntry: Hashable, Sendable {
        /// The service's name; empty for uses that were counted without their details.
        public let name: String
        /// The current policy; `nil` if the service is no longer configured, or not known.
        public let policy: PasswordPolicy?
        /// How many people used a password there.
        public let people: Int
    }

    /// The report covers whole days, from the day of this moment.
    public let since: Timestamp
    /// Sorted by name, services in transition first.
    public let services: [ServiceEntry]
    /// Latest first; at one service if the report is about one.
    public let uses: [ListedPasswordUse]

    /// The period by default.
    public static let defaultSpan = TimeSpan.days(30)

    init(since: Timestamp, services: [ServiceEntry], uses: [ListedPasswordUse]) {
        self.since = since
        self.services = services
        self.uses = uses
    }

    /// A report on `all` uses since `since`, which lists those at `service`, or at every service for `nil`.
    init(of all: [ListedPasswordUse], services: [Service], at service: String?, since: Timestamp) {
        var people: [String: Set<SubjectID>] = [:]
        for listed in all { people[listed.use.service, default: []].insert(listed.owner.id) }
        let policies = Dictionary(
            services.map { ($0.name.text, $0.passwords) }, uniquingKeysWith: { first, _ in first })
        let open = policies.filter { $0.value != .refused }.keys.sorted()
        let others = people.keys.filter { !open.contains($0) }.sorted()
        self.since = since
        self.services = (open + others).map {
            ServiceEntry(name: $0, policy: policies[$0], people: people[$0]?.count ?? 0)
        }
        uses = all.filter { service == nil || $0.use.service == service }
    }
}
