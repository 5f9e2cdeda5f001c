import JSON
import Tokens

/// Makes the desk as the state files want it: asks it for the plan, and makes the steps one by one.
///
/// Each step is one request, so an interrupted run leaves whole steps, and the next run plans the rest.
struct ApplyRun: Sendable {
    let administration: Administration
    /// Where the secrets of new tokens go; `nil` to create none.
    let secrets: SecretFolder?

    // MARK: Plan

    /// All that differs. Throws wrong usage with a line for each fault.
    func plan(_ wanted: StateReader) async throws(CommandFailure) -> StatePlanDocument {
        let plan = try await administration.send("POST", "/state/plan", wanted.document)
        let faults = plan["faults"]?.array ?? []
        guard faults.isEmpty else { throw .misused(faults.map(wanted.places.line)) }
        let steps = (plan["steps"]?.array ?? []) + (try await interrupted(wanted.document, plan))
        let notes = (plan["notes"]?.array ?? []).map { wanted.places.line(of: $0).description }
        return StatePlanDocument(steps: steps, notes: notes, hasSecretFolder: secrets != nil)
    }

    /// Steps for the secrets that an interrupted run has left in drafts, or lost.
    private func interrupted(
        _ wanted: JSONValue, _ plan: JSONValue
    ) async throws(CommandFailure) -> [JSONValue] {
        guard let secrets else { return [] }
        var steps: [JSONValue] = []
        for account in wanted["accounts"]?.array ?? [] {
            for token in account["tokens"]?.array ?? [] {
                let (name, login) = (token.text("name"), account.text("login"))
                let remains = try secrets.remains(of: name, account: login)
                guard remains != .nothing, let present = try await present(name, of: login) else { continue }
                // Whoever uses it has its secret.
                let isLost = remains == .unknown && present["last_used"] == .null
                steps.append([
                    "kind": "token", "act": "change", "account": .string(login), "token": .string(name),
                    "id": .string(present.text("id")),
                    "changes": [
                        [
                            "field": "secret", "from": "left by an interrupted run",
                            "to": isLost ? "a new one" : "put into place",
                        ]
                    ],
                ])
            }
        }
        return steps
    }

    /// The active token of that name.
    private func present(_ name: String, of login: String) async throws(CommandFailure) -> JSONValue? {
        let accounts = try await administration.send("GET", "/accounts")["accounts"]?.array ?? []
        guard accounts.contains(where: { $0.text("login").folded.isExactly(login.folded) }) else {
            return nil
        }
        let tokens = try await administration.send("GET", "/tokens?user=\(pathPiece(login))")
        return (tokens["tokens"]?.array ?? []).first {
            $0.text("name").folded.isExactly(name.folded) && $0["traded_for"] == .null
        }
    }

    // MARK: Make

    /// Makes the steps. Returns the secrets that were written: the account, the token and the file of each.
    func make(_ plan: StatePlanDocument) async throws(CommandFailure) -> [JSONValue] {
        var written: [JSONValue] = []
        var moved: Set<String> = []
        for (index, step) in plan.made.enumerated() {
            do throws(CommandFailure) {
                switch step["kind"] {
                case "token":
                    if let file = try await makeToken(step) {
                        written.append([
                            "account": .string(step.text("account")), "token": .string(step.text("token")),
                            "file": .string(file),
                        ])
                    }
                case "membership":
                    // All of a person's at once, so that they are never between two groups.
                    guard moved.insert(step.text("person")).inserted else { continue }
                    try await makeMemberships(of: step.text("person"), plan.made)
                default: try await makeAccount(step)
                }
            } catch {
                let made = index == 0 ? "nothing was changed" : "what was done before stays"
                throw .failed(
                    "step \(index + 1) of \(plan.made.count) (\(step.thing)) failed, and \(made): \(error)")
            }
        }
        return written
    }

    private func makeAccount(_ step: JSONValue) async throws(CommandFailure) {
        let login = step.text("account")
        let path = "/accounts/\(pathPiece(login))"
        if step["act"] == "remove" {
            _ = try await administration.send("POST", path + "/suspend")
            return
        }
        var fields = step.changedFields
        let suspend = fields.removeValue(forKey: "suspended")
        if step["act"] == "add" {
            fields["login"] = .string(login)
            _ = try await administration.send("POST", "/accounts", .object(fields))
        } else if !fields.isEmpty {
            _ = try await administration.send("PATCH", path, .object(fields))
        }
        if let suspend {
            _ = try await administration.send("POST", path + (suspend == true ? "/suspend" : "/resume"))
        }
    }

    private func makeMemberships(of person: String, _ steps: [JSONValue]) async throws(CommandFailure) {
        func groups(_ act: String) -> JSONValue {
            .array(
                steps.filter { $0.text("person") == person && $0.text("act") == act }.compactMap {
                    $0["group"]
                })
        }
        _ = try await administration.send(
            "POST", "\(administration.people)/\(pathPiece(person))/groups",
            ["add": groups("add"), "remove": groups("remove")])
    }

    // MARK: Tokens

    /// Makes a step about a token. Returns the file of its secret if one was written.
    private func makeToken(_ step: JSONValue) async throws(CommandFailure) -> String? {
        let path = "/tokens/\(pathPiece(step.text("id")))"
        let fields = step.changedFields
        switch step["act"] {
        case "remove": _ = try await administration.send("DELETE", path)
        case "change" where fields["secret"] == nil:
            _ = try await administration.send("PATCH", path, .object(fields))
        case "change": return try await finish(step, isLost: fields["secret"] == "a new one")
        default:
            let name: [String: JSONValue] = [
                "user": .string(step.text("account")), "name": .string(step.text("token")),
            ]
            return try await issue(step, "/tokens", .object(fields.merging(name) { first, _ in first }))
        }
        return nil
    }

    /// Finishes what an interrupted run began.
    private func finish(_ step: JSONValue, isLost: Bool) async throws(CommandFailure) -> String? {
        guard !isLost else {
            return try await issue(
                step, "/tokens/\(pathPiece(step.text("id")))/rotate", ["overlap_seconds": 0])
        }
        guard let secrets else { return nil }
        let draft = try secrets.draft(of: step.text("token"), account: step.text("account"))
        return try put(draft, secrets.contents(of: draft))
    }

    /// Sends a request whose answer has a new secret, and writes that to the token's file.
    private func issue(
        _ step: JSONValue, _ path: String, _ body: JSONValue
    ) async throws(CommandFailure) -> String? {
        guard let secrets else { return nil }
        let draft = try secrets.draft(of: step.text("token"), account: step.text("account"))
        let token: JSONValue
        do throws(CommandFailure) {
            token = try await administration.send("POST", path, body)
        } catch {
            draft.discard()
            throw error
        }
        return try put(draft, Array("\(token.text("secret"))\n".utf8))
    }

    /// Puts a secret into the place of its file; nothing in place of one that there is not.
    private func put(_ draft: SecretDraft, _ secret: [UInt8]) throws(CommandFailure) -> String? {
        guard !secret.isEmpty else {
            draft.discard()
            return nil
        }
        do throws(Files.Fault) {
            try draft.write(secret)
            try draft.commit()
            return draft.path
        } catch {
            throw .failed(
                "its secret cannot be written to \(draft.path) (\(error.reason)): the next run gives it a new one"
            )
        }
    }
}

extension JSONValue {
    /// What the fields of a step become.
    fileprivate var changedFields: [String: JSONValue] {
        Dictionary(
            (self["changes"]?.array ?? []).map { ($0.text("field"), $0["to"] ?? .null) },
            uniquingKeysWith: { _, last in last })
    }
}
