public import EventFormats
import JSON
public import Ledger
import Synchronization
public import Tokens

/// Sends every event to one place: in the order of the commits, at least once.
///
/// It reads what follows the latest event that was sent, sends it, and remembers in the ledger how far it has come, so
/// that it continues there after an outage or a restart. What was sent and could not be confirmed is sent again, and
/// receivers recognise it by its identifier. No change waits for it.
///
/// Of several nodes one sends, which holds a lease in the ledger. Another one takes over when it ends.
public final class EventExport: Sendable {
    /// What is counted since the start.
    public struct Figures: Hashable, Sendable {
        /// Whether this node sends the export.
        public var isSending = false
        public var sent = 0
        public var failures = 0
        /// When the first event happened that is not sent yet; `nil` where all are.
        public var waitingSince: Timestamp?
    }

    /// The name in the configuration, such as `syslog`.
    public let name: String
    private let ledger: any EventLedger & ExportLedger & SubjectLedger
    private let sink: any EventSink
    private let format: EventFormat
    private let version: String
    private let clock: Clock
    private let pace: Pace
    private let state = Mutex(Figures())
    /// Until when this node sends, and how far it has come; `nil` while another node sends.
    private let lease = Mutex<(until: Timestamp, position: ExportPosition)?>(nil)
    /// Random, so that a node that is started again is another one.
    private let holder = Int64.random(in: 1...Int64.max)

    /// How often things happen.
    public struct Pace: Hashable, Sendable {
        /// How often to look for new events.
        public var interval = TimeSpan.seconds(1)
        /// How long a node may send without renewing its lease.
        public var lease = TimeSpan.seconds(30)
        /// How long to wait after the first failure, twice as long after each other one, and at most.
        public var firstPause = TimeSpan.seconds(1)
        public var longestPause = TimeSpan.seconds(60)
        /// The most events of a batch.
        public var batch = 500

        public init() {}
    }

    public init(
        _ name: String, of ledger: any EventLedger & ExportLedger & SubjectLedger, to sink: any EventSink,
        as format: EventFormat, version: String, clock: Clock, pace: Pace = Pace()
    ) {
        (self.name, self.ledger, self.sink, self.format) = (name, ledger, sink, format)
        (self.version, self.clock, self.pace) = (version, clock, pace)
    }

    public var figures: Figures { state.withLock { $0 } }

    /// How old the first event is that is not sent yet; zero where all are.
    public var lag: TimeSpan {
        figures.waitingSince.map { max(.seconds(0), clock.now - $0) } ?? .seconds(0)
    }

    /// Sends until the task is cancelled. `report` gets a sentence when sending begins to fail, and one when it works
    /// again.
    public func run(report: @Sendable (String) -> Void) async {
        var pause = pace.firstPause
        var isFailing = false
        while !Task.isCancelled {
            let wait: TimeSpan
            do throws(ExportFault) {
                let isBehind = try await sendNext()
                if isFailing, figures.isSending { report("the export `\(name)` works again") }
                if figures.isSending { isFailing = false }
                (pause, wait) = (pace.firstPause, isBehind ? .seconds(0) : pace.interval)
            } catch {
                state.withLock { $0.failures += 1 }
                if !isFailing {
                    report("the export `\(name)` fails, and will be tried again: \(error)")
                }
                (isFailing, wait) = (true, pause)
                pause = pause.doubled(atMost: pace.longestPause)
            }
            if wait > .seconds(0) { try? await Task.sleep(for: .milliseconds(wait.milliseconds)) }
        }
        try? await ledger.release(export: name, of: holder)
    }

    /// Sends the next batch, if this node sends the export. Returns whether more events wait.
    public func sendNext() async throws(ExportFault) -> Bool {
        guard let position = try await position() else {
            state.withLock { ($0.isSending, $0.waitingSince) = (false, nil) }
            return false
        }
        let page = try await reading { () throws(LedgerError) in
            try await ledger.events(EventQuery(order: .oldestFirst(after: position.sent), limit: pace.batch))
        }
        state.withLock { ($0.isSending, $0.waitingSince) = (true, page.events.first?.at) }
        guard let last = page.events.last else { return false }
        let written = try await reading { () throws(LedgerError) in try await ledger.described(page.events) }
            .map(write)
        try await sink.send(written)
        let isOurs = try await reading { () throws(LedgerError) in
            try await ledger.advance(export: name, of: holder, to: last.id)
        }
        lease.withLock { $0 = isOurs ? $0.map { ($0.until, ExportPosition(sent: last.id)) } : nil }
        state.withLock { figures in
            figures.sent += written.count
            figures.isSending = isOurs
            if page.isAtEnd { figures.waitingSince = nil }
        }
        return !page.isAtEnd
    }

    /// How far the export has come, if this node sends it.
    private func position() async throws(ExportFault) -> ExportPosition? {
        let now = clock.now
        let known = lease.withLock { $0 }
        if let known, pace.lease.isFresh(until: known.until, at: now) { return known.position }
        let position = try await reading { () throws(LedgerError) in
            try await ledger.lease(export: name, to: holder, until: now + pace.lease, at: now)
        }
        lease.withLock { $0 = position.map { (now + pace.lease, $0) } }
        return position
    }

    private func write(_ described: DescribedEvent) -> WrittenEvent {
        let event = described.event
        return WrittenEvent(
            text: format.document(of: described, version: version).text, id: event.id.text,
            kind: event.kind.rawValue, at: event.at, isRefusal: event.kind.isRefusal)
    }

    private func reading<R>(_ body: () async throws(LedgerError) -> R) async throws(ExportFault) -> R {
        do throws(LedgerError) {
            return try await body()
        } catch {
            throw ExportFault("the ledger fails: \(error)")
        }
    }
}
