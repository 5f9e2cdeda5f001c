internal import Dispatch
public import Ledger
internal import PostgreSQL
internal import SQL
internal import Tokens

extension PostgreSQLLedger {
    /// Notifies the observer of the changes of other nodes since the load or the last call. Returns a moment:
    /// every change made before it has been notified.
    public func catchUp() async throws(LedgerError) -> ContinuousClock.Instant {
        try await pool.perform { [settings, order, node, failures] serial in
            let connection = try serial.open()
            let moment = try Follower.catchUp(settings, order, on: connection)
            // Told first: a node that is current is counted in every receipt.
            try node.tell(order.followed, on: connection, settings, failures)
            return moment
        }
    }

    /// Follows the changes of other nodes from the first load until the task is cancelled, and notifies the
    /// observer of them.
    ///
    /// `confirm` is called with a moment each time every change made before it has been notified. `report` is
    /// called with the first of several failures in a row, and with `nil` when they end. A lost connection is
    /// reopened.
    public func follow(
        confirm: @escaping @Sendable (ContinuousClock.Instant) -> Void,
        report: @escaping @Sendable (LedgerError?) -> Void
    ) async {
        guard let waker = Waker() else {
            return report(
                .failed(reason: "this process has too many files open to follow changes: restart it"))
        }
        let follower = Follower(
            settings: settings, order: order, node: node, waker: waker, failures: failures)
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                // It blocks on the server most of the time, so it needs a thread of its own.
                DispatchQueue(label: "jeton.ledger.follow").async {
                    follower.run(confirm: confirm, report: report)
                    continuation.resume()
                }
            }
        } onCancel: {
            waker.wake()
        }
    }
}

/// Follows the changes of all nodes on a connection of its own: it waits for a notification, and polls once
/// in an interval because poolers do not pass on notifications.
///
/// It asks for the changes after the last number that it has seen, so it catches up with what it missed while
/// disconnected in the same way.
struct Follower: Sendable {
    let settings: PostgreSQLSettings
    let order: ChangeOrder
    let node: FollowingNode
    let waker: Waker
    let failures: LedgerFailures

    /// Reads and notifies all new changes. Returns the moment before it asked.
    static func catchUp(
        _ settings: PostgreSQLSettings, _ order: ChangeOrder, on connection: PostgreSQLConnection
    ) throws -> ContinuousClock.Instant {
        let asked = ContinuousClock.now
        let known = order.known
        guard let followed = order.followed else {
            throw LedgerError.failed(reason: "the ledger must be loaded before it can be followed")
        }
        let head = try Changes.head(knowing: known, in: connection)
        try order.check(head, of: known)
        guard head.latest.number > followed else { return asked }
        try connection.reading(settings) {
            let read = try Changes.read(after: followed, knowing: known, in: connection)
            try order.check(read.head, of: known)
            let latest = read.head.latest
            // Where some changes are no longer kept, the node was disconnected for long, and reloads
            // everything.
            if read.records == nil { try connection.reload { order.reload($0, at: latest.number) } }
            order.follow(read.records ?? [], to: latest)
        }
        return asked
    }

    /// Follows until it is woken. `confirm` is called with the moment before each successful query; `report`
    /// with the first of several failures, with the first permanent failure, and with `nil` when they end.
    func run(
        confirm: (ContinuousClock.Instant) -> Void, report: (LedgerError?) -> Void
    ) {
        var connection: PostgreSQLConnection?
        var trouble: LedgerError?
        while !waker.isWoken(until: .now) {
            let begin = ContinuousClock.now
            let outcome = LedgerError.catching {
                try follow(by: &connection, from: begin) { moment in
                    // Reported first, so that the log has it before the first grant.
                    if trouble != nil { report(nil) }
                    trouble = nil
                    confirm(moment)
                }
            }
            guard case .failure(let error) = outcome else { continue }
            connection = nil
            failures.add(.following)
            if trouble == nil || error == ChangeOrder.isSevered && trouble != error {
                report(error)
                trouble = error
            }
            // Retries soon but not in a busy loop: a server that restarts is back within a second or two.
            _ = waker.isWoken(until: begin + min(settings.pause, .milliseconds(250)))
        }
    }

    private func follow(
        by connection: inout PostgreSQLConnection?, from begin: ContinuousClock.Instant,
        _ confirm: (ContinuousClock.Instant) -> Void
    ) throws {
        let open = try connection ?? listen()
        connection = open
        let moment = try Self.catchUp(settings, order, on: open)
        // Told first, as at the start.
        try node.tell(order.followed, on: open, settings, failures)
        confirm(moment)
        _ = try open.waitForNotification(until: begin + settings.pause, or: waker)
    }

    private func listen() throws -> PostgreSQLConnection {
        let connection = try settings.connect(within: min(settings.timeout, .seconds(3)))
        do throws(PostgreSQLError) {
            try connection.execute("LISTEN \(Changes.channel)")
        } catch {
            // Without notifications, polling remains.
            if error.kind == .connectionLost { throw error }
        }
        return connection
    }
}

extension PostgreSQLSettings {
    fileprivate var pause: Duration { .milliseconds(interval.milliseconds) }
}
