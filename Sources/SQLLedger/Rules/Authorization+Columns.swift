internal import Ledger
internal import SQL
internal import Sodium
internal import Tokens

extension Authorization {
    /// The columns that ``SQL/Row/authorization()`` reads.
    static let columns = AuthorizationColumn.list
    static let placeholders = AuthorizationColumn.placeholders
}

private enum AuthorizationColumn: Int32, ColumnList {
    case id, digest, kind, userCode, client, clientTitle, scopes, resource, address, agent, createdAt
    case expiresAt, polledAt, pollInterval, redirectUri, challenge, stage, subject, decision, decidedFrom
    case token, settledAt
}

extension Row {
    func authorization() throws -> Authorization {
        func at(_ column: AuthorizationColumn) -> Int32 { column.rawValue }
        let decision = try optionalText(at(.decision)).map {
            try known(Authorization.Decision(column: $0), "decision of an authorization")
        }
        return Authorization(
            id: identifier(at(.id)),
            kind: try known(Authorization.Kind(rawValue: text(at(.kind))), "kind of an authorization"),
            digest: try digest(at(.digest)),
            userCode: isNull(at(.userCode)) ? nil : try digest(at(.userCode)), client: text(at(.client)),
            clientTitle: text(at(.clientTitle)),
            scopes: try text(at(.scopes)).split(separator: " ").map {
                try known(Scope(String($0)), "scope of an authorization")
            },
            resource: optionalText(at(.resource)).flatMap { try? ServiceName($0) },
            address: text(at(.address)), agent: text(at(.agent)), createdAt: timestamp(at(.createdAt)),
            expiresAt: timestamp(at(.expiresAt)), polledAt: optionalTimestamp(at(.polledAt)),
            pollInterval: TimeSpan(milliseconds: integer(at(.pollInterval))),
            redirectURI: text(at(.redirectUri)),
            challenge: text(at(.challenge)),
            stage: try known(Authorization.Stage(rawValue: text(at(.stage))), "stage of an authorization"),
            subject: optionalIdentifier(at(.subject)), decision: decision,
            decidedFrom: text(at(.decidedFrom)), token: optionalIdentifier(at(.token)),
            settledAt: optionalTimestamp(at(.settledAt)))
    }
}

extension Authorization.Decision {
    /// What was decided, as a ``TextList``: name, expiry, the token to rotate, and two more lists, of scopes and of
    /// addresses.
    var column: String {
        let expiry = expiresAt.map { String($0.milliseconds) } ?? (neverExpires ? "never" : "")
        return TextList.join([
            name, expiry, rotates.map { String($0.number) } ?? "", TextList.join(scopes),
            TextList.join(addresses),
        ])
    }

    fileprivate init?(column: String) {
        guard let parts = TextList.split(column), parts.count >= 5, let scopes = TextList.split(parts[3]),
            let addresses = TextList.split(parts[4])
        else { return nil }
        let expiry = Int64(parts[1]).map(Timestamp.init(milliseconds:))
        guard expiry != nil || ["", "never"].contains(parts[1]) else { return nil }
        let rotates = Int64(parts[2]).map(TokenID.init(number:))
        guard rotates != nil || parts[2].isEmpty else { return nil }
        self.init(
            name: parts[0], scopes: scopes, addresses: addresses, expiresAt: expiry,
            neverExpires: parts[1] == "never", rotates: rotates)
    }
}
