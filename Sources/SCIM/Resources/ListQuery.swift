import HTTPServer
import JSON
import Ledger
import Tokens

/// The parameters of a list: filter, order, page and attributes (RFC 7644, section 3.4.2).
struct ListQuery: Sendable {
    var filter: Filter?
    var sortBy: AttributePath?
    var isDescending = false
    /// Counted from 1.
    var startIndex = 1
    var count = Self.largestPage
    var selection = Selection()

    /// The most resources of one answer.
    static let largestPage = 1000

    /// Reads the query string.
    init(_ items: FormValues, _ kind: ResourceKind) throws(SCIMFault) {
        try self.init(kind) { name in items[name].map { .string($0) } }
    }

    /// Reads the body of `.search` (RFC 7644, section 3.4.3).
    init(_ body: [String: JSONValue], _ kind: ResourceKind) throws(SCIMFault) {
        try self.init(kind) { name in body[name] }
    }

    private init(_ kind: ResourceKind, _ read: (String) -> JSONValue?) throws(SCIMFault) {
        if let text = read("filter")?.string { filter = try FilterParser.filter(text, in: kind) }
        if let text = read("sortBy")?.string {
            guard let path = AttributePath(text, in: kind) else {
                throw .invalidValue("sortBy must be the name of an attribute")
            }
            sortBy = path
        }
        isDescending = read("sortOrder")?.string?.lowercased() == "descending"
        startIndex = max(1, try Self.number("startIndex", read) ?? 1)
        count = min(max(0, try Self.number("count", read) ?? count), Self.largestPage)
        selection.attributes = try Self.paths("attributes", read, kind)
        selection.excluded = try Self.paths("excludedAttributes", read, kind)
    }

    private static func number(_ name: String, _ read: (String) -> JSONValue?) throws(SCIMFault) -> Int? {
        switch read(name) {
        case nil, .null: return nil
        case .integer(let number): return Int(number)
        case .string(let text):
            guard let number = Int(text) else { break }
            return number
        default: break
        }
        throw .invalidValue("\(name) must be a whole number")
    }

    private static func paths(
        _ name: String, _ read: (String) -> JSONValue?, _ kind: ResourceKind
    ) throws(SCIMFault) -> [AttributePath] {
        let texts: [String] =
            switch read(name) {
            case .string(let text): text.split(separator: ",").map(String.init)
            case .array(let elements): elements.compactMap(\.string)
            default: []
            }
        guard texts.count <= Selection.limit else {
            throw .invalidValue("\(name) must name at most \(Selection.limit) attributes")
        }
        return texts.compactMap { text in
            AttributePath(text.filter { !$0.isWhitespace }, in: kind)
        }
    }

    /// The key by which the ledger finds all resources that can match; `nil` where all must be scanned.
    func key(name attribute: String) -> ProvisioningKey? {
        filter?.key(name: attribute)
    }

    /// The response: a page of the `resources` that match.
    func answer(
        of resources: [[String: JSONValue]], _ kind: ResourceKind
    ) async throws(SCIMFault) -> Response {
        .scim(page(try await found(in: resources, kind)) { selection.applied(to: $0, kind) })
    }

    /// The `resources` that match, in order. Throws ``SCIMFault/tooMany`` if finding them takes too much work.
    func found(
        in resources: [[String: JSONValue]], _ kind: ResourceKind
    ) async throws(SCIMFault) -> [[String: JSONValue]] {
        guard let filter else { return sorted(resources, kind) }
        var budget = WorkBudget(listing: resources.count)
        var found: [[String: JSONValue]] = []
        for resource in resources {
            if try filter.matches(resource, kind.attributes, &budget) { found.append(resource) }
            await budget.yield()
        }
        return sorted(found, kind)
    }

    /// Sorts by `sortBy`; resources without a value come last (RFC 7644, section 3.4.2.3).
    private func sorted(_ resources: [[String: JSONValue]], _ kind: ResourceKind) -> [[String: JSONValue]] {
        guard let sortBy else { return resources }
        let keyed = resources.map { ($0, sortBy.sortKey(in: $0, kind.attributes)) }
        return keyed.sorted { left, right in
            guard let first = left.1, let second = right.1 else { return left.1 != nil && right.1 == nil }
            return isDescending ? first > second : first < second
        }.map(\.0)
    }

    /// The list response with the page of `found`, each resource as `render` returns it.
    func page(_ found: [[String: JSONValue]], _ render: ([String: JSONValue]) -> [String: JSONValue])
        -> JSONValue
    {
        let shown = found.dropFirst(startIndex - 1).prefix(count)
        return [
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
            "totalResults": .integer(Int64(found.count)), "startIndex": .integer(Int64(startIndex)),
            "itemsPerPage": .integer(Int64(shown.count)),
            "Resources": .array(shown.map { .object(render($0)) }),
        ]
    }
}

extension Filter {
    /// The key, where the filter asks for one name or one `externalId`.
    fileprivate func key(name attribute: String) -> ProvisioningKey? {
        switch self {
        case .compare(let path, .equal, .string(let text)) where path.part == nil:
            switch path.foldedName {
            case attribute.lowercased(): .name(text)
            case "externalid": .externalID(text)
            default: nil
            }
        case .and(let left, let right): left.key(name: attribute) ?? right.key(name: attribute)
        default: nil
        }
    }
}
