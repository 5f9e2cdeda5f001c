internal import Ledger
internal import PostgreSQL
internal import SQL
internal import Synchronization
internal import Tokens

/// The connections for reading. A caller that finds none free waits for a limited time.
final class ConnectionPool: Sendable {
    private typealias Waiting = CheckedContinuation<Result<SerialConnection, LedgerError>, Never>

    private struct PoolState {
        var free: [SerialConnection] = []
        var made: [SerialConnection] = []
        var waiting: [(number: Int, isUrgent: Bool, continuation: Waiting)] = []
        var lastNumber = 0
        var isClosed = false
    }

    private let settings: PostgreSQLSettings
    private let state = Mutex(PoolState())

    init(_ settings: PostgreSQLSettings) {
        self.settings = settings
    }

    /// Runs `body` on a connection of its own.
    func perform<R: Sendable>(
        _ body: @escaping @Sendable (SerialConnection) throws -> R
    ) async throws(LedgerError) -> R {
        let line = try await take()
        defer { give(line) }
        return try await line.perform(body)
    }

    private func take() async throws(LedgerError) -> SerialConnection {
        let isUrgent = LedgerPriority.isUrgent
        let outcome: Result<SerialConnection, LedgerError> = await withCheckedContinuation { continuation in
            let number: Int? = state.withLock { state in
                if state.isClosed {
                    continuation.resume(returning: .failure(.failed(reason: "the ledger is closed")))
                } else if let line = state.free.popLast() {
                    continuation.resume(returning: .success(line))
                } else if state.made.count < settings.connections {
                    let line = SerialConnection(settings, label: "jeton.ledger.read.\(state.made.count)")
                    state.made.append(line)
                    continuation.resume(returning: .success(line))
                } else {
                    state.lastNumber += 1
                    state.waiting.append((state.lastNumber, isUrgent, continuation))
                    return state.lastNumber
                }
                return nil
            }
            if let number { giveUp(number, after: settings.patience) }
        }
        return try outcome.get()
    }

    private func giveUp(_ number: Int, after patience: TimeSpan) {
        Task {
            try? await Task.sleep(for: .milliseconds(patience.milliseconds))
            let waiting = state.withLock { state in
                state.waiting.firstIndex { $0.number == number }.map { state.waiting.remove(at: $0) }
            }
            waiting?.continuation.resume(
                returning: .failure(
                    .failed(
                        reason: "all \(settings.connections) connections to PostgreSQL were in use for "
                            + "\(patience.words): try again, or allow more (postgresql.connections)"))
            )
        }
    }

    private func give(_ line: SerialConnection) {
        let next = state.withLock { state in
            if state.waiting.isEmpty {
                state.free.append(line)
                return nil as Waiting?
            }
            let next = state.waiting.firstIndex(where: \.isUrgent) ?? 0
            return state.waiting.remove(at: next).continuation
        }
        next?.resume(returning: .success(line))
    }

    /// Closes all connections after their work.
    func close() async {
        let lines = state.withLock { state in
            state.isClosed = true
            return state.made
        }
        for line in lines { await line.close() }
    }
}

extension ConnectionPool: ReadExecutor {
    func read<R: Sendable>(
        _ body: @escaping @Sendable (any SQLDatabase) throws -> R
    ) async throws(LedgerError) -> R {
        try await perform { line in
            do {
                return try line.reading(body)
            } catch let error as PostgreSQLError where error.kind == .connectionLost {
                // Reading is safe to repeat, and the second connection may reach a server that works.
                return try line.reading(body)
            }
        }
    }
}

extension SerialConnection {
    /// Reads in one transaction that sees one moment. Call it on the connection's queue.
    func reading<R>(_ body: (PostgreSQLConnection) throws -> R) throws -> R {
        let connection = try begin(settings.beginReading).connection
        return try connection.committing { try body(connection) }
    }
}

extension PostgreSQLConnection {
    /// Reads in one transaction that sees one moment.
    func reading<R>(_ settings: PostgreSQLSettings, _ body: () throws -> R) throws -> R {
        try execute(settings.beginReading)
        return try committing(body)
    }

    /// Commits the open transaction, or rolls it back where `body` throws.
    func committing<R>(_ body: () throws -> R) throws -> R {
        do {
            let result = try body()
            try commit()
            return result
        } catch {
            rollBack()
            throw error
        }
    }
}
