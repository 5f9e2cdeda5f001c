public import Ledger
internal import SQL
public import Tokens

extension SQLBackedLedger {
    public func add(_ decoy: Decoy, digest: TokenDigest, event: Event) async throws(LedgerError) {
        try await write { transaction in
            let count = try transaction.statement(
                "SELECT count(*) FROM decoys WHERE owner = ? AND revoked_at IS NULL"
            ).first(decoy.owner) { $0.integer(0) }
            guard Int(count ?? 0) < LedgerLimits.decoysPerSubject else { throw LedgerError.tooManyTokens }
            try transaction.statement(
                "INSERT INTO decoys (id, owner, digest, name, created_at) VALUES (?, ?, ?, ?, ?)"
            ).run(decoy.id, decoy.owner, digest, decoy.name.text, decoy.createdAt)
            transaction.notify(.decoy(DecoyRecord(id: decoy.id, digest: digest, isRevoked: false)))
            try transaction.insert(event)
        }
    }

    public func decoy(_ id: TokenID) async throws(LedgerError) -> Decoy? {
        try await read { try $0.decoy(id) }
    }

    public func decoys(of owner: SubjectID?, limit: Int) async throws(LedgerError) -> [Decoy] {
        try await read { database in
            let condition = owner == nil ? "" : "WHERE owner = ?2"
            let values: [any Bindable] = [limit] + (owner.map { [$0] } ?? [])
            return try database.statement(
                """
                SELECT \(Decoy.columns) FROM decoys \(condition)
                ORDER BY CASE WHEN revoked_at IS NULL THEN 0 ELSE 1 END, id DESC LIMIT ?1
                """
            ).all(values) { try $0.decoy() }
        }
    }

    public func decoys(
        among digests: [TokenDigest]
    ) async throws(LedgerError) -> [TokenDigest: Decoy] {
        guard !digests.isEmpty else { return [:] }
        return try await read { database in
            var found: [TokenDigest: Decoy] = [:]
            for digest in Set(digests) {
                found[digest] = try database.statement(
                    "SELECT \(Decoy.columns) FROM decoys WHERE digest = ?"
                ).first(digest) { try $0.decoy() }
            }
            return found
        }
    }

    @discardableResult
    public func revokeDecoy(
        _ id: TokenID, at now: Timestamp, event: Event
    ) async throws(LedgerError) -> Decoy {
        try await write { transaction in
            guard let decoy = try transaction.database.decoy(id) else { throw LedgerError.noSuchToken }
            guard decoy.revokedAt == nil else { return decoy }
            let record = try transaction.statement(
                "UPDATE decoys SET revoked_at = ?2 WHERE id = ?1 RETURNING \(DecoyRecord.columns)"
            ).first(id, now) { try $0.decoyRecord() }
            if let record { transaction.notify(.decoy(record)) }
            try transaction.insert(event)
            return try transaction.database.decoy(id) ?? decoy
        }
    }

    public func record(tries: [DecoyTry]) async throws(LedgerError) {
        guard !tries.isEmpty else { return }
        try await write { transaction in
            for one in tries {
                try transaction.statement("UPDATE decoys SET tries = tries + ?2 WHERE id = ?1")
                    .run(one.decoy, one.count)
                try transaction.statement(
                    """
                    UPDATE decoys SET tried_at = ?2, tried_service = ?3, tried_from = ?4, tried_with = ?5
                    WHERE id = ?1 AND (tried_at IS NULL OR tried_at <= ?2)
                    """
                ).run(one.decoy, one.at, one.service, one.address, one.client)
            }
        }
    }
}

private enum DecoyColumn: Int32, ColumnList {
    case id, owner, name, createdAt, revokedAt, tries, triedAt, triedService, triedFrom, triedWith
}

private enum DecoyRecordColumn: Int32, ColumnList {
    case id, digest, revokedAt
}

extension Decoy {
    fileprivate static let columns = DecoyColumn.list(of: "decoys")
}

extension DecoyRecord {
    /// The columns that ``SQL/Row/decoyRecord()`` reads.
    static let columns = DecoyRecordColumn.list(of: "decoys")

    /// The position after ``columns``.
    static var columnCount: Int32 { DecoyRecordColumn.count }
}

extension SQLDatabase {
    fileprivate func decoy(_ id: TokenID) throws -> Decoy? {
        try statement("SELECT \(Decoy.columns) FROM decoys WHERE id = ?").first(id) { try $0.decoy() }
    }
}

extension Row {
    fileprivate func decoy() throws -> Decoy {
        func at(_ column: DecoyColumn) -> Int32 { column.rawValue }
        let id: TokenID = identifier(at(.id))
        return Decoy(
            id: id, owner: identifier(at(.owner)),
            name: try known(try? TokenName(text(at(.name))), "name of a decoy"),
            createdAt: timestamp(at(.createdAt)), revokedAt: optionalTimestamp(at(.revokedAt)),
            tries: Int(integer(at(.tries))),
            lastTry: optionalTimestamp(at(.triedAt)).map { moment in
                DecoyTry(
                    id, at: moment, service: optionalText(at(.triedService)) ?? "",
                    address: optionalText(at(.triedFrom)) ?? "", client: optionalText(at(.triedWith)) ?? "")
            })
    }

    func decoyRecord() throws -> DecoyRecord {
        func at(_ column: DecoyRecordColumn) -> Int32 { column.rawValue }
        return DecoyRecord(
            id: identifier(at(.id)),
            digest: try known(TokenDigest(bytes: bytes(at(.digest))), "digest of a decoy"),
            isRevoked: !isNull(at(.revokedAt)))
    }
}
