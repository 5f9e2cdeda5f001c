public import Ledger
internal import SQL
public import Tokens

extension SQLBackedLedger {
    public func record(_ uses: [Use]) async throws(LedgerError) {
        guard !uses.isEmpty else { return }
        try await write { transaction in
            let known = try uses.filter { try transaction.record($0) }
            try transaction.countServiceDays(of: known)
        }
    }

    public func uses(of token: TokenID, since: Timestamp) async throws(LedgerError) -> [Use] {
        try await read { database in
            try database.statement(
                """
                SELECT \(UseColumn.list(of: "uses")), uses.token, uses.access FROM uses JOIN tokens ON tokens.id = uses.token
                WHERE (tokens.id = ?1 OR tokens.token = ?1) AND day >= ?2 ORDER BY last_at DESC
                """
            ).all([token, since.day]) { row in
                var use = row.use(of: row.identifier(UseColumn.count))
                use.access = row.accessSet(UseColumn.count + 1)
                return use
            }
        }
    }

    public func history(of token: TokenID, since: Timestamp) async throws(LedgerError) -> [UseDay] {
        try await read { database in
            try database.statement(
                """
                SELECT day, service, use_days.count, hours FROM use_days JOIN tokens ON tokens.id = use_days.token
                WHERE (tokens.id = ?1 OR tokens.token = ?1) AND day >= ?2 ORDER BY day, service
                """
            ).all([token, since.day]) { row in
                UseDay(
                    day: row.integer(0), service: row.text(1), count: Int(row.integer(2)),
                    hours: UseHours(rawValue: UInt32(truncatingIfNeeded: row.integer(3))))
            }.reduce(into: []) { days, day in
                // On the day of a rotation both secrets were used.
                if let last = days.last, last.day == day.day, last.service == day.service {
                    days[days.count - 1] = last.adding(day)
                } else {
                    days.append(day)
                }
            }
        }
    }

    public func serviceDays(since: Timestamp) async throws(LedgerError) -> [UseDay] {
        try await read { database in
            try database.statement(
                "SELECT day, service, count FROM service_days WHERE day >= ? ORDER BY day, service"
            ).all([since.day]) { row in
                UseDay(day: row.integer(0), service: row.text(1), count: Int(row.integer(2)), hours: [])
            }
        }
    }

    // MARK: Passwords

    public func record(passwordUses uses: [PasswordUse]) async throws(LedgerError) {
        guard !uses.isEmpty else { return }
        try await write { transaction in
            for use in uses { try transaction.record(use) }
        }
    }

    public func passwordUses(
        of subject: SubjectID?, since: Timestamp
    ) async throws(LedgerError) -> [ListedPasswordUse] {
        let ofSubject = subject == nil ? "" : "AND uses.subject = ?2"
        return try await read { database in
            try database.statement(
                """
                SELECT \(Subject.columns), uses.service, uses.address, uses.client,
                    max(uses.last_at), CAST(sum(uses.count) AS BIGINT)
                FROM password_uses AS uses JOIN subjects ON subjects.id = uses.subject
                WHERE uses.day >= ?1 \(ofSubject)
                GROUP BY subjects.id, uses.service, uses.address, uses.client
                ORDER BY max(uses.last_at) DESC, subjects.id, uses.service, uses.address, uses.client
                """
            ).all([since.day] + (subject.map { [$0] } ?? [])) { row in
                func at(_ column: UseColumn) -> Int32 { SubjectColumn.count + column.rawValue }
                let owner = try row.subject()
                let use = PasswordUse(
                    subject: owner.id, service: row.text(at(.service)), address: row.text(at(.address)),
                    client: row.text(at(.client)), lastAt: row.timestamp(at(.lastAt)),
                    count: Int(row.integer(at(.count))))
                return ListedPasswordUse(use: use, owner: owner)
            }
        }
    }

    public func hasPasswordUses() async throws(LedgerError) -> Bool {
        try await read { database in
            try database.statement("SELECT 1 FROM password_uses LIMIT 1").first { _ in true } ?? false
        }
    }

