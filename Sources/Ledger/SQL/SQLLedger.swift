internal import SQL

/// A ledger that keeps its rows in an SQL database. All its rules are written here, once for every engine;
/// an engine says how the database is opened, read, written, loaded, copied and closed.
public protocol SQLLedger: Ledger {
    /// How its rows are reached.
    var rows: Rows { get }
}

/// How a ledger's rows are reached. Nobody outside has a use for it.
public struct Rows: Sendable {
    let reader: any Reader
    let writer: Writer
}

/// Where rows are read.
protocol Reader: Sendable {
    /// Reads, with all of `body` from one moment, and from after every change that was answered.
    func read<R: Sendable>(
        _ body: @escaping @Sendable (any SQLDatabase) throws -> R
    ) async throws(LedgerError) -> R
}

extension SQLLedger {
    var writer: Writer { rows.writer }

    func read<R: Sendable>(
        _ body: @escaping @Sendable (any SQLDatabase) throws -> R
    ) async throws(LedgerError) -> R {
        try await rows.reader.read(body)
    }
}
