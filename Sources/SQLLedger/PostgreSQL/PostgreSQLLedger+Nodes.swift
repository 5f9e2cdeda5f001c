public import Ledger
internal import PostgreSQL
internal import SQL
internal import Tokens

/// Each node that follows has a row in `nodes` with the number of the latest change that it has applied, so that any
/// node can tell by when all others refuse what was revoked.
extension PostgreSQLLedger {
    public var latestChange: Int64 { order.known?.number ?? 0 }

    public func confirmations(of change: Int64) async throws(LedgerError) -> [NodeConfirmation] {
        try await read { database in
            try database.statement(
                """
                SELECT name, followed >= CAST(?1 AS BIGINT),
                    CAST(1000 * extract(epoch FROM followed_at - changes.at) AS BIGINT),
                    CAST(1000 * extract(epoch FROM clock_timestamp() - seen_at) AS BIGINT)
                FROM nodes LEFT JOIN changes ON changes.number = CAST(?1 AS BIGINT) ORDER BY name, nodes.id
                """
            ).all([change]) { row in
                let isConfirmed = row.integer(1) != 0
                return NodeConfirmation(
                    node: row.text(0), isConfirmed: isConfirmed,
                    delay: isConfirmed
                        ? row.optionalInteger(2).map { TimeSpan(milliseconds: max(0, $0)) } : nil,
                    silence: TimeSpan(milliseconds: max(0, row.integer(3))))
            }
        }
    }

    /// Removes this node's row, since it serves no longer.
    func leave() async {
        try? await counting.perform { [node] serial in
            let connection = try serial.begin(serial.settings.beginWriting).connection
            _ = try connection.committing {
                try connection.statement("DELETE FROM nodes WHERE id = ?").run(node.id)
            }
        }
    }
}

/// A node that follows changes.
final class FollowingNode: Sendable {
    /// Random, so that a node that is started again is another one.
    let id = Int64.random(in: 1...Int64.max)
    /// The host and port where it serves.
    let name: String

    init(name: String) {
        self.name = name
    }

    /// Lets other nodes know how far this one has followed. They only wait for it: where it cannot be written, this node
    /// follows all the same.
    func tell(
        _ followed: Int64?, on connection: PostgreSQLConnection, _ settings: PostgreSQLSettings,
        _ failures: LedgerFailures
    ) throws {
        guard let followed else { return }
        do {
            try confirm(followed, on: connection, settings)
        } catch let error as PostgreSQLError where error.kind != .connectionLost {
            connection.rollBack()
            failures.add(.following)
        }
    }

    /// Writes which changes this node has applied. Nothing waits for the disk: a confirmation that a crash loses is
    /// given again.
    private func confirm(_ number: Int64, on connection: PostgreSQLConnection, _ settings: PostgreSQLSettings)
        throws
    {
        try connection.execute(settings.beginWriting + " SET LOCAL synchronous_commit = off")
        _ = try connection.committing {
            try connection.statement(
                """
                INSERT INTO nodes (id, name, followed, followed_at, seen_at)
                VALUES (?1, ?2, ?3, clock_timestamp(), clock_timestamp())
                ON CONFLICT (id) DO UPDATE SET followed = ?3, seen_at = clock_timestamp(),
                    followed_at = CASE WHEN nodes.followed < ?3 THEN clock_timestamp()
                        ELSE nodes.followed_at END
                """
            ).run(id, name, number)
        }
    }
}
