internal import SQL
internal import Tokens

extension Token {
    /// What ``SQL/Row/token()`` reads.
    static let columns = [
        "id", "owner", "name", "scopes", "created_at", "origin", "origin_token", "expires_at", "revoked_at",
        "revoked_by", "revoked_reason", "successor", "device", "addresses",
    ].map { "tokens.\($0)" }.joined(separator: ", ")

    /// How many those are: where the next column of a longer row stands.
    static let columnCount: Int32 = 14
}

extension Token.Origin {
    var column: String {
        switch self {
        case .desk: "desk"
        case .token: "token"
        case .commandLine: "command_line"
        case .exchange: "trade"
        }
    }

    var token: TokenID? {
        switch self {
        case .token(let id): id
        case .exchange(let exchange): exchange.parent
        case .desk, .commandLine: nil
        }
    }

    init?(column: String, token: TokenID?, device: TokenName?) {
        switch (column, token, device) {
        case ("desk", _, _): self = .desk
        case ("token", let token?, _): self = .token(token)
        case ("command_line", _, _): self = .commandLine
        case ("trade", let token?, let device?):
            self = .exchange(Token.Exchange(parent: token, device: device))
        default: return nil
        }
    }
}

extension [AddressRange] {
    var column: String { map(\.description).joined(separator: " ") }

    init?(column: String) {
        let parts = column.split(separator: " ")
        self = parts.compactMap { AddressRange(String($0)) }
        guard count == parts.count else { return nil }
    }
}

extension Row {
    func token() throws -> Token {
        Token(
            id: identifier(0), owner: identifier(1),
            name: try known(try? TokenName(text(2)), "name of a token"),
            scopes: try known(Scopes(text: text(3)), "scopes"),
            addresses: try known([AddressRange](column: text(13)), "addresses"),
            createdAt: timestamp(4),
            origin: try known(origin(), "origin"),
            expiresAt: optionalTimestamp(7),
            revocation: try revocation(),
            successor: optionalIdentifier(11))
    }

    private func origin() -> Token.Origin? {
        Token.Origin(
            column: text(5), token: optionalIdentifier(6),
            device: optionalText(12).flatMap { try? TokenName($0) })
    }

    private func revocation() throws -> Token.Revocation? {
        guard let at = optionalTimestamp(8) else { return nil }
        let reason = try known(Token.Revocation.Reason(rawValue: text(10)), "reason of a revocation")
        return Token.Revocation(at: at, by: optionalIdentifier(9), reason: reason)
    }

    /// The digest after the token's own columns.
    func tokenDigest() throws -> TokenDigest {
        try known(TokenDigest(bytes: bytes(Token.columnCount)), "digest")
    }
}
