public import Ledger
internal import SQL
public import Tokens

extension SQLBackedLedger {
    public func forget(_ retention: EventRetention, at now: Timestamp) async throws(LedgerError) {
        if let keep = retention.keep {
            try await inPortions { try $0.removeEvents(before: now - keep, retention) }
            try await inPortions { try $0.removeNotices(before: now - keep) }
        }
        if let keep = retention.keepAddresses {
            try await inPortions { try $0.eraseAddresses(before: now - keep, retention) }
            try await inPortions { try $0.eraseTraces(before: now - keep) }
        }
        if let span = retention.eraseAfter {
            try await inPortions { try $0.erasePeople(removedBefore: now - span, retention) }
        }
    }

    /// Changes portions until `body` returns `false`. Other writers take their turns in between.
    private func inPortions(
        _ body: @escaping @Sendable (Transaction) throws -> Bool
    ) async throws(LedgerError) {
        while try await write(body), !Task.isCancelled {}
    }
}

/// How many rows one transaction removes or changes.
private let portion = 2000

extension Transaction {
    /// Removes the oldest events, but never the newest of all, after which identifiers continue.
    fileprivate func removeEvents(before end: Timestamp, _ retention: EventRetention) throws -> Bool {
        guard let last = try lastForgotten(before: end, retention) else { return false }
        let removed = try statement(
            """
            DELETE FROM events WHERE id IN (
                SELECT id FROM events WHERE id <= ?1 AND at < ?2 AND id < (SELECT max(id) FROM events)
                ORDER BY id LIMIT \(portion))
            """
        ).run(last, end)
        return removed > 0
    }

    fileprivate func eraseAddresses(before end: Timestamp, _ retention: EventRetention) throws -> Bool {
        guard let last = try lastForgotten(before: end, retention) else { return false }
        let first = try database.reached(.addresses) ?? -1
        let found = try statement(
            """
            SELECT max(id) FROM (SELECT id FROM events WHERE id > ?1 AND id <= ?2 AND at < ?3
                ORDER BY id LIMIT \(portion)) AS portion
            """
        ).first(first, last, end) { $0.optionalInteger(0) }.flatMap(\.self)
        guard let found else { return false }
        try statement(
            "UPDATE events SET address = '' WHERE id > ?1 AND id <= ?2 AND at < ?3 AND address <> ''"
        ).run(first, found, end)
        try remember(found, of: .addresses)
        return true
    }

    /// Removes the oldest notices, also those that were never sent.
    fileprivate func removeNotices(before end: Timestamp) throws -> Bool {
        let removed = try statement("SELECT id FROM notices WHERE at < ? ORDER BY at LIMIT \(portion)")
            .all([end]) { row -> NoticeID in row.identifier(0) }
        for id in removed { try remove(id) }
        return !removed.isEmpty
    }

    /// Erases addresses in notices.
    fileprivate func eraseTraces(before end: Timestamp) throws -> Bool {
        try statement(
            """
            UPDATE notices SET traces = '' WHERE id IN (
                SELECT id FROM notices WHERE at < ? AND traces <> '' ORDER BY at LIMIT \(portion))
            """
        ).run(end) > 0
    }

    /// Removes a notice with its deliveries.
    func remove(_ notice: NoticeID) throws {
        try statement("DELETE FROM deliveries WHERE notice = ?").run(notice)
        try statement("DELETE FROM notices WHERE id = ?").run(notice)
    }

    /// Erases who people were that were removed before `end`, once every export has sent all events about them.
    fileprivate func erasePeople(removedBefore end: Timestamp, _ retention: EventRetention) throws -> Bool {
        guard let sent = try lastSent(retention) else { return false }
        let removed = try statement(
            """
            SELECT \(Subject.columns) FROM subjects
            WHERE ended_at <= ?1 AND purpose IS NULL AND login_folded <> \(Subject.erasedKey)
                AND NOT EXISTS (SELECT 1 FROM events WHERE subject = subjects.id AND events.id > ?2)
                AND NOT EXISTS (SELECT 1 FROM events WHERE actor = subjects.id AND events.id > ?2)
            ORDER BY id LIMIT 20
            """
        ).all([end, sent]) { try $0.subject() }
        for person in removed { try erase(person) }
        return !removed.isEmpty
    }

    /// The last event that may be forgotten: none that an export has not sent, and none that happened later.
    private func lastForgotten(before end: Timestamp, _ retention: EventRetention) throws -> Int64? {
        let last = EventID.first(at: end + (try database.eventLead()))
        return try lastSent(retention).map { min($0, last) }
    }

    /// The latest event that every export has sent; `nil` before one has sent any.
    private func lastSent(_ retention: EventRetention) throws -> Int64? {
        var last = Int64.max
        for name in retention.exports {
            guard let sent = try database.reached(.export(name)) else { return nil }
            last = min(last, sent)
        }
        return last
    }
}
