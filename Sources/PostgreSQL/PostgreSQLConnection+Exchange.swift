internal import CPostgreSQL

extension PostgreSQLConnection {
    /// Sends something, waits for all of its results, and hands each that is good to `take`. Where it is a
    /// COPY that asks for rows, `supply` sends them, and gives what libpq says of that, 1 for success.
    ///
    /// Waiting is done here and not by libpq, which would wait for ever for a server that is frozen.
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

    /// Waits for notifications (`LISTEN`) until that moment, or until `waker` is woken. Whether any came.
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

    /// Waits until there is something to read; gives `false` where the time is over or the waker woken.
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
        // The primary message alone: details hold values of rows
        // (https://www.postgresql.org/docs/current/libpq-exec.html#LIBPQ-PQRESULTERRORFIELD).
        func field(_ code: Character) -> String? {
            guard let value = code.asciiValue.flatMap({ PQresultErrorField(result, Int32($0)) }) else {
                return nil
            }
            return String(cString: value)
        }
        guard let state = field("C") else {
            // What libpq itself says, without a code, is that the connection is gone.
            return .lost(PostgreSQLError.complaint(of: handle))
        }
        return PostgreSQLError(sqlState: state, message: field("M") ?? "unknown error")
    }
}
