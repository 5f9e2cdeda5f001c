public import Ledger
public import Tokens

/// What administrators see of everybody: what happened, and who still uses a password.
public struct Oversight: Sendable {
    private let ledger: any Ledger
    private let services: [Service]

    /// What `ledger` holds of these `services`.
    public init(ledger: any Ledger, services: [Service]) {
        self.ledger = ledger
        self.services = services
    }

    /// At most `limit` events, the newest first, before `before` where it is given; and the cursor of the next
    /// page, if there is one.
    public func events(
        before: EventID?, limit: Int
    ) async throws(DeskFault) -> (events: [Event], next: EventID?) {
        let found = try await read { () throws(LedgerError) in
            try await ledger.events(about: nil, before: before, limit: limit + 1)
        }
        let shown = Array(found.prefix(limit))
        return (shown, found.count > shown.count ? shown.last?.id : nil)
    }

    /// Who used a password since `since`, at one service where it is given.
    public func passwords(
        at service: String? = nil, since: Timestamp
    ) async throws(DeskFault) -> PasswordReport {
        let uses = try await read { () throws(LedgerError) in
            try await ledger.passwordUses(of: nil, since: since)
        }
        return PasswordReport(of: uses, services: services, at: service, since: since)
    }

    /// The uses of one person's password since `since`, the latest first.
    public func passwordUses(
        of person: SubjectID, since: Timestamp
    ) async throws(DeskFault) -> [PasswordUse] {
        try await read { () throws(LedgerError) in
            try await ledger.passwordUses(of: person, since: since)
        }.map(\.use)
    }

    /// Whether a service takes passwords, or any use of one is kept.
    public var hasPasswords: Bool {
        get async throws(DeskFault) {
            if services.contains(where: { $0.passwords != .refused }) { return true }
            return try await read { () throws(LedgerError) in try await ledger.hasPasswordUses() }
        }
    }

    /// Writes a whole and consistent copy of the ledger to a new file, while serving.
    public func backup(to path: String) async throws(DeskFault) {
        try await read { () throws(LedgerError) in try await ledger.backup(to: path) }
    }
}
