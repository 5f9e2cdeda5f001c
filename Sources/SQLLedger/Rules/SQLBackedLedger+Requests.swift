public import Ledger
internal import SQL
public import Tokens

extension SQLBackedLedger {
    public func add(_ request: TokenRequest, event: Event) async throws(LedgerError) {
        try await write { transaction in
            try transaction.refuseAskedAlready(request)
            try transaction.insert(request)
            try transaction.insert(event)
        }
    }

    @discardableResult
    public func change(
        _ id: RequestID,
        _ change: @escaping @Sendable (inout TokenRequest) throws(LedgerError) -> [Event]
    ) async throws(LedgerError) -> TokenRequest {
        try await write { try $0.change(id, change) }
    }

    public func add(
        _ token: Token, digest: TokenDigest, within limits: [TokenCountLimit], for request: RequestID,
        _ change: @escaping @Sendable (inout TokenRequest) throws(LedgerError) -> [Event]
    ) async throws(LedgerError) {
        try await write { transaction in
            try transaction.change(request, change)
            try transaction.insert(token, digest: digest, within: limits)
        }
    }

    public func request(_ id: RequestID) async throws(LedgerError) -> TokenRequest? {
        try await read { try $0.request(id) }
    }

    public func requests(_ query: RequestQuery) async throws(LedgerError) -> [TokenRequest] {
        guard !query.states.isEmpty, query.limit > 0 else { return [] }
        return try await read { database in
            let (conditions, values) = Self.conditions(of: query)
            return try database.statement(
                """
                SELECT \(TokenRequest.columns) FROM token_requests
                WHERE \(conditions) ORDER BY id DESC LIMIT ?1
                """
            ).all(values) { try $0.request() }
        }
    }

    /// The conditions in SQL and the values of its `?n`: only what the query asks for.
    private static func conditions(of query: RequestQuery) -> (sql: String, values: [(any Bindable)?]) {
        var sql = ["id < ?2"]
        var values: [(any Bindable)?] = [query.limit, query.before?.number ?? .max]
        if let subject = query.of {
            values.append(subject)
            sql.append("(requester = ?\(values.count) OR owner = ?\(values.count))")
        }
        if query.states.count < TokenRequest.State.allCases.count {
            // Some states are found without the time.
            if !query.states.isSubset(of: [.denied, .withdrawn, .used]) { values.append(query.now) }
            let states = query.states.map { condition($0, at: "?\(values.count)") }
            sql.append("(\(states.sorted().joined(separator: " OR ")))")
        }
        return (sql.joined(separator: " AND "), values)
    }

    /// As ``Tokens/TokenRequest/state(at:)`` decides.
    private static func condition(_ state: TokenRequest.State, at now: String) -> String {
        let oldest = "\(now) - \(TokenRequest.patience.milliseconds)"
        return switch state {
        case .open: "stage = 'open' AND created_at > \(oldest)"
        case .approved: "stage = 'approved' AND approved_until > \(now)"
        case .expired:
            "stage = 'open' AND created_at <= \(oldest) OR stage = 'approved' AND approved_until <= \(now)"
        case .denied, .withdrawn, .used: "stage = '\(state.rawValue)'"
        }
    }
}

extension SQLDatabase {
    fileprivate func request(_ id: RequestID) throws -> TokenRequest? {
        try statement("SELECT \(TokenRequest.columns) FROM token_requests WHERE id = ?")
            .first(id) { try $0.request() }
    }
}

extension Transaction {
    /// Refuses a second request of the owner about the same thing, and too many of the requester.
    fileprivate func refuseAskedAlready(_ request: TokenRequest) throws {
        let oldest = request.createdAt - TokenRequest.patience
        let other: RequestID? = try statement(
            """
            SELECT id FROM token_requests WHERE owner = ?1 AND kind = ?2 AND about = ?3
                AND (stage = 'open' AND created_at > ?4 OR stage = 'approved' AND approved_until > ?5)
            """
        ).first(request.owner, request.kind, request.about, oldest, request.createdAt) { $0.identifier(0) }
        if let other { throw LedgerError.alreadyAsked(other) }
        let open = try statement(
            "SELECT count(*) FROM token_requests WHERE requester = ? AND stage = 'open' AND created_at > ?"
        ).first(request.requester, oldest) { $0.integer(0) }
        if open ?? 0 >= LedgerLimits.openRequestsPerSubject { throw LedgerError.tooManyRequests }
    }

    fileprivate func insert(_ request: TokenRequest) throws {
        try statement(
            """
            INSERT INTO token_requests (\(TokenRequest.columns), about)
            VALUES (\(RequestColumn.placeholders), ?)
            """
        ).run(
            request.id, request.kind, request.requester, request.owner, request.stage.rawValue,
            request.reason, request.content.column, request.createdAt, request.decisions.column,
            request.approvedUntil, request.settledAt, request.token, request.about)
    }

    @discardableResult
    func change(
        _ id: RequestID, _ change: (inout TokenRequest) throws(LedgerError) -> [Event]
    ) throws -> TokenRequest {
        guard let request = try database.request(id) else { throw LedgerError.noSuchRequest }
        var changed = request
        let events = try change(&changed)
        try statement(
            """
            UPDATE token_requests SET stage = ?2, decisions = ?3, approved_until = ?4, settled_at = ?5,
                token = ?6 WHERE id = ?1
            """
        ).run(
            id, changed.stage.rawValue, changed.decisions.column, changed.approvedUntil, changed.settledAt,
            changed.token)
        for event in events { try insert(event) }
        return changed
    }
}
