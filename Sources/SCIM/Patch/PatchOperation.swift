import JSON

/// One operation of a PATCH (RFC 7644, section 3.5.2).
struct PatchOperation: Hashable, Sendable {
    enum Verb: String, Sendable {
        case add, remove, replace
    }

    let verb: Verb
    /// `nil` for the whole resource.
    let target: PatchTarget?
    let value: JSONValue?

    /// The most operations in one request.
    static let limit = 1000

    /// The operations in a request's body. Verbs ignore case: Entra sends `Replace`.
    static func all(
        in body: [String: JSONValue], _ kind: ResourceKind, _ budget: inout WorkBudget
    ) throws(SCIMFault) -> [PatchOperation] {
        let named = Dictionary(
            body.map { ($0.key.lowercased(), $0.value) }, uniquingKeysWith: { first, _ in first })
        guard let given = named["operations"]?.array, !given.isEmpty else {
            throw .invalidSyntax("the body must have Operations, a list with at least one operation")
        }
        guard given.count <= limit else {
            throw .invalidValue("a request must have at most \(limit) operations: send several requests")
        }
        var operations: [PatchOperation] = []
        for operation in given { operations.append(try PatchOperation(operation, kind, &budget)) }
        return operations
    }

    private init(
        _ json: JSONValue, _ kind: ResourceKind, _ budget: inout WorkBudget
    ) throws(SCIMFault) {
        guard case .object(let members) = json else {
            throw .invalidSyntax("each operation must be an object, but one is \(json.kind)")
        }
        guard let verb = members["op"]?.string.flatMap({ Verb(rawValue: $0.lowercased()) }) else {
            throw .invalidSyntax("each operation must have an op: add, remove or replace")
        }
        let path = members["path"] ?? .null
        if let text = path.string, !text.isEmpty {
            target = try PatchTarget(reading: text, kind, &budget)
        } else {
            guard path == .null || path == "" else {
                throw .invalidPath("the path must be a string, but is \(path.kind)")
            }
            target = nil
        }
        self.verb = verb
        value = members["value"]
        if verb == .remove, target == nil {
            throw SCIMFault(status: 400, .noTarget, "remove needs a path")
        }
        if verb != .remove, value == nil { throw .invalidValue("add and replace need a value") }
    }
}

/// The target of a PATCH operation: an attribute, a part of it, or the elements that match a filter, or a part of
/// those.
struct PatchTarget: Hashable, Sendable {
    var path: AttributePath
    let filter: Filter?
}

extension PatchTarget {
    /// Parses `text`. The cost depends on its length.
    init(reading text: String, _ kind: ResourceKind, _ budget: inout WorkBudget) throws(SCIMFault) {
        try budget.spend(4 + text.utf8.count)
        self = try FilterParser.target(text, in: kind)
    }
}
