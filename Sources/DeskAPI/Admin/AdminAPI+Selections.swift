import Desk
import HTTPServer
import JSON
import Ledger
import Tokens

/// Changing many tokens at once, in two steps: a selection keeps which ones, and a request changes exactly these.
///
///     POST …/selections                       {"filter": {"service": "maven"}}    201, what will stop working
///     POST …/selections/{selection}/pause     {"seconds": 3600}
extension AdminAPI {
    func addSelections(to admin: inout RouteGroup) {
        // Whatever leaked may be pasted.
        add("POST", "/selections", to: &admin, limits: .document) { request, requester in
            try await select(request, requester)
        }
        add("GET", "/selections/{selection}", to: &admin, for: .administration) {
            (_, requester, id: String) in
            Self.answer(try await json(selection: try selectionID(id), by: requester))
        }
        add("POST", "/selections/{selection}/pause", to: &admin, urgent: true) {
            (request, requester, id: String) in
            var body = try JSONBody(request)
            let seconds = body.optionalInteger("seconds")
            let (also, reason) = try body.changeOfMany()
            let result = try await bulk.apply(
                .pause(seconds.map { .seconds($0) }), to: try selectionID(id), also: also, because: reason,
                by: requester)
            return Self.answer(.object(try await members(of: result)))
        }
        add("POST", "/selections/{selection}/revoke", to: &admin, urgent: true) {
            (request, requester, id: String) in
            var body = try JSONBody(request)
            let (also, reason) = try body.changeOfMany()
            let result = try await bulk.apply(
                .revoke, to: try selectionID(id), also: also, because: reason, by: requester)
            return Self.answer(.object(try await members(of: result)))
        }
        add("POST", "/selections/{selection}/notify", to: &admin) { (request, requester, id: String) in
            var body = try JSONBody(request)
            let (also, reason) = try body.changeOfMany()
            let result = try await bulk.apply(
                .notify, to: try selectionID(id), also: also, because: reason, by: requester)
            return Self.answer(.object(try await members(of: result)))
        }
    }

    /// Takes `tokens`, identifiers; or `filter`, an object with parameters of the list of tokens; or `secrets`, a text.
    private func select(_ request: Request, _ requester: Requester) async throws -> Response {
        var body = try JSONBody(request)
        let ways = ["tokens", "filter", "secrets"].filter { body.has($0) }
        let identifiers = body.strings("tokens")
        let filter = body.object("filter")
        let secrets = body.optionalString("secrets")
        if ways.count != 1 { body.refuse("tokens", "or filter, or secrets must be given: one of the three") }
        try body.finish()
        var unknown = 0
        let selection: TokenSelection
        if let secrets {
            (selection, unknown) = try await bulk.select(secretsIn: secrets, by: requester)
        } else if let filter {
            let query = try await inventory.query(TokenFilter(try Self.pairs(filter)), limit: 1)
            selection = try await bulk.select(query, by: requester)
        } else {
            selection = try await bulk.select(try identifiers.map(tokenID), by: requester)
        }
        return Self.answer(
            try await json(selection: selection.id, by: requester)
                .with(["unknown_secrets": .integer(Int64(unknown))]), status: 201)
    }

    /// The pairs of a filter: each member is a string, or an array of strings.
    private static func pairs(_ filter: [String: JSONValue]) throws -> [(name: String, value: String)] {
        let fields = Set(TokenFilter.Field.allCases.map(\.rawValue)).subtracting(["sort", "after"])
        var pairs: [(name: String, value: String)] = []
        for (name, value) in filter.sorted(by: { $0.key < $1.key }) {
            guard fields.contains(name) else {
                let known = fields.sorted().joined(separator: ", ")
                throw Problem.invalid([
                    FieldFault("filter", "has the unknown member “\(name.prefix(60))”: use \(known)")
                ])
            }
            let texts = value.string.map { [$0] } ?? value.array?.compactMap(\.string) ?? []
            guard !texts.isEmpty, texts.count == value.array?.count ?? 1 else {
                throw Problem.invalid([
                    FieldFault("filter", "must have strings, but \(name) is \(value.kind)")
                ])
            }
            pairs += texts.map { (name, $0) }
        }
        return pairs
    }

    /// What will stop working where a selection is changed.
    private func json(selection id: SelectionID, by requester: Requester) async throws -> JSONValue {
        let preview = try await bulk.preview(id, by: requester)
        let summary = preview.summary
        return .object([
            "id": .string(id.text), "at": .string(preview.selection.at.rfc3339),
            "count": .integer(Int64(preview.selection.tokens.count)),
            "people": .integer(Int64(summary.people)), "accounts": .integer(Int64(summary.accounts)),
            "used": .integer(Int64(summary.used)),
            "services": .array(
                summary.services.map {
                    ["service": .string($0.name), "tokens": .integer(Int64($0.tokens))]
                }),
            "tokens": try await list(preview.tokens),
            "left_out_count": .integer(Int64(preview.selection.spared.count)),
            "left_out": try await list(preview.spared),
        ])
    }

    func list(_ tokens: [ListedToken]) async throws -> JSONValue {
        let policy = try await self.tokens.signInPolicy()
        return .array(tokens.map { json($0, policy, at: clock.now) })
    }

    /// What a change of many tokens did, and on which nodes it is in force.
    func members(of result: BulkResult) async throws -> [String: JSONValue] {
        let receipt = try await tokens.wholeReceipt(within: .seconds(10))
        return [
            "changed": .integer(Int64(result.changed)), "unchanged": .integer(Int64(result.left)),
            "unchanged_tokens": try await list(result.someLeft), "receipt": JSONValue(receipt),
        ]
    }

    func selectionID(_ text: String) throws -> SelectionID {
        guard let id = SelectionID(text) else { throw DeskFault.noSuchSelection }
        return id
    }
}

extension JSONBody {
    /// `also`, identifiers of tokens that are changed although they are left out otherwise, and `reason`. Throws what is
    /// wrong with the body.
    mutating func changeOfMany() throws -> (also: [TokenID], reason: String) {
        let also = strings("also")
        let reason = optionalString("reason") ?? ""
        for text in also where TokenID(text) == nil {
            refuse("also", "must have identifiers of tokens, and “\(text.prefix(60))” is none")
        }
        try finish()
        return (also.compactMap { TokenID($0) }, reason)
    }
}
