public import Ledger
internal import SQL
public import Tokens

extension SQLBackedLedger {
    public func accounts() async throws(LedgerError) -> [Subject] {
        try await read { try $0.accounts() }
    }

    @discardableResult
    public func change(
        _ id: SubjectID, title: PersonName, account: ServiceAccount, event: Event
    ) async throws(LedgerError) -> Subject {
        try await write { transaction in
            let columns = AccountColumns(account)
            let changed = try transaction.statement(
                """
                UPDATE subjects SET name = ?2, name_folded = ?3, purpose = ?4, owner_groups = ?5, stewards = ?6,
                    services = ?7, addresses = ?8, review_on = ?9, modified_at = ?10, revision = revision + 1
                WHERE id = ?1 AND \(Subject.isAccount) RETURNING \(Subject.columns)
                """
            ).first(
                id, title.text, title.text.folded, columns.purpose, columns.owners, columns.stewards,
                columns.services, columns.addresses, account.reviewOn, event.at
            ) { try $0.subject() }
            guard let changed else { throw LedgerError.noSuchSubject }
            try transaction.insert(event)
            transaction.notify(.subject(changed))
            try transaction.settle(changed, at: event.at)
            return try transaction.database.account(id) ?? changed
        }
    }

    public func remove(_ id: SubjectID, event: Event) async throws(LedgerError) {
        try await write { transaction in
            guard try transaction.database.account(id) != nil else { throw LedgerError.noSuchSubject }
            try transaction.end(id, event: event)
        }
    }

    public func settleStewards(at now: Timestamp) async throws(LedgerError) {
        try await write { transaction in
            for account in try transaction.database.accounts() { try transaction.settle(account, at: now) }
        }
    }
}

extension Subject {
    /// The condition that a subject is a service account that was not removed.
    static let isAccount = "subjects.purpose IS NOT NULL AND subjects.ended_at IS NULL"
}

extension SQLDatabase {
    func accounts() throws -> [Subject] {
        try statement(
            "SELECT \(Subject.columns) FROM subjects WHERE \(Subject.isAccount) ORDER BY login_folded"
        )
        .all([]) { try $0.subject() }
    }

    func account(_ id: SubjectID) throws -> Subject? {
        try statement("SELECT \(Subject.columns) FROM subjects WHERE id = ? AND \(Subject.isAccount)")
            .first(id) { try $0.subject() }
    }
}

/// What is stored of a service account in the columns of `subjects`, which are NULL for a person.
struct AccountColumns {
    let purpose, owners, stewards, services, addresses: String?

    init(_ account: ServiceAccount?) {
        purpose = account?.purpose
        owners = account.map { TextList.join($0.owners) }
        stewards = account.map { TextList.join($0.stewards.map { "\($0.number)" }) }
        services = account.map { TextList.join($0.services.map(\.text)) }
        addresses = account?.addresses.column
    }
}

extension Row {
    /// The account in the columns from `start` on; `nil` for a person.
    func account(from start: Int32) throws -> ServiceAccount? {
        guard let purpose = optionalText(start) else { return nil }
        func list(_ column: Int32, _ what: String) throws -> [String] {
            try known(TextList.split(optionalText(start + column) ?? ""), what)
        }
        return ServiceAccount(
            purpose: purpose, owners: try list(1, "list of groups"),
            stewards: try list(2, "list of stewards").map {
                SubjectID(number: try known(Int64($0), "steward"))
            },
            services: try list(3, "list of services").map { try known(try? ServiceName($0), "service") },
            addresses: try known([AddressRange](column: optionalText(start + 4) ?? ""), "addresses"),
            reviewOn: optionalTimestamp(start + 5), unattendedSince: optionalTimestamp(start + 6))
    }
}
