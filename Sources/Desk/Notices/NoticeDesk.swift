public import Ledger
public import Tokens

/// What people see and choose of notices, and what administrators do about deliveries.
public struct NoticeDesk: Sendable {
    typealias Roles = NoticeLedger & SubjectLedger & TokenLedger & EventLedger

    /// What the server is able to do.
    public struct Abilities: Sendable {
        /// Whether a mail server is configured.
        public var mails = false
        /// The names of the operator's webhooks.
        public var endpoints: [String] = []
        /// The kinds that nobody can turn off.
        public var always: Set<NoticeKind> = []
        public var team = TeamWebhookRule()
        /// Makes a signing secret, and its sealed form.
        public var makeSecret: @Sendable () -> (text: String, sealed: String) = { ("", "") }
        /// Sends a message for a test, to an address or to webhooks.
        public var test: @Sendable (NoticeTest) async -> [NoticeTestResult] = { _ in [] }

        public init() {}
    }

    let ledger: any NoticeLedger & SubjectLedger & TokenLedger & EventLedger
    let clock: Clock
    public let abilities: Abilities

    /// How many notices a page has.
    public static let pageLength = 50

    public init(
        ledger: any NoticeLedger & SubjectLedger & TokenLedger & EventLedger, clock: Clock,
        abilities: Abilities = Abilities()
    ) {
        (self.ledger, self.clock, self.abilities) = (ledger, clock, abilities)
    }

    // MARK: One's own

    /// How many notices of a person are new.
    public func countOfNew(for person: Subject) async throws(DeskFault) -> Int {
        try await read { () throws(LedgerError) in try await ledger.countOfNewNotices(of: person.id) }
    }

    /// A page of somebody's notices, the newest first, and the one before which the next page continues.
    public func notices(
        of person: Subject, before: NoticeID? = nil
    ) async throws(DeskFault) -> (notices: [Notice], next: NoticeID?) {
        let found = try await read { () throws(LedgerError) in
            try await ledger.notices(of: person.id, before: before, limit: Self.pageLength + 1)
        }
        let shown = Array(found.prefix(Self.pageLength))
        return (shown, found.count > shown.count ? shown.last?.id : nil)
    }

    /// Marks somebody's notices as read, up to `last`.
    public func markRead(of person: Subject, upTo last: NoticeID) async throws(DeskFault) {
        try await read { () throws(LedgerError) in
            try await ledger.markNoticesRead(of: person.id, upTo: last, at: clock.now)
        }
    }

    // MARK: Choices

    /// What somebody gets by mail, for each kind that concerns them.
    public func choices(of person: Subject) async throws(DeskFault) -> [NoticeChoiceLine] {
        let chosen = try await read { () throws(LedgerError) in
            try await ledger.noticeChoices(of: [person.id])[person.id] ?? [:]
        }
        return NoticeKind.allCases.filter { person.isAdministrator || !$0.isForAdministrators }.map { kind in
            let isFixed = abilities.always.contains(kind)
            return NoticeChoiceLine(
                kind: kind, choice: isFixed ? .immediate : chosen[kind.rawValue] ?? kind.usualChoice,
                isFixed: isFixed)
        }
    }

    /// Sets what somebody gets by mail. Kinds that cannot be turned off stay as they are.
    public func choose(
        _ choices: [NoticeKind: NoticeChoice], for person: Subject
    ) async throws(DeskFault) {
        var set: [String: NoticeChoice?] = [:]
        for (kind, choice) in choices where !abilities.always.contains(kind) {
            set[kind.rawValue] = .some(choice == kind.usualChoice ? nil : choice)
        }
        let wanted = set
        try await read { () throws(LedgerError) in try await ledger.choose(wanted, for: person.id) }
    }

    /// Sends somebody no more digests: what they chose to get daily is at the bell only.
    public func endDigests(of person: SubjectID) async throws(DeskFault) {
        try await read { () throws(LedgerError) in
            let chosen = try await ledger.noticeChoices(of: [person])[person] ?? [:]
            let daily = chosen.filter { $0.value == .daily }.mapValues { _ in Optional(NoticeChoice.off) }
            try await ledger.choose(daily, for: person)
        }
    }
}

/// What somebody gets of one kind.
public struct NoticeChoiceLine: Hashable, Sendable {
    public let kind: NoticeKind
    public let choice: NoticeChoice
    /// Whether the operator decided it for everybody.
    public let isFixed: Bool
}

/// A message for a test.
public enum NoticeTest: Hashable, Sendable {
    /// A mail to that address.
    case mail(String)
    /// To the operator's webhook of that name.
    case endpoint(String)
    /// To all webhooks of the operator's.
    case endpoints
}

/// What became of a message for a test.
public struct NoticeTestResult: Hashable, Sendable {
    /// `mail` or the webhook's name.
    public let channel: String
    public let isGood: Bool
    /// What the receiver answered, in words.
    public let answer: String

    public init(channel: String, isGood: Bool, answer: String) {
        (self.channel, self.isGood, self.answer) = (channel, isGood, answer)
    }
}
