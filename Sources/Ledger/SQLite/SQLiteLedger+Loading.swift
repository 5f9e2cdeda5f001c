internal import SQLite
internal import Synchronization
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
        reader.read(try database.signInDemand())
        try database.statement("SELECT \(Subject.columns) FROM subjects").forEach { row in
            reader.read(try row.subject())
            return true
        }
        // In the order in which they lie in the file.
        try database.statement("SELECT \(TokenRow.columns) FROM tokens ORDER BY id").forEach { row in
            try row.readToken(into: reader)
            if isCancelled.isSet { throw LedgerError.cancelled }
            return true
        }
        reader.end()
    }
}

/// Whether somebody has lost interest.
private final class CancellationMark: Sendable {
    private let mark = Atomic(false)

    var isSet: Bool { mark.load(ordering: .relaxed) }

    func set() { mark.store(true, ordering: .relaxed) }
}

extension TokenRow {
    /// What ``SQLite/Row/readToken(into:)`` reads.
    fileprivate static var columns: String {
        "id, owner, digest, scopes, addresses, created_at, expires_at, revoked_at"
    }
}

extension Row {
    fileprivate func readToken(into reader: some LedgerReader) throws {
        try reader.read(
            TokenRow(
                digest: try known(TokenDigest(reading: span(2)), "digest"), id: identifier(0),
                owner: identifier(1), scopes: span(3), addresses: span(4), createdAt: timestamp(5),
                expiresAt: optionalTimestamp(6), isRevoked: !isNull(7)))
    }
}
