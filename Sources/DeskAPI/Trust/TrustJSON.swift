import Desk
import JSON
import Ledger
import Tokens

/// Trust rules in JSON, as `openapi.json` describes them.
extension TrustDesk {
    func json(_ rule: TrustRule, of owner: Subject?) -> JSONValue {
        func members(_ isPattern: Bool) -> JSONValue {
            .object(
                Dictionary(
                    rule.claims.filter { $0.isPattern == isPattern }.map { ($0.claim, .string($0.value)) },
                    uniquingKeysWith: { first, _ in first }))
        }
        return .object([
            "id": .string(rule.id.text), "name": .string(rule.name.text),
            "account": .optional(owner?.login.text), "issuer": .optional(name(of: rule.issuer)),
            "issuer_url": .string(rule.issuer), "claims": members(false), "patterns": members(true),
            "scopes": .strings(rule.scopes.list.map(\.text)),
            "lifetime_seconds": .integer(rule.lifetime.seconds),
            "expires_at": .optional(rule.expiresAt?.rfc3339), "created_at": .string(rule.createdAt.rfc3339),
        ])
    }

    func json(_ test: TrustTest, owners: [SubjectID: String]) -> JSONValue {
        let identity = test.identity
        return .object([
            "issuer": .string(identity.issuerName), "subject": .string(identity.subject),
            "name": .optional(identity.tokenName?.text), "run": .optional(identity.runAddress),
            "match": .optional(test.match?.id.text),
            "rules": .array(
                test.rules.map { rule, reasons in
                    [
                        "id": .string(rule.id.text), "name": .string(rule.name.text),
                        "account": .optional(owners[rule.owner]), "matches": .bool(reasons.isEmpty),
                        "reasons": .strings(reasons.map(\.sentence)),
                    ]
                }),
        ])
    }
}

extension JSONBody {
    /// Reads a new trust rule.
    mutating func newTrustRule() -> TrustDraft {
        var draft = TrustDraft(name: requiredString("name"), issuer: requiredString("issuer"))
        draft.claims = claims("claims")
        draft.patterns = claims("patterns")
        draft.scopes = strings("scopes")
        draft.lifetime = optionalInteger("lifetime_seconds").map { TimeSpan.seconds($0) }
        draft.expiresAt = expiry("expires_at")
        return draft
    }

    /// An object of claims with their values; in order of their names, so that faults are.
    private mutating func claims(_ name: String) -> [TrustDraft.Typed] {
        (object(name) ?? [:]).sorted { $0.key < $1.key }.compactMap { claim, value in
            switch value {
            case .string(let text): return TrustDraft.Typed(claim, text)
            case .integer(let number): return TrustDraft.Typed(claim, "\(number)")
            case .bool(let truth): return TrustDraft.Typed(claim, truth ? "true" : "false")
            default:
                refuse(name, "must have a string for each claim")
                return nil
            }
        }
    }
}

extension Problem {
    static let noSuchRule = Problem(
        status: 404, kind: "no-such-rule", title: "No such trust rule",
        detail: "There is no trust rule with this id that you may see.")
}
