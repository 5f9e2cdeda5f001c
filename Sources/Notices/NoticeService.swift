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
        /// The most transactions between two looks at what is due.
        public var pages = 5

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
        /// Until when this node need not ask for the lease, and until when it surely has it.
        var until = Timestamp.distantPast
        var heldUntil = Timestamp.distantPast
        var position: ExportPosition?
        var watchedAt: Timestamp?
        var serverWatchedAt: Timestamp?
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

    /// Works until the task is cancelled. `report` gets a sentence when something begins to fail, and one when it works
    /// again. What is written is sent, also while nothing more can be written.
    public func run(report: @escaping @Sendable (String) -> Void) async {
        await withDiscardingTaskGroup { group in
            var rest: TimeSpan?
            while !Task.isCancelled {
                let failure = await work()
                for part in await dueByChannel() {
                    group.addTask { await self.send(part, report: report) }
                }
                if let failure {
                    if rest == nil {
                        report("notices cannot be written, and will be tried again: \(failure)")
                    }
                    rest = (rest ?? pace.interval).doubled(atMost: pace.longestRest)
                    await letOthers()
                } else {
                    if rest != nil { report("notices are written again") }
                    rest = nil
                }
                try? await Task.sleep(for: .milliseconds((rest ?? pace.interval).milliseconds))
            }
        }
        try? await ledger.releaseNotices(of: holder)
    }

    /// Writes what is new, and then sends what is due, one channel after the other. Returns whether this node did it.
    @discardableResult
    public func runOnce() async throws(LedgerError) -> Bool {
        if let failure = await work() { throw failure }
        guard state.withLock({ $0.counts.isWorking }) else { return false }
        for part in await dueByChannel() { await send(part) { _ in } }
        return true
    }

    // MARK: Writing

    /// Judges what time made, and writes the notices of events that are new, if this node does it. Each part is tried
    /// whether or not another one fails. Returns the first failure.
    private func work() async -> LedgerError? {
        var failures = [await failure { () async throws(LedgerError) in try await watchServer() }]
        var isOurs = false
        failures.append(await failure { () async throws(LedgerError) in isOurs = try await holdsLease() })
        if isOurs {
            failures += [
                await failure { () async throws(LedgerError) in try await watch() },
                await failure { () async throws(LedgerError) in try await count() },
                await failure { () async throws(LedgerError) in try await write() },
            ]
        }
        return failures.compactMap(\.self).first
    }

    private func failure(of body: () async throws(LedgerError) -> Void) async -> LedgerError? {
        do throws(LedgerError) {
            try await body()
            return nil
        } catch {
            // The position may be another one by now: after a commit of which nobody knows the end, for example.
            state.withLock { $0.until = .distantPast }
            return error
        }
    }

    /// Writes a few pages of events. Many of them have to wait for a turn of what is due.
    private func write() async throws(LedgerError) {
        let writer = NoticeWriter(ledger: ledger, settings: settings)
        for _ in 0..<pace.pages {
            guard !Task.isCancelled, try await holdsLease() else { return }
            let position = state.withLock { $0.position?.sent }
            let page = try await ledger.events(
                EventQuery(order: .oldestFirst(after: position), limit: pace.batch))
            guard let last = page.events.last else { return }
            let notices = try await writer.notices(of: page.events, at: clock.now)
            guard try await ledger.add(notices, upTo: last.id, of: holder) else {
                return state.withLock { $0.until = .distantPast }
            }
            state.withLock { $0.position = ExportPosition(sent: last.id) }
            if page.isAtEnd { return }
        }
    }

    /// Lets another node try what failed here.
    private func letOthers() async {
        state.withLock { ($0.until, $0.heldUntil) = (.distantPast, .distantPast) }
        try? await ledger.releaseNotices(of: holder)
    }

    /// Whether this node writes and sends.
    private func holdsLease() async throws(LedgerError) -> Bool {
        let now = clock.now
        let until = state.withLock { $0.until }
        if pace.lease.isFresh(until: until, at: now) { return true }
        let position = try await ledger.leaseNotices(to: holder, until: now + pace.lease, at: now)
        state.withLock { state in
            state.position = position
            state.until = position == nil ? .distantPast : now + pace.lease
            state.heldUntil = state.until
            state.counts.isWorking = position != nil
            if position == nil {
                (state.counts.waiting, state.counts.failed, state.counts.dueSince) = (0, 0, nil)
            }
        }
        return position != nil
    }

    /// Looks at this node, whether or not it sends.
    private func watchServer() async throws(LedgerError) {
        let now = clock.now
        let (watched, failures) = state.withLock { ($0.serverWatchedAt, $0.ledgerFailures) }
        guard isDue(watched, every: pace.watch, at: now) else { return }
        let watch = NoticeWatch(ledger: ledger, settings: settings, clock: clock)
        let found = try await watch.lookAtServer(failuresBefore: failures)
        state.withLock { ($0.serverWatchedAt, $0.ledgerFailures) = (now, found) }
    }

    private func watch() async throws(LedgerError) {
        let watch = NoticeWatch(ledger: ledger, settings: settings, clock: clock)
        let now = clock.now
        let (watched, expiries) = state.withLock { ($0.watchedAt, $0.expiriesAt) }
        if isDue(watched, every: pace.watch, at: now) {
            try await watch.lookAtUses()
            state.withLock { $0.watchedAt = now }
        }
        if isDue(expiries, every: pace.expiries, at: now) {
            let isDone = try await watch.lookAtExpiries()
            try await ledger.giveUp(before: now - RetrySchedule.lasting, at: now)
            if isDone { state.withLock { $0.expiriesAt = now } }
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

    /// Deliveries that are due, by channel, of channels that neither send now nor rest; none where another node sends.
    private func dueByChannel() async -> [[Delivery]] {
        let now = clock.now
        let occupied = state.withLock { state -> Set<String>? in
            guard state.counts.isWorking, state.heldUntil > now else { return nil }
            return state.busy.union(state.resting.filter { $0.value.until > now }.keys)
        }
        guard let occupied,
            let due = try? await ledger.dueDeliveries(at: now, without: occupied, limit: pace.batch)
        else { return [] }
        let parts = Dictionary(grouping: due, by: \.channel)
        state.withLock { $0.busy.formUnion(parts.keys) }
        return parts.sorted { $0.key < $1.key }.map(\.value)
    }

    private func send(_ part: [Delivery], report: @Sendable (String) -> Void) async {
        guard let channel = part.first?.channel else { return }
        var sending = NoticeSender.Sending()
        do throws(LedgerError) {
            sending = try await NoticeSender(ledger: ledger, settings: settings, clock: clock).send(part)
        } catch {
            sending.isStopped = true
            report("what became of notices cannot be written, so they will be sent again: \(error)")
        }
        let now = clock.now
        let done = sending
        state.withLock { state in
            state.busy.remove(channel)
            state.counts.sent += done.sent
            state.counts.failures += done.failures
            let before = done.sent > 0 ? nil : state.resting[channel]?.span
            guard done.isStopped else { return state.resting[channel] = nil }
            let span = before?.doubled(atMost: pace.longestRest) ?? pace.firstRest
            state.resting[channel] = (now + max(span, done.rest), span)
        }
    }
}
