import Desk
import JSON
import Tokens

/// Service accounts in JSON, as `openapi.json` describes them.
extension AccountDesk {
    func json(_ subject: Subject) async throws(DeskFault) -> JSONValue {
        let draft = try await draft(of: subject)
        let account = subject.account
        return .object([
            "id": .string(subject.id.text), "login": .string(draft.login), "title": .string(draft.title),
            "purpose": .string(draft.purpose), "owners": .strings(draft.owners),
            "stewards": .strings(draft.stewards), "groups": .strings(draft.groups),
            "services": .strings(draft.services), "addresses": .strings(draft.addresses),
            "review_on": .optional(draft.reviewOn?.date),
            "unattended_since": .optional(account?.unattendedSince?.rfc3339),
            "pauses_at": .optional(account?.pausesAt(grace: grace)?.rfc3339),
            "suspended_at": .optional(subject.suspendedAt?.rfc3339),
            "created_at": .string(subject.createdAt.rfc3339),
        ])
    }
}

extension JSONBody {
    /// Reads a whole new account.
    mutating func newAccount() -> AccountDraft {
        var draft = AccountDraft(login: requiredString("login"))
        change(&draft)
        return draft
    }

    /// Changes `draft` by a merge patch (RFC 7396): members that are left out stay, and null removes. The login stays.
    mutating func change(_ draft: inout AccountDraft) {
        if has("title") { draft.title = optionalString("title") ?? "" }
        if has("purpose") { draft.purpose = optionalString("purpose") ?? "" }
        if has("owners") { draft.owners = strings("owners") }
        if has("stewards") { draft.stewards = strings("stewards") }
        if has("groups") { draft.groups = strings("groups") }
        if has("services") { draft.services = strings("services") }
        if has("addresses") { draft.addresses = strings("addresses") }
        if has("review_on") { draft.reviewOn = day("review_on") }
    }
}
