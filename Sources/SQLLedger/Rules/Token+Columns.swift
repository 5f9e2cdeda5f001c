internal import Ledger
internal import SQL
internal import Tokens

extension Token {
    /// The columns that ``SQL/Row/token()`` reads.
    static let columns = TokenColumn.list(of: "tokens")
}

enum TokenColumn: Int32, ColumnList {
    case id, owner, name, scopes, createdAt, origin, originToken, expiresAt, revokedAt, revokedBy
    case revokedReason, successor, device, addresses
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

extension Row {
    func token() throws -> Token {
        func at(_ column: TokenColumn) -> Int32 { column.rawValue }
        return Token(
            id: identifier(at(.id)), owner: identifier(at(.owner)),
            name: try known(try? TokenName(text(at(.name))), "name of a token"),
            scopes: try known(Scopes(text: text(at(.scopes))), "scopes"),
            addresses: try known([AddressRange](column: text(at(.addresses))), "addresses"),
            createdAt: timestamp(at(.createdAt)),
            origin: try known(
                Token.Origin(
                    column: text(at(.origin)), token: optionalIdentifier(at(.originToken)),
                    device: optionalText(at(.device)).flatMap { try? TokenName($0) }), "origin"),
            expiresAt: optionalTimestamp(at(.expiresAt)),
            revocation: try revocation(),
            successor: optionalIdentifier(at(.successor)))
    }

    private func revocation() throws -> Token.Revocation? {
        func at(_ column: TokenColumn) -> Int32 { column.rawValue }
        guard let moment = optionalTimestamp(at(.revokedAt)) else { return nil }
        let reason = Token.Revocation.Reason(rawValue: text(at(.revokedReason)))
        return Token.Revocation(
            at: moment, by: optionalIdentifier(at(.revokedBy)),
            reason: try known(reason, "reason of a revocation"))
    }

    /// The digest, which is selected after the token's columns.
    func tokenDigest() throws -> TokenDigest {
        try known(TokenDigest(bytes: bytes(TokenColumn.count)), "digest")
    }
}
