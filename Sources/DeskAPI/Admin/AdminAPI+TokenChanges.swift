import Desk
import HTTPServer
import JSON
import Ledger
import Tokens

/// One token: what is known of it, its secrets and its pauses.
extension AdminAPI {
    /// All that is known of a token, by its identifier or an alias.
    func show(_ text: String) async throws -> Response {
        let token = try await tokens.token(try tokenID(text), of: nil)
        let previous = try await tokens.previousSecrets(of: token)
        var secrets: [JSONValue] = []
        for secret in previous {
            secrets.append(JSONValue(secret, try await tokens.move(of: token, from: secret)))
        }
        let uses = try await tokens.uses(of: token.id)
        return Self.answer(
            try await json(token).with([
                "handed_over": try await formerOwner(of: token), "previous_secrets": .array(secrets),
                "uses": .array(summed(uses).map { JSONValue($0).with(["count": .integer(Int64($0.count))]) }),
            ]))
    }

    /// Takes a merge patch, as the API does.
    func edit(_ text: String, _ request: Request, by requester: Requester) async throws -> Response {
        let edit = try TokenEdit(JSONBody(request, takesMergePatch: true))
        let token = try await tokens.token(try tokenID(text), of: nil)
        let owner = try await people.person(token.owner)
        return Self.answer(
            try await json(try await tokens.edit(token.id, of: owner, edit, by: requester)))
    }

    /// Takes `overlap_seconds`, or `overlap: "until_moved"`, as the API does. Answers with the new secret.
    func rotate(_ text: String, _ request: Request) async throws -> Response {
        let overlap = try Overlap(in: request)
        let token = try await tokens.token(try tokenID(text), of: nil)
        let owner = try await people.person(token.owner)
        let issued = try await tokens.rotate(token.id, of: owner, overlap: overlap, by: .commandLine)
        return Self.answer(
            try await json(issued.token).with(["secret": .string(issued.secret.reveal())]), status: 201)
    }

    /// Ends the previous secrets, and answers with the token and how many there were.
    func endPrevious(_ text: String, by requester: Requester) async throws -> Response {
        let token = try await tokens.token(try tokenID(text), of: nil)
        let count = try await tokens.endPrevious(of: token.id, of: nil, by: requester)
        return Self.answer(try await json(token).with(["ended": .integer(Int64(count))]))
    }

    func pause(_ text: String, _ request: Request, by requester: Requester) async throws -> Response {
        var body = try JSONBody(request)
        let seconds = body.requiredInteger("seconds")
        try body.finish()
        let token = try await tokens.pause(
            try tokenID(text), of: nil, for: .seconds(seconds), by: requester)
        return Self.answer(try await json(token))
    }

    func resume(_ text: String, by requester: Requester) async throws -> Response {
        Self.answer(try await json(try await tokens.resume(try tokenID(text), of: nil, by: requester)))
    }

    /// Takes `account`, and `name` for another name there. Answers with the token, and with what it has lost.
    func handOver(_ text: String, _ request: Request) async throws -> Response {
        var body = try JSONBody(request)
        let account = body.requiredString("account")
        let name = body.optionalString("name")
        try body.finish()
        let id = try tokenID(text)
        let preview = try await tokens.handOverPreview(of: id, of: nil, to: account, by: .commandLine)
        let token = try await tokens.handOver(id, of: nil, to: account, name: name, by: .commandLine)
        return Self.answer(
            try await json(token).with([
                "handed_over": try await formerOwner(of: token),
                "lost": .array(preview.scopes.lost.map { .string($0.scope.text) }),
            ]))
    }

    /// Who knows a token's secret from the time before it was handed over, and until when it has to be rotated.
    private func formerOwner(of token: Token) async throws -> JSONValue {
        guard let former = try await tokens.formerOwner(of: token) else { return .null }
        return JSONValue(former.handOver).with([
            "login": .string(former.person.login.text),
            "rotation_due": .optional(former.rotationDue?.rfc3339),
        ])
    }

    /// A token with its owner's login.
    func json(_ token: Token) async throws -> JSONValue {
        let owner = try await people.person(token.owner)
        let listed = ListedToken(token: token, owner: owner, lastUse: try await tokens.lastUse(of: token))
        return json(listed, try await tokens.signInPolicy(), at: clock.now)
    }

    /// The uses of each service, address and client together, the latest first.
    private func summed(_ uses: [Use]) -> [Use] {
        let sums = Dictionary(uses.map { ([$0.service, $0.address, $0.client], $0) }) { first, second in
            var sum = first.lastAt > second.lastAt ? first : second
            sum.count = first.count + second.count
            return sum
        }
        return sums.values.sorted { $0.lastAt > $1.lastAt }
    }
}
