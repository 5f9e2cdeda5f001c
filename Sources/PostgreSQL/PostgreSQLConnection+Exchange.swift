internal import CPostgreSQL

extension PostgreSQLConnection {
    /// Sends a command, waits for all of its results, and passes each successful one to `take`. Where the
    /// command is a COPY that expects rows, `supply` sends them and returns libpq's result, 1 for success.
    ///
    /// It waits by itself because libpq would wait for ever for a server that hangs.
    func exchange(
        _ send: () -> Int32, supply: () -> Int32 = { 0 }, take: (ServerResult) -> Void
    ) throws(PostgreSQLError) {
        guard !isLost, send() == 1 else { throw lose(PostgreSQLError.complaint(of: handle)) }
        let end = ContinuousClock.now + timeout
        var failure: PostgreSQLError?
        while let result = try nextResult(before: end) {
            switch PQresultStatus(result.handle) {
            case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_SINGLE_TUPLE: take(result)
            case PGRES_COPY_IN:
                guard supply() == 1 else { throw lose(PostgreSQLError.complaint(of: handle)) }
            default: failure = failure ?? error(of: result.handle)
            }
        }
        if PQstatus(handle) != CONNECTION_OK { isLost = true }
        guard let failure else { return }
        if failure.kind == .connectionLost { isLost = true }
        throw failure
    }

    /// Waits for notifications (`LISTEN`) until `end`, or until `waker` is woken. Returns whether any
    /// arrived.
    public func waitForNotification(
        until end: ContinuousClock.Instant, or waker: Waker
    ) throws(PostgreSQLError) -> Bool {
        while true {
            guard PQconsumeInput(handle) == 1 else { throw lose(PostgreSQLError.complaint(of: handle)) }
            var came = false
            while let notification = PQnotifies(handle) {
                PQfreemem(notification)
                came = true
            }
            if came { return true }
            guard try wait(until: end, or: waker) else { return false }
        }
    }

    private func nextResult(before end: ContinuousClock.Instant) throws(PostgreSQLError) -> ServerResult? {
        while PQisBusy(handle) != 0 {
            guard try wait(until: end, or: nil) else { throw lose("the server did not answer in time") }
            guard PQconsumeInput(handle) == 1 else { throw lose(PostgreSQLError.complaint(of: handle)) }
        }
        return PQgetResult(handle).map(ServerResult.init)
    }

    /// Waits until the socket is readable; returns `false` after `end`, or where `waker` was woken.
    private func wait(until end: ContinuousClock.Instant, or waker: Waker?) throws(PostgreSQLError) -> Bool {
        let socket = PQsocket(handle)
        guard socket >= 0 else { throw lose("the connection is closed") }
        guard let waker else { return Poll.waits(for: socket, until: end) == .first }
        return Poll.waits(for: socket, or: waker.reading, until: end) == .first
    }

    private func lose(_ complaint: String) -> PostgreSQLError {
        isLost = true
        return .lost(complaint.isEmpty ? "the connection was lost" : complaint)
    }

    private func error(of result: OpaquePointer) -> PostgreSQLError {
        // Only the primary message: the detail contains values of rows
        // (https://www.postgresql.org/docs/current/libpq-exec.html#LIBPQ-PQRESULTERRORFIELD).
        func field(_ code: Character) -> String? {
            guard let value = code.asciiValue.flatMap({ PQresultErrorField(result, Int32($0)) }) else {
                return nil
            }
            return String(cString: value)
        }
        guard let state = field("C") else {
            // An error of libpq itself has no code: the connection is gone.
            return .lost(PostgreSQLError.complaint(of: handle))
        }
        return PostgreSQLError(sqlState: state, message: field("M") ?? "unknown error")
    }
}
