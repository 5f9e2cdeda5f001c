internal import Dispatch
public import Ledger
internal import PostgreSQL
internal import SQL
internal import Tokens

extension PostgreSQLLedger {
    /// Tells the observer of what other nodes changed since the load, or since this was called last. Gives a
    /// moment: every change was told that was made before it.
    public func catchUp() async throws(LedgerError) -> ContinuousClock.Instant {
        try await pool.perform { [settings, order] line in
            let connection = try line.open()
            return try Follower.catchUp(settings, order, on: connection)
        }
    }

    /// Tells the observer of what other nodes change, from where the first load ended, until the task is
    /// cancelled.
    ///
    /// Each time all is known, `confirm` is handed a moment: every change was told that was made before it.
    /// `report` learns of the first of several failures in a row, and of their end as `nil`. A lost
    /// connection is opened again.
    public func follow(
        confirm: @escaping @Sendable (ContinuousClock.Instant) -> Void,
        report: @escaping @Sendable (LedgerError?) -> Void
    ) async {
        guard let waker = Waker() else {
            return report(
                .failed(reason: "this process has too many files open to follow changes: restart it"))
        }
        let follower = Follower(settings: settings, order: order, waker: waker, failures: failures)
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                // It waits for the server most of the time: no place for that among Swift's threads.
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

/// Follows what all nodes change, on a connection of its own: it is notified of a commit, and asks by itself
/// once in an interval, since notifications do not come through everything that may stand in between.
///
/// What it asks for are the changes after the last number that it took in. So what was missed while there
/// was no connection is caught up with in the same way.
struct Follower: Sendable {
    let settings: PostgreSQLSettings
    let order: ChangeOrder
    let waker: Waker
    let failures: LedgerFailures

    /// Takes in all that was changed until now. Gives the moment from before it asked.
    static func catchUp(
        _ settings: PostgreSQLSettings, _ order: ChangeOrder, on connection: PostgreSQLConnection
    ) throws -> ContinuousClock.Instant {
        let asked = ContinuousClock.now
        let known = order.known
        guard let followed = order.followed else {
            throw LedgerError.failed(reason: "nothing can be followed before the ledger was loaded")
        }
        let head = try Changes.head(knowing: known, in: connection)
        try order.check(head, of: known)
        guard head.latest.number > followed else { return asked }
        try connection.reading(settings) {
            let read = try Changes.read(after: followed, knowing: known, in: connection)
            try order.check(read.head, of: known)
            let latest = read.head.latest
            // Where not all is kept, this node was away for long, and reads everything again.
            if read.records == nil { try connection.reload { order.reload($0, at: latest.number) } }
            order.follow(read.records ?? [], to: latest)
        }
        return asked
    }

    /// Follows until it is woken. Each time it is current, `confirm` is handed the moment from before it
    /// asked; `report` learns of the first of several failures, of the first that will not end by itself, and of
    /// the end of them as `nil`.
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
            // Soon again, and not in a circle: a server that restarts is back within a second or two.
            _ = waker.isWoken(until: begin + min(settings.pause, .milliseconds(250)))
        }
    }

    private func follow(
        by connection: inout PostgreSQLConnection?, from begin: ContinuousClock.Instant,
        _ confirm: (ContinuousClock.Instant) -> Void
    ) throws {
        let open = try connection ?? listen()
        connection = open
        confirm(try Self.catchUp(settings, order, on: open))
        _ = try open.waitForNotification(until: begin + settings.pause, or: waker)
    }

    private func listen() throws -> PostgreSQLConnection {
        let connection = try settings.connect(within: min(settings.timeout, .seconds(3)))
        do throws(PostgreSQLError) {
            try connection.execute("LISTEN \(Changes.channel)")
        } catch {
            // Where there are no notifications, asking once in an interval is what is left.
            if error.kind == .connectionLost { throw error }
        }
        return connection
    }
}

extension PostgreSQLSettings {
    fileprivate var pause: Duration { .milliseconds(interval.milliseconds) }
}
