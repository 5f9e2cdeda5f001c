public import Ledger
import Synchronization
public import Tokens

/// Writes and sends notices: in no request's way, at least once, by one node at a time.
///
/// It reads the events that follow its cursor, writes what they tell people, with the deliveries and the cursor in one
/// transaction, and hands deliveries to their channels when they are due. Of several nodes one does it, which holds a lease
/// in the ledger; another one continues when that ends.
public final class NoticeService: Sendable {
    public typealias Roles = EventLedger & SubjectLedger & AccountLedger & TokenLedger & UseLedger
        & RequestLedger & PolicyLedger & NoticeLedger & NoticeFactLedger

    /// How often things happen.
    public struct Pace: Hashable, Sendable {
        /// How often to look for events and for deliveries that are due.
        public var interval = TimeSpan.seconds(1)
        public var lease = TimeSpan.seconds(30)
        /// How often to look at uses, refusals and the server; how often at expiries.
        public var watch = TimeSpan.minutes(1)
        public var expiries = TimeSpan.hours(1)
        /// How long a channel rests after a failure, twice as long after each other one, and at most.
        public var firstRest = TimeSpan.seconds(2)
        public var longestRest = TimeSpan.minutes(5)
        /// The most events of one transaction, and the most deliveries of one look.
        public var batch = 200

        public init() {}
    }

    /// What is counted since the start.
    public struct Counts: Hashable, Sendable {
        public var sent = 0
        public var failures = 0
        /// Whether this node writes and sends notices.
        public var isWorking = false
        /// Deliveries that wait, that failed for good, and since when the first one is due; known to the node that sends.
        public var waiting = 0
        public var failed = 0
        public var dueSince: Timestamp?
    }

    struct State {
        var until = Timestamp.distantPast
        var position: ExportPosition?
        var watchedAt: Timestamp?
        var expiriesAt: Timestamp?
        var countedAt: Timestamp?
        var ledgerFailures = 0
        var busy: Set<String> = []
        var resting: [String: (until: Timestamp, span: TimeSpan)] = [:]
        var counts = Counts()
    }

    let ledger: any Roles
    let settings: NoticeSettings
    let clock: Clock
    let pace: Pace
    private let state: Mutex<State>
    /// Random, so that a node that is started again is another one.
    private let holder = Int64.random(in: 1...Int64.max)

    public init(ledger: any Roles, settings: NoticeSettings, clock: Clock, pace: Pace = Pace()) {
        (self.ledger, self.settings, self.clock, self.pace) = (ledger, settings, clock, pace)
        var state = State()
        state.ledgerFailures = settings.ledgerFailures()
        self.state = Mutex(state)
    }

    public var counts: Counts { state.withLock { $0.counts } }

    /// Works until the task is cancelled. `report` gets a sentence when it begins to fail, and one when it works again.
    public func run(report: @escaping @Sendable (String) -> Void) async {
        await withDiscardingTaskGroup { group in
            var isFailing = false
            while !Task.isCancelled {
                do throws(LedgerError) {
                    if try await work() {
                        for part in try await dueByChannel() {
                            group.addTask { await self.send(part, report: report) }
                        }
                    }
                    if isFailing { report("notices are written and sent again") }
                    isFailing = false
                } catch {
                    if !isFailing { report("notices cannot be written, and will be tried again: \(error)") }
                    isFailing = true
                }
                let wait = isFailing ? pace.firstRest : pace.interval
                try? await Task.sleep(for: .milliseconds(wait.milliseconds))
            }
        }
        try? await ledger.releaseNotices(of: holder)
    }

    /// Writes what is new, and then sends what is due, one channel after the other. Returns whether this node did it.
    @discardableResult
    public func runOnce() async throws(LedgerError) -> Bool {
        guard try await work() else { return false }
        for part in try await dueByChannel() { await send(part) { _ in } }
        return true
    }

    // MARK: Writing

