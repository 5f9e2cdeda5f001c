internal import SQL
internal import Tokens

extension LoadedToken {
    /// What ``SQL/Row/readToken(into:)`` reads.
    static var columns: String {
        "id, owner, digest, scopes, addresses, created_at, expires_at, revoked_at"
    }
}

extension Row {
    func readToken(into reader: some LedgerReader) throws {
        try reader.read(
            LoadedToken(
                digest: try known(TokenDigest(reading: span(2)), "digest"), id: identifier(0),
                owner: identifier(1), scopes: span(3), addresses: span(4), createdAt: timestamp(5),
                expiresAt: optionalTimestamp(6), isRevoked: !isNull(7)))
    }
}
