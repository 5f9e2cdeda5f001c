public import Ledger
internal import SQL
public import Sodium
public import Tokens

extension SQLBackedLedger {
    public func add(_ authorization: Authorization, event: Event?) async throws(LedgerError) {
        try await write { transaction in
            try transaction.makeRoom(for: authorization)
            try transaction.insert(authorization)
            if let event { try transaction.insert(event) }
        }
    }

    public func authorization(_ id: AuthorizationID) async throws(LedgerError) -> Authorization? {
        try await read { try $0.authorization(id) }
    }

    public func authorization(code digest: SHA256Digest) async throws(LedgerError) -> Authorization? {
        try await read { database in
            try database.statement("SELECT \(Authorization.columns) FROM authorizations WHERE digest = ?")
                .first(digest) { try $0.authorization() }
        }
    }

    public func authorization(
        userCode digest: SHA256Digest, at now: Timestamp
    ) async throws(LedgerError) -> Authorization? {
        try await read { database in
            try database.statement(
                """
                SELECT \(Authorization.columns) FROM authorizations
                WHERE user_code = ? AND stage = 'pending' AND expires_at > ?
                """
            ).first(digest, now) { try $0.authorization() }
        }
    }

    @discardableResult
    public func change(
        _ id: AuthorizationID,
        _ change: @escaping @Sendable (inout Authorization) throws(LedgerError) -> [Event]
    ) async throws(LedgerError) -> Authorization {
        try await write { transaction in
            guard var authorization = try transaction.database.authorization(id) else {
                throw LedgerError.noSuchRequest
            }
            let before = authorization
            let events = try change(&authorization)
            if authorization != before { try transaction.update(authorization) }
            for event in events { try transaction.insert(event) }
            return authorization
        }
    }

    public func add(
        _ token: Token, digest: TokenDigest, within limits: [TokenCountLimit], redeeming id: AuthorizationID,
        event: Event
    ) async throws(LedgerError) {
        try await write { transaction in
            try transaction.redeem(id, for: token.id, at: token.createdAt)
            try transaction.insert(token, digest: digest, within: limits)
            try transaction.insert(event)
        }
    }

    @discardableResult
    public func rotate(
        _ token: TokenID, _ rotation: Rotation, redeeming id: AuthorizationID, event: Event
    ) async throws(LedgerError) -> Token {
        try await write { transaction in
            try transaction.redeem(id, for: token, at: rotation.at)
            return try transaction.rotate(token, rotation, event: event)
        }
    }
}

extension SQLDatabase {
    fileprivate func authorization(_ id: AuthorizationID) throws -> Authorization? {
        try statement("SELECT \(Authorization.columns) FROM authorizations WHERE id = ?")
            .first(id) { try $0.authorization() }
    }
}

extension Transaction {
    /// Refuses an authorization where too many wait for a person, or where one that waits has the same user code.
    fileprivate func makeRoom(for authorization: Authorization) throws {
        guard authorization.stage == .pending else { return }
        // Of these nobody can say that they come again.
        try statement("DELETE FROM authorizations WHERE stage = 'pending' AND expires_at < ?")
            .run(authorization.createdAt - Authorization.patience)
        let waiting = try statement(
            """
            SELECT count(*), count(CASE WHEN network = ?2 THEN 1 END), count(CASE WHEN user_code = ?3 THEN 1 END)
            FROM authorizations WHERE stage = 'pending' AND expires_at > ?1
            """
        ).first(authorization.createdAt, authorization.network, authorization.userCode) {
            (all: Int($0.integer(0)), here: Int($0.integer(1)), same: Int($0.integer(2)))
        }
        guard let waiting else { return }
        if waiting.same > 0 { throw LedgerError.changedMeanwhile }
        guard waiting.all < LedgerLimits.pendingAuthorizations,
            waiting.here < LedgerLimits.pendingAuthorizationsPerAddress
        else { throw LedgerError.tooManyRequests }
    }

    fileprivate func insert(_ authorization: Authorization) throws {
        try statement(
            """
            INSERT INTO authorizations (\(Authorization.columns), network)
            VALUES (\(Authorization.placeholders), ?)
            """
        ).run(
            authorization.id, authorization.digest, authorization.kind.rawValue, authorization.userCode,
            authorization.client, authorization.clientTitle,
            authorization.scopes.map(\.text).joined(separator: " "), authorization.resource?.text,
            authorization.address, authorization.agent, authorization.createdAt, authorization.expiresAt,
            authorization.polledAt, authorization.pollInterval.milliseconds, authorization.redirectURI,
            authorization.challenge, authorization.stage.rawValue, authorization.subject,
            authorization.decision?.column, authorization.decidedFrom, authorization.token,
            authorization.settledAt, authorization.network)
    }

    fileprivate func update(_ authorization: Authorization) throws {
        try statement(
            """
            UPDATE authorizations SET expires_at = ?2, polled_at = ?3, poll_interval = ?4, stage = ?5, subject = ?6,
                decision = ?7, decided_from = ?8, token = ?9, settled_at = ?10
            WHERE id = ?1
            """
        ).run(
            authorization.id, authorization.expiresAt, authorization.polledAt,
            authorization.pollInterval.milliseconds, authorization.stage.rawValue, authorization.subject,
            authorization.decision?.column, authorization.decidedFrom, authorization.token,
            authorization.settledAt)
    }

    /// Marks an approved authorization as redeemed for `token`.
    fileprivate func redeem(_ id: AuthorizationID, for token: TokenID, at now: Timestamp) throws {
        let redeemed = try statement(
            """
            UPDATE authorizations SET stage = 'used', token = ?2, settled_at = ?3
            WHERE id = ?1 AND stage = 'approved' AND expires_at > ?3 RETURNING id
            """
        ).first(id, token, now) { _ in true }
        guard redeemed == true else { throw LedgerError.changedMeanwhile }
    }

    /// Removes authorizations some time after they timed out. Until then, a code that comes again is recognised.
    func sweepAuthorizations(at now: Timestamp) throws {
        try statement("DELETE FROM authorizations WHERE expires_at < ?")
            .run(now - LedgerLimits.authorizationsKept)
    }
}

extension Authorization {
    /// The network that the program asked from, by which requests are limited: one customer holds a whole /64 of IPv6.
    fileprivate var network: String { IPAddress(address)?.network.description ?? address }
}
