internal import Ledger
internal import SQL
internal import Tokens

enum TrustRuleColumn: Int32, ColumnList {
    case id, owner, name, issuer, claims, scopes, lifetime, createdAt, createdBy, expiresAt, removedAt
}

extension TrustRule {
    /// The columns that ``SQL/Row/trustRule()`` reads.
    static let columns = TrustRuleColumn.list(of: "trust_rules")

    /// The matches as a ``TextList``: of each the claim, `=` or `~` for a pattern, and the value.
    var claimColumn: String {
        TextList.join(claims.flatMap { [$0.claim, $0.isPattern ? "~" : "=", $0.value] })
    }

    fileprivate static func claims(column: String) -> [ClaimMatch]? {
        guard let parts = TextList.split(column), parts.count.isMultiple(of: 3) else { return nil }
        return stride(from: 0, to: parts.count, by: 3).map {
            ClaimMatch(stored: parts[$0], value: parts[$0 + 2], isPattern: parts[$0 + 1] == "~")
        }
    }
}

extension Row {
    func trustRule() throws -> TrustRule {
        func at(_ column: TrustRuleColumn) -> Int32 { column.rawValue }
        return TrustRule(
            id: identifier(at(.id)), owner: identifier(at(.owner)),
            name: try known(try? TokenName(text(at(.name))), "name of a trust rule"),
            issuer: text(at(.issuer)),
            claims: try known(TrustRule.claims(column: text(at(.claims))), "claims of a trust rule"),
            scopes: try known(Scopes(text: text(at(.scopes))), "scopes"),
            lifetime: TimeSpan(milliseconds: integer(at(.lifetime))), createdAt: timestamp(at(.createdAt)),
            createdBy: optionalIdentifier(at(.createdBy)), expiresAt: optionalTimestamp(at(.expiresAt)),
            removedAt: optionalTimestamp(at(.removedAt)))
    }
}
