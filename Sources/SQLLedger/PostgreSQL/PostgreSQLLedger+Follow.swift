internal import Dispatch
public import Ledger
internal import PostgreSQL

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
