public import Ledger
internal import SQL
internal import SQLite
internal import Tokens

extension SQLiteLedger {
    public func load(into reader: some LedgerReader) async throws(LedgerError) {
        let isCancelled = CancellationMark()
        let result = await withTaskCancellationHandler {
            await readWhole { database in
                try database.transaction(.read) { try Self.read(database, into: reader, until: isCancelled) }
            }
        } onCancel: {
            isCancelled.set()
        }
        try result.get()
    }

    private static func read(
        _ database: Database, into reader: some LedgerReader, until isCancelled: CancellationMark
    ) throws {
        let count = try database.integer("SELECT count(*) FROM tokens") ?? 0
        reader.begin(tokens: Int(count))
        reader.read(try database.signInPolicy())
        reader.read(try database.tokenPolicy())
        try database.statement("SELECT \(Subject.columns) FROM subjects").forEach([]) { row in
            reader.read(try row.subject())
            return true
        }
        // In the order of the file.
        try database.statement("SELECT \(LoadedToken.columns) FROM tokens ORDER BY id").forEach([]) { row in
            try row.readToken(into: reader)
            if isCancelled.isSet { throw LedgerError.cancelled }
            return true
        }
        try database.statement("SELECT \(DecoyRecord.columns) FROM decoys").forEach([]) { row in
            reader.read(try row.decoyRecord())
            return true
        }
        reader.end()
    }
}
