internal import JSON
public import Ledger
internal import SQL
public import Tokens

private let waiting = Delivery.State.waiting.rawValue
private let failed = Delivery.State.failed.rawValue

extension SQLBackedLedger {
    public func dueDeliveries(
        at now: Timestamp, without channels: Set<String>, limit: Int
    ) async throws(LedgerError) -> [Delivery] {
        let left = JSONValue.array(channels.sorted().map(JSONValue.string)).text
        return try await read { database in
            try database.statement(
                """
                SELECT \(Delivery.columns) FROM deliveries JOIN notices ON notices.id = deliveries.notice
                WHERE deliveries.state = '\(waiting)' AND deliveries.next_at <= ?1
                    AND deliveries.channel NOT IN \(database.dialect.elements(of: "?3"))
                ORDER BY deliveries.next_at, deliveries.notice, deliveries.channel LIMIT ?2
                """
            ).all([now, limit, left]) { try $0.delivery() }
        }
    }

    public func digest(of person: SubjectID, on day: Int64) async throws(LedgerError) -> [Delivery] {
        try await read { database in
            try database.statement(
                """
                SELECT \(Delivery.columns) FROM deliveries JOIN notices ON notices.id = deliveries.notice
                WHERE deliveries.state = '\(waiting)' AND deliveries.digest_on = ?2 AND notices.recipient = ?1
                ORDER BY deliveries.notice
                """
            ).all([person, day]) { try $0.delivery() }
        }
    }

    public func settle(_ results: [DeliveryResult]) async throws(LedgerError) {
        try await write { transaction in
            for result in results {
                try transaction.statement(
                    """
                    UPDATE deliveries SET state = ?3, attempts = attempts + 1, next_at = ?4, last_error = ?5,
                        sent_at = ?6
                    WHERE notice = ?1 AND channel = ?2 AND state = '\(waiting)'
                    """
                ).run(
                    result.notice, result.channel, result.state.rawValue, result.nextAt, result.error,
                    result.state == .sent ? result.at : nil)
            }
        }
    }

    public func giveUp(before moment: Timestamp, at now: Timestamp) async throws(LedgerError) {
        _ = try await write { transaction in
            try transaction.statement(
                """
                UPDATE deliveries SET state = '\(failed)',
                    last_error = CASE last_error WHEN '' THEN 'its channel was down for days' ELSE last_error END
                WHERE state = '\(waiting)' AND next_at < ?1
                """
            ).run(moment)
        }
    }

    public func deliveries(_ query: DeliveryQuery) async throws(LedgerError) -> [Delivery] {
        let ofState = query.state.map { "AND deliveries.state = '\($0.rawValue)'" } ?? ""
        return try await read { database in
            try database.statement(
                """
                SELECT \(Delivery.columns) FROM deliveries JOIN notices ON notices.id = deliveries.notice
                WHERE deliveries.notice < ?1 \(ofState)
                ORDER BY deliveries.notice DESC, deliveries.channel LIMIT ?2
                """
            ).all([query.before ?? NoticeID(number: .max), query.limit]) { try $0.delivery() }
        }
    }

    public func deliveryFigures() async throws(LedgerError) -> DeliveryFigures {
        try await read { database in
            func count(_ state: String) throws -> Int {
                let sql = "SELECT count(*) FROM deliveries WHERE state = '\(state)'"
                return Int(try database.statement(sql).first { $0.integer(0) } ?? 0)
            }
            let oldest = try database.statement(
                "SELECT min(next_at) FROM deliveries WHERE state = '\(waiting)' AND attempts = 0"
            ).first { $0.optionalTimestamp(0) }.flatMap(\.self)
            let retried = try database.statement(
                """
                SELECT min(notices.at) FROM deliveries JOIN notices ON notices.id = deliveries.notice
                WHERE state = '\(waiting)' AND attempts > 0
                """
            ).first { $0.optionalTimestamp(0) }.flatMap(\.self)
            return DeliveryFigures(
                waiting: try count(waiting), failed: try count(failed),
                dueSince: [oldest, retried].compactMap(\.self).min())
        }
    }

    public func sendAgain(_ notice: NoticeID?, at now: Timestamp) async throws(LedgerError) -> Int {
        try await write { transaction in
            try transaction.statement(
                """
                UPDATE deliveries SET state = '\(waiting)', next_at = ?1, digest_on = NULL, attempts = 0
                WHERE state = '\(failed)' AND (CAST(?2 AS BIGINT) IS NULL OR notice = ?2)
                    AND channel NOT IN (SELECT name FROM disabled_endpoints)
                """
            ).run(now, notice)
        }
    }

    // MARK: Webhooks

    public func disabledEndpoints() async throws(LedgerError) -> [DisabledEndpoint] {
        try await read { database in
            try database.statement("SELECT name, at, reason FROM disabled_endpoints ORDER BY name").all([]) {
                DisabledEndpoint($0.text(0), at: $0.timestamp(1), reason: $0.text(2))
            }
        }
    }

    @discardableResult
    public func disable(_ endpoint: DisabledEndpoint, event: Event) async throws(LedgerError) -> Bool {
        try await write { transaction in
            let added = try transaction.statement(
                """
                INSERT INTO disabled_endpoints (name, at, reason) VALUES (?, ?, ?)
                ON CONFLICT (name) DO NOTHING
                """
            ).run(endpoint.name, endpoint.at, endpoint.reason)
            try transaction.statement(
                """
                UPDATE deliveries SET state = '\(failed)', last_error = ?2
                WHERE channel = ?1 AND state = '\(waiting)'
                """
            ).run(endpoint.name, "the webhook is disabled: \(endpoint.reason)")
            guard added > 0 else { return false }
            try transaction.insert(event)
            return true
        }
    }

    @discardableResult
    public func enable(endpoint: String) async throws(LedgerError) -> Bool {
        try await write { transaction in
            try transaction.statement("DELETE FROM disabled_endpoints WHERE name = ?").run(endpoint) > 0
        }
    }

    public func teamWebhook(of account: SubjectID) async throws(LedgerError) -> TeamWebhook? {
        try await read { database in
            try database.statement(
                "SELECT url, sealed_secret, changed_at, changed_by FROM account_webhooks WHERE subject = ?"
            ).first(account) { row in
                TeamWebhook(
                    url: row.text(0), sealedSecret: row.text(1), changedAt: row.timestamp(2),
                    changedBy: row.optionalIdentifier(3))
            }
        }
    }

    public func setTeamWebhook(
        _ webhook: TeamWebhook?, of account: SubjectID, event: Event
    ) async throws(LedgerError) {
        try await write { transaction in
            guard try transaction.database.account(account) != nil else { throw LedgerError.noSuchSubject }
            if let webhook {
                try transaction.statement(
                    """
                    INSERT INTO account_webhooks (subject, url, sealed_secret, changed_at, changed_by)
                    VALUES (?1, ?2, ?3, ?4, ?5)
                    ON CONFLICT (subject) DO UPDATE
                    SET url = ?2, sealed_secret = ?3, changed_at = ?4, changed_by = ?5
                    """
                ).run(account, webhook.url, webhook.sealedSecret, webhook.changedAt, webhook.changedBy)
            } else {
                try transaction.statement("DELETE FROM account_webhooks WHERE subject = ?").run(account)
            }
            try transaction.statement("DELETE FROM disabled_endpoints WHERE name = ?")
                .run("team/\(account)")
            try transaction.insert(event)
        }
    }
}
