public import Ledger
internal import SQL
public import Tokens

extension SQLBackedLedger {
    public func leaseNotices(
        to holder: Int64, until end: Timestamp, at now: Timestamp
    ) async throws(LedgerError) -> ExportPosition? {
        try await lease(.notices, to: holder, until: end, at: now)
    }

    public func releaseNotices(of holder: Int64) async throws(LedgerError) {
        try await release(.cursor(.notices), of: holder)
    }

    public func add(
        _ notices: [NewNotice], upTo event: EventID, of holder: Int64
    ) async throws(LedgerError) -> Bool {
        try await write { transaction in
            guard try transaction.advance(.notices, of: holder, to: event) else { return false }
            for new in notices {
                if let once = new.once,
                    try !transaction.use(once.mark, until: once.until, at: new.notice.at)
                {
                    continue
                }
                try transaction.insert(new)
            }
            return true
        }
    }

    // MARK: Reading

    public func notices(
        of person: SubjectID, before: NoticeID?, limit: Int
    ) async throws(LedgerError) -> [Notice] {
        try await read { database in
            try database.statement(
                """
                SELECT \(Notice.columns) FROM notices WHERE recipient = ?1 AND id < ?2
                ORDER BY id DESC LIMIT ?3
                """
            ).all([person, before ?? NoticeID(number: .max), limit]) { try $0.notice() }
        }
    }

    public func countOfNewNotices(of person: SubjectID) async throws(LedgerError) -> Int {
        try await read { database in
            let count = try database.statement(
                """
                SELECT count(*) FROM (SELECT 1 FROM notices WHERE recipient = ? AND read_at IS NULL
                    LIMIT \(LedgerLimits.newNoticesCounted)) AS new
                """
            ).first(person) { $0.integer(0) }
            return Int(count ?? 0)
        }
    }

    public func markNoticesRead(
        of person: SubjectID, upTo last: NoticeID, at now: Timestamp
    ) async throws(LedgerError) {
        _ = try await write { transaction in
            try transaction.statement(
                "UPDATE notices SET read_at = ?3 WHERE recipient = ?1 AND id <= ?2 AND read_at IS NULL"
            ).run(person, last, now)
        }
    }

    // MARK: Choices

    public func noticeChoices(
        of people: Set<SubjectID>
    ) async throws(LedgerError) -> [SubjectID: [String: NoticeChoice]] {
        guard !people.isEmpty else { return [:] }
        let list = "[\(people.map { "\($0.number)" }.joined(separator: ","))]"
        return try await read { database in
            var choices: [SubjectID: [String: NoticeChoice]] = [:]
            try database.statement(
                """
                SELECT subject, kind, choice FROM notice_choices
                WHERE subject IN \(database.dialect.numbers(of: "?"))
                """
            ).forEach([list]) { row in
                // A newer version may know more of them.
                choices[row.identifier(0), default: [:]][row.text(1)] = NoticeChoice(rawValue: row.text(2))
                return true
            }
            return choices
        }
    }

    public func choose(
        _ choices: [String: NoticeChoice?], for person: SubjectID
    ) async throws(LedgerError) {
        try await write { transaction in
            for (kind, choice) in choices.sorted(by: { $0.key < $1.key }) {
                if choice != .daily { try transaction.withdrawDigests(of: kind, for: person) }
                guard let choice else {
                    try transaction.statement("DELETE FROM notice_choices WHERE subject = ? AND kind = ?")
                        .run(person, kind)
                    continue
                }
                try transaction.statement(
                    """
                    INSERT INTO notice_choices (subject, kind, choice) VALUES (?1, ?2, ?3)
                    ON CONFLICT (subject, kind) DO UPDATE SET choice = ?3
                    """
                ).run(person, kind, choice.rawValue)
            }
        }
    }
}

extension Transaction {
    /// Takes notices of a kind out of the digests of a person that wait: they are at the bell.
    fileprivate func withdrawDigests(of kind: String, for person: SubjectID) throws {
        try statement(
            """
            DELETE FROM deliveries WHERE state = '\(Delivery.State.waiting.rawValue)' AND digest_on IS NOT NULL
                AND notice IN (SELECT id FROM notices WHERE recipient = ?1 AND kind = ?2)
            """
        ).run(person, kind)
    }

    fileprivate func insert(_ new: NewNotice) throws {
        let (notice, content) = (new.notice, new.notice.content)
        try statement(
            "INSERT INTO notices (\(NoticeColumn.list)) VALUES (\(NoticeColumn.placeholders))"
        ).run(
            notice.id, notice.at, notice.kind, notice.recipient, notice.subject, notice.token, notice.event,
            content.title, TextList.join(content.paragraphs), content.facts.column, content.traces.column,
            content.link?.words, content.link?.path, notice.readAt)
        for way in new.ways {
            try statement(
                """
                INSERT INTO deliveries (notice, channel, state, digest_on, attempts, next_at, last_error)
                VALUES (?, ?, '\(Delivery.State.waiting.rawValue)', ?, 0, ?, '')
                """
            ).run(notice.id, way.channel, way.digestOn, way.at)
        }
    }

    /// Removes what was said to, or about, a person who is erased, or of what they did, and what they chose.
    func forgetNotices(about person: Subject) throws {
        let found = try statement(
            """
            SELECT id FROM notices WHERE recipient = ?1 OR subject = ?1
                OR event IN (SELECT id FROM events WHERE actor = ?1)
            """
        )
        .all([person.id]) { row -> NoticeID in row.identifier(0) }
        for id in found { try remove(id) }
        try statement("DELETE FROM notice_choices WHERE subject = ?").run(person.id)
    }
}
