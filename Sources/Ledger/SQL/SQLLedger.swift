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
    let writer: GroupCommit
    let failures: LedgerFailures
    /// The groups that the configuration names.
    let namedGroups: [String]

    init(
        reader: any Reader, writing: any WriteExecutor, namedGroups: [String],
        failures: LedgerFailures = LedgerFailures()
    ) {
        self.reader = reader
        self.namedGroups = namedGroups
        self.failures = failures
        writer = GroupCommit(writing, failures: failures)
    }
}

/// Where rows are read.
protocol Reader: Sendable {
    /// Reads, with all of `body` from one moment, and from after every change that was answered.
    func read<R: Sendable>(
        _ body: @escaping @Sendable (any SQLDatabase) throws -> R
    ) async throws(LedgerError) -> R
}

extension SQLLedger {
    /// How often it failed since it was opened.
    public var failures: LedgerFailures { rows.failures }
    var writer: GroupCommit { rows.writer }
    var namedGroups: [String] { rows.namedGroups }

    func read<R: Sendable>(
        _ body: @escaping @Sendable (any SQLDatabase) throws -> R
    ) async throws(LedgerError) -> R {
        try await rows.failures.counting(.reading) { () async throws(LedgerError) in
            try await rows.reader.read(body)
        }
    }
}
