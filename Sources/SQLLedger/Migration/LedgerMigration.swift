internal import Dispatch
internal import Tokens

/// Migrates a whole ledger from a SQLite file to a PostgreSQL database, unchanged.
///
///     let migration = LedgerMigration(from: "/var/lib/jeton/jeton.db", to: settings)
///     let summary = try await migration.run { progress in print(progress.percent) }
///
/// It can be interrupted at any moment, and the next run continues: rows and the record of their arrival are
/// written in one transaction. No node can use the target before everything has been read back and found
/// equal to the source. The source is only read.
public struct LedgerMigration: Sendable {
    private let path: String
    private let settings: PostgreSQLSettings
    private let restarts: Bool
    /// The bytes of rows to send at once.
    private let batch: Int

    /// Migrates from the file at `path`. `restarts` discards what arrived in an unfinished migration.
    public init(from path: String, to settings: PostgreSQLSettings, restarts: Bool = false) {
        self.init(from: path, to: settings, restarts: restarts, batch: 1 << 20)
    }

    init(from path: String, to settings: PostgreSQLSettings, restarts: Bool = false, batch: Int) {
        self.path = path
        self.settings = settings.patient
        self.restarts = restarts
        self.batch = batch
    }

    /// Runs the migration; `tell` is called often with the progress. When it returns, nodes may use the
    /// target.
    public func run(
        tell: @escaping @Sendable (Progress) -> Void = { _ in }
    ) async throws(MoveFault) -> Outcome {
        let result: Result<Outcome, MoveFault> = await withCheckedContinuation { continuation in
            // It blocks on disk and server most of the time, so it needs a thread of its own.
            DispatchQueue(label: "jeton.ledger.move").async {
                continuation.resume(returning: Result { try move(tell) }.mapError(MoveFault.init))
            }
        }
        return try result.get()
    }

    private func move(_ tell: (Progress) -> Void) throws -> Outcome {
        let source = try SQLiteSource(path: path)
        let target = try MigrationTarget(settings)
        var progress = Progress(total: try MigratedTable.all.reduce(0) { try $0 + source.count(of: $1) })
        if let occupied = try target.begin(restarts: restarts) {
            return try compare(source, with: target, occupied: occupied, &progress, tell)
        }
        let sums = try MigratedTable.all.map { try copy($0, from: source, to: target, &progress, tell) }
        (progress.phase, progress.rows) = (.verifying, 0)
        for (table, sent) in zip(MigratedTable.all, sums) {
            let arrived = try read(table, in: target, &progress, tell)
            guard arrived == sent else {
                throw MoveFault.unequal(table: table.name, sent: sent, arrived: arrived)
            }
        }
        tell(progress)
        try source.end()
        try target.finish()
        return Outcome(sums, wasThere: false)
    }

    /// Sends the rows of a table that have not arrived. Returns the sum of all rows of the source.
    private func copy(
        _ table: MigratedTable, from source: SQLiteSource, to target: MigrationTarget,
        _ progress: inout Progress,
        _ tell: (Progress) -> Void
    ) throws -> RowSum {
        let arrived = try target.sum(arrivedIn: table)
        var (sum, batch) = (RowSum(), [UInt8]())
        progress.table = table.name
        try source.forEachRow(of: table) { row in
            // The first rows have arrived already, if they are the same.
            let isThere = sum.count < arrived.count
            progress.phase = isThere ? .comparing : .copying
            sum.add(row)
            if sum.count == arrived.count, sum != arrived {
                throw MoveFault.arrivedOtherwise(table: table.name)
            }
            progress.step(tell)
            if !isThere { batch += row.bytes }
            if batch.count >= self.batch {
                try target.add(batch, to: table, sum: sum)
                batch.removeAll(keepingCapacity: true)
                tell(progress)
            }
        }
        guard sum.count >= arrived.count else { throw MoveFault.arrivedOtherwise(table: table.name) }
        if !batch.isEmpty { try target.add(batch, to: table, sum: sum) }
        tell(progress)
        return sum
    }

    /// The sum of the rows in a table of the target.
    private func read(
        _ table: MigratedTable, in target: MigrationTarget, _ progress: inout Progress,
        _ tell: (Progress) -> Void
    ) throws -> RowSum {
        progress.table = table.name
        var sum = RowSum()
        try target.forEachRow(of: table) { row in
            sum.add(row)
            progress.step(tell)
        }
        return sum
    }

    /// A target that has a ledger already may be the result of an earlier, finished migration.
    private func compare(
        _ source: SQLiteSource, with target: MigrationTarget, occupied: MigratedTable,
        _ progress: inout Progress,
        _ tell: (Progress) -> Void
    ) throws -> Outcome {
        for table in MigratedTable.all where try source.count(of: table) != target.count(of: table) {
            throw MoveFault.targetHolds(table: occupied.name)
        }
        progress.phase = .comparing
        let sums = try MigratedTable.all.map { table in
            var sum = RowSum()
            try source.forEachRow(of: table) { sum.add($0) }
            guard try read(table, in: target, &progress, tell) == sum else {
                throw MoveFault.targetHolds(table: table.name)
            }
            return sum
        }
        try source.end()
        return Outcome(sums, wasThere: true)
    }
}

extension PostgreSQLSettings {
    /// The same settings with time for operations that take longer than any request may.
    fileprivate var patient: PostgreSQLSettings {
        var settings = self
        settings.timeout = .minutes(10)
        return settings
    }
}