    // MARK: Addresses

    public func people(
        at addresses: [String], since: Timestamp
    ) async throws(LedgerError) -> [PersonAtAddress] {
        // Always as many, so that there is one statement to prepare.
        let asked = addresses.filter { !$0.isEmpty }.prefix(LedgerLimits.addressesAskedFor)
        guard let first = asked.first else { return [] }
        let all = asked + Array(repeating: first, count: LedgerLimits.addressesAskedFor - asked.count)
        let list = all.indices.map { "?\($0 + 3)" }.joined(separator: ", ")
        let networks = all.map { UsePlaces.network(of: $0) }
        let networkList = all.indices.map { "?\($0 + 3 + all.count)" }.joined(separator: ", ")
        return try await read { database in
            try database.statement(
                """
                SELECT address, subject, CAST(\(PersonAtAddress.Way.session.rawValue) AS BIGINT) FROM sessions
                WHERE last_seen_at >= ?1 AND address IN (\(list))
                UNION SELECT uses.address, tokens.owner, CAST(\(PersonAtAddress.Way.token.rawValue) AS BIGINT)
                FROM use_places AS uses JOIN tokens ON tokens.id = uses.token JOIN subjects ON subjects.id = tokens.owner
                WHERE last_day >= ?2 AND network IN (\(networkList)) AND uses.address IN (\(list))
                    AND subjects.purpose IS NULL
                UNION SELECT address, subject, CAST(\(PersonAtAddress.Way.password.rawValue) AS BIGINT)
                FROM password_uses WHERE day >= ?2 AND address IN (\(list))
                ORDER BY 1, 2, 3
                """
            ).all([since, since.day] + (all + networks).map { $0 as any Bindable }) { row in
                PersonAtAddress(
                    address: row.text(0), subject: row.identifier(1),
                    way: try row.known(PersonAtAddress.Way(rawValue: row.integer(2)), "way of a person"))
            }
        }
    }
}

extension Transaction {
    /// Returns whether the token is known.
    fileprivate func record(_ use: Use) throws -> Bool {
        let known: TokenID? = try statement("SELECT coalesce(token, id) FROM tokens WHERE id = ?")
            .first(use.secret) { $0.identifier(0) }
        guard let token = known else { return false }
        let row = UseRow(
            owner: use.secret, service: use.service, address: use.address, client: use.client,
            lastAt: use.lastAt, count: use.count, access: use.access)
        let counted = try count(row, in: .tokens)
        try countDay(of: use)
        try statement(
            """
            INSERT INTO last_uses (token, service, address, client, last_at, count)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            ON CONFLICT (token) DO UPDATE
            SET service = ?2, address = ?3, client = ?4, last_at = ?5, count = ?6
            WHERE last_uses.last_at <= ?5 OR last_uses.last_at > ?7
            """
        ).run(
            token, use.service, use.address, use.client, counted.lastAt, counted.count,
            counted.lastAt + UseTable.skew)
        try notePlace(of: row, token: token)
        return true
    }

    fileprivate func record(_ use: PasswordUse) throws {
        let known = try statement("SELECT 1 FROM subjects WHERE id = ?").first(use.subject) { _ in true }
        guard known != nil else { return }
        _ = try count(
            UseRow(
                owner: use.subject, service: use.service, address: use.address, client: use.client,
                lastAt: use.lastAt, count: use.count), in: .passwords)
    }
}

/// The columns of a use after its token or subject. Queries that add up rows select them in this order.
enum UseColumn: Int32, ColumnList {
    case service, address, client, lastAt, count
}

extension Row {
    func use(of secret: SecretID, from start: Int32 = 0) -> Use {
        func at(_ column: UseColumn) -> Int32 { start + column.rawValue }
        return Use(
            secret: secret, service: text(at(.service)), address: text(at(.address)),
            client: text(at(.client)),
            lastAt: timestamp(at(.lastAt)), count: Int(integer(at(.count))))
    }
}
