public import Ledger
public import Tokens

/// What administrators can see about everybody: events and passwords in use.
public struct Oversight: Sendable {
    let ledger: any EventLedger & SubjectLedger & UseLedger & SignalLedger
    private let services: [Service]
    let signalSource: SignalSource?

    /// - Parameter signals: where it learns of the identity provider's signals, if they are taken.
    public init(
        ledger: any EventLedger & SubjectLedger & UseLedger & SignalLedger, services: [Service],
        signals: SignalSource? = nil
    ) {
        self.ledger = ledger
        self.services = services
        signalSource = signals
    }

    /// The passwords used since the day of `since`, at all services or at one.
    public func passwords(
        at service: String? = nil, since: Timestamp
    ) async throws(DeskFault) -> PasswordReport {
        let uses = try await read { () throws(LedgerError) in
            try await ledger.passwordUses(of: nil, since: since)
        }
        return PasswordReport(of: uses, services: services, at: service, since: since)
    }

    /// The uses of one person's password since the day of `since`, latest first.
    public func passwordUses(
        of person: SubjectID, since: Timestamp
    ) async throws(DeskFault) -> [PasswordUse] {
        try await read { () throws(LedgerError) in
            try await ledger.passwordUses(of: person, since: since)
        }.map(\.use)
    }

    /// Whether a service accepts passwords, or uses of passwords are recorded.
    public var hasPasswords: Bool {
        get async throws(DeskFault) {
            if services.contains(where: { $0.passwords != .refused }) { return true }
            return try await read { () throws(LedgerError) in try await ledger.hasPasswordUses() }
        }
    }
}

extension [Event] {
    /// The first `limit` of these events, and the cursor for the next page where there are more.
    func page(_ limit: Int) -> (events: [Event], next: EventID?) {
        let shown = Array(prefix(limit))
        return (shown, count > shown.count ? shown.last?.id : nil)
    }
}
