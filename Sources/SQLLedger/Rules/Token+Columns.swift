internal import Ledger
internal import SQL
internal import Tokens

/// A row of the table `tokens` is one secret, with all that judging its requests needs. The row of a token's current
/// secret, where `replaced_at` is NULL, also has what else is known of the token.
///
/// `token` is the identifier of the token where it is not the row's own; `successor` leads from each secret to the
/// next, or from an exchanged token to the one that replaced it.
extension Token {
    /// The columns that ``SQL/Row/token()`` reads.
    static let columns = TokenColumn.list(of: "tokens")
}

extension TokenRecord {
    /// The columns that ``SQL/Row/tokenRecord()`` reads, with the digest.
    static let columns = TokenRecordColumn.list(of: "tokens")
}

enum TokenColumn: Int32, ColumnList {
    case id, token, owner, name, description, scopes, addresses, createdAt, issuedAt, origin, originToken
    case device, expiresAt, expirySetAt, pauses, resumedAt, revokedAt, revokedBy, revokedReason, successor
    case handedOverFrom, handedOverAt
    case oauthClient, oauthClientTitle, oauthClientAddress, trustRule, job
    case actor, actorsBefore, delegatedFrom
}

private enum TokenRecordColumn: Int32, ColumnList {
    case id, digest, token, replacedAt, owner, scopes, addresses, createdAt, expiresAt, revokedAt, pauses
    case handedOverFrom, handedOverAt, trustRule, actor, actorsBefore
}

extension Scopes {
    /// The column `reach`: the number of services that they name, or -1 for every service. It is NULL in rows that a node
    /// of an earlier version wrote.
    var reach: Int { namedServices ?? -1 }
}

extension Row {
    func token() throws -> Token {
        func at(_ column: TokenColumn) -> Int32 { column.rawValue }
        let secret: SecretID = identifier(at(.id))
        let origin = try tokenOrigin()
        let secretCreatedAt = timestamp(at(.createdAt))
        let issuedAt = optionalTimestamp(at(.issuedAt))
        return Token(
            id: optionalIdentifier(at(.token)) ?? secret.alias, secret: secret, owner: identifier(at(.owner)),
            name: try known(try? TokenName(text(at(.name))), "name of a token"),
            description: text(at(.description)), scopes: try known(Scopes(text: text(at(.scopes))), "scopes"),
            addresses: try known([AddressRange](column: text(at(.addresses))), "addresses"),
            createdAt: issuedAt ?? secretCreatedAt, origin: origin,
            expiresAt: optionalTimestamp(at(.expiresAt)),
            expirySetAt: optionalTimestamp(at(.expirySetAt)) ?? secretCreatedAt,
            rotatedAt: issuedAt == nil ? nil : secretCreatedAt,
            pauses: try known([Pause](column: text(at(.pauses))), "pauses"),
            resumedAt: optionalTimestamp(at(.resumedAt)),
            handOver: handOver(at(.handedOverFrom), at(.handedOverAt)), revocation: try revocation(),
            successor: optionalIdentifier(at(.successor)))
    }

    private func revocation() throws -> Token.Revocation? {
        func at(_ column: TokenColumn) -> Int32 { column.rawValue }
        return try revocation(
            at: optionalTimestamp(at(.revokedAt)), by: optionalIdentifier(at(.revokedBy)),
            optionalText(at(.revokedReason)))
    }

    /// The revocation of three columns; `nil` where there is none.
    func revocation(at moment: Timestamp?, by: SubjectID?, _ reason: String?) throws -> Token.Revocation? {
        guard let moment else { return nil }
        let reason = try known(reason.flatMap(Token.Revocation.Reason.init), "reason of a revocation")
        return Token.Revocation(at: moment, by: by, reason: reason)
    }

    /// Who handed the token over, and when; `nil` where the secret is newer than that, or where nobody did.
    func handOver(_ from: Int32, _ at: Int32) -> HandOver? {
        guard let owner: SubjectID = optionalIdentifier(from), let moment = optionalTimestamp(at) else {
            return nil
        }
        return HandOver(from: owner, at: moment)
    }

    /// The agents that act with a token on behalf of its owner; empty where none does.
    func actors(_ actor: Int32, _ before: Int32) throws -> [SubjectID] {
        guard let actor: SubjectID = optionalIdentifier(actor) else { return [] }
        let others = (optionalText(before) ?? "").split(separator: " ").map { Int64($0) }
        return try [actor] + others.map { SubjectID(number: try known($0, "agents")) }
    }

    /// A secret with its digest.
    func tokenRecord() throws -> (record: TokenRecord, digest: TokenDigest) {
        func at(_ column: TokenRecordColumn) -> Int32 { column.rawValue }
        let secret: SecretID = identifier(at(.id))
        let record = TokenRecord(
            id: optionalIdentifier(at(.token)) ?? secret.alias, secret: secret,
            isPrevious: !isNull(at(.replacedAt)), owner: identifier(at(.owner)),
            scopes: try known(Scopes(text: text(at(.scopes))), "scopes"),
            addresses: try known([AddressRange](column: text(at(.addresses))), "addresses"),
            createdAt: timestamp(at(.createdAt)), expiresAt: optionalTimestamp(at(.expiresAt)),
            isRevoked: !isNull(at(.revokedAt)),
            pauses: try known([Pause](column: text(at(.pauses))), "pauses"),
            handOver: handOver(at(.handedOverFrom), at(.handedOverAt)),
            isOfJob: !isNull(at(.trustRule)), actors: try actors(at(.actor), at(.actorsBefore)))
        return (record, try known(TokenDigest(bytes: bytes(at(.digest))), "digest"))
    }
}

extension TokenRecord {
    /// The position after ``columns``.
    static var columnCount: Int32 { TokenRecordColumn.count }
}
