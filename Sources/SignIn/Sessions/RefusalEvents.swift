public import Ledger
import Synchronization
public import Tokens

/// Records refusals, usually of sign-ins, as events, limited by ``RefusalTally``. Most refusals are caused by strangers,
/// who must not fill the disk or bury other events.
public final class RefusalEvents: Sendable {
    private let ledger: any EventLedger
    private let clock: Clock
    private let kind: Event.Kind
    private let tally = Mutex(RefusalTally())

    public init(ledger: any EventLedger, clock: Clock, kind: Event.Kind = .signInRefused) {
        self.ledger = ledger
        self.clock = clock
        self.kind = kind
    }

    /// Records a refusal as an event, or only counts it. `reason` is one of a fixed list, `detail` the text
    /// of an event of its own.
    public func record(
        _ reason: String, detail: String? = nil, of subject: SubjectID? = nil, from address: IPAddress?
    ) async throws(LedgerError) {
        let now = clock.now
        let (isWritten, before) = tally.withLock { $0.count(reason, from: address, at: now) }
        if let before { try await write(before) }
        guard isWritten else { return }
        try await ledger.add(
            Event(
                kind, at: now, actor: nil, subject: subject, address: address?.description ?? "",
                detail: detail ?? reason))
    }

    /// Writes the summaries of windows that are over, or with `all` of every window, when the server stops.
    public func flush(all: Bool = false) async throws(LedgerError) {
        let now = clock.now
        let due = tally.withLock { $0.due(at: all ? nil : now) }
        for (index, summary) in due.enumerated() {
            do throws(LedgerError) {
                try await write(summary)
            } catch {
                tally.withLock { tally in due[(index + 1)...].forEach { tally.restore($0, at: now) } }
                throw error
            }
        }
    }

    private func write(_ summary: RefusalTally.Summary) async throws(LedgerError) {
        let now = clock.now
        do throws(LedgerError) {
            try await ledger.add(
                Event(
                    kind, at: now, actor: nil, address: summary.address, detail: summary.detail))
        } catch {
            tally.withLock { $0.restore(summary, at: now) }
            throw error
        }
    }
}
