internal import Ledger
internal import SQL
internal import Synchronization
internal import Tokens

extension LoadedToken {
    /// The columns that ``SQL/Row/readToken(into:)`` reads.
    static var columns: String { LoadedTokenColumn.list }
}

private enum LoadedTokenColumn: Int32, ColumnList {
    case id, token, replacedAt, owner, digest, scopes, addresses, createdAt, expiresAt, revokedAt, pauses
    case handedOverFrom, handedOverAt, trustRule, actor, actorsBefore
}

extension Row {
    func readToken(into reader: some LedgerReader) throws {
        func at(_ column: LoadedTokenColumn) -> Int32 { column.rawValue }
        let secret: SecretID = identifier(at(.id))
        // Few tokens are paused.
        let pauses = span(at(.pauses)).isEmpty ? [] : [Pause](column: text(at(.pauses)))
        try reader.read(
            LoadedToken(
                digest: try known(TokenDigest(reading: span(at(.digest))), "digest"), secret: secret,
                id: optionalIdentifier(at(.token)) ?? secret.alias, isPrevious: !isNull(at(.replacedAt)),
                owner: identifier(at(.owner)), scopes: span(at(.scopes)), addresses: span(at(.addresses)),
                createdAt: timestamp(at(.createdAt)), expiresAt: optionalTimestamp(at(.expiresAt)),
                isRevoked: !isNull(at(.revokedAt)), pauses: try known(pauses, "pauses"),
                handOver: handOver(at(.handedOverFrom), at(.handedOverAt)),
                isOfJob: !isNull(at(.trustRule)), actors: try actors(at(.actor), at(.actorsBefore))))
    }
}

/// Stops a load whose task was cancelled: the load runs on a dispatch queue, which does not see the task.
final class CancellationMark: Sendable {
    private let mark = Atomic(false)

    var isSet: Bool { mark.load(ordering: .relaxed) }

    func set() { mark.store(true, ordering: .relaxed) }
}