    /// Judges what time made, and writes the notices of all events that are new, if this node does it.
    private func work() async throws(LedgerError) -> Bool {
        guard try await holdsLease() else { return false }
        try await watch()
        try await count()
        let writer = NoticeWriter(ledger: ledger, settings: settings)
        while !Task.isCancelled, try await holdsLease() {
            let position = state.withLock { $0.position?.sent }
            let page = try await ledger.events(
                EventQuery(order: .oldestFirst(after: position), limit: pace.batch))
            guard let last = page.events.last else { return true }
            let notices = try await writer.notices(of: page.events, at: clock.now)
            guard try await ledger.add(notices, upTo: last.id, of: holder) else {
                state.withLock { $0.until = .distantPast }
                return false
            }
            state.withLock { $0.position = ExportPosition(sent: last.id) }
            if page.isAtEnd { return true }
        }
        return false
    }

    /// Whether this node writes and sends. The lease is renewed when half of it is over, so that nothing is written while
    /// nothing happens.
    private func holdsLease() async throws(LedgerError) -> Bool {
        let now = clock.now
        let half = TimeSpan(milliseconds: pace.lease.milliseconds / 2)
        let until = state.withLock { $0.until }
        if now + half < until, until <= now + pace.lease { return true }
        let position = try await ledger.leaseNotices(to: holder, until: now + pace.lease, at: now)
        state.withLock { state in
            state.position = position
            state.until = position == nil ? .distantPast : now + pace.lease
            state.counts.isWorking = position != nil
            if position == nil {
                (state.counts.waiting, state.counts.failed, state.counts.dueSince) = (0, 0, nil)
            }
        }
        return position != nil
    }

    private func watch() async throws(LedgerError) {
        let watch = NoticeWatch(ledger: ledger, settings: settings, clock: clock)
        let now = clock.now
        let (watched, expiries, failures) = state.withLock {
            ($0.watchedAt, $0.expiriesAt, $0.ledgerFailures)
        }
        if isDue(watched, every: pace.watch, at: now) {
            try await watch.lookAtUses()
            let found = try await watch.lookAtServer(failuresBefore: failures)
            state.withLock { ($0.watchedAt, $0.ledgerFailures) = (now, found) }
        }
        if isDue(expiries, every: pace.expiries, at: now) {
            try await watch.lookAtExpiries()
            state.withLock { $0.expiriesAt = now }
        }
    }

    /// Counts what waits, for the metrics.
    private func count() async throws(LedgerError) {
        let now = clock.now
        guard isDue(state.withLock { $0.countedAt }, every: .seconds(5), at: now) else { return }
        let figures = try await ledger.deliveryFigures()
        state.withLock { state in
            state.countedAt = now
            state.counts.waiting = figures.waiting
            state.counts.failed = figures.failed
            state.counts.dueSince = figures.dueSince.flatMap { $0 <= now ? $0 : nil }
        }
    }

    private func isDue(_ last: Timestamp?, every span: TimeSpan, at now: Timestamp) -> Bool {
        last.map { !$0.isWithin(span, before: now) } ?? true
    }

    // MARK: Sending

    /// Deliveries that are due, by channel, of channels that neither send now nor rest.
    private func dueByChannel() async throws(LedgerError) -> [[Delivery]] {
        let now = clock.now
        let occupied = state.withLock { state in
            state.busy.union(state.resting.filter { $0.value.until > now }.keys)
        }
        let due = try await ledger.dueDeliveries(at: now, without: occupied, limit: pace.batch)
        let parts = Dictionary(grouping: due, by: \.channel)
        state.withLock { $0.busy.formUnion(parts.keys) }
        return parts.sorted { $0.key < $1.key }.map(\.value)
    }

    private func send(_ part: [Delivery], report: @Sendable (String) -> Void) async {
        guard let channel = part.first?.channel else { return }
        var isGood = false
        do throws(LedgerError) {
            isGood = try await NoticeSender(ledger: ledger, settings: settings, clock: clock).send(part)
        } catch {
            report("what became of notices cannot be written, so they will be sent again: \(error)")
        }
        let now = clock.now
        state.withLock { state in
            state.busy.remove(channel)
            if isGood {
                state.counts.sent += part.count
                state.resting[channel] = nil
            } else {
                state.counts.failures += 1
                let before = state.resting[channel]?.span
                let span = before.map { min(TimeSpan(milliseconds: $0.milliseconds * 2), pace.longestRest) }
                state.resting[channel] = (now + (span ?? pace.firstRest), span ?? pace.firstRest)
            }
        }
    }
}
