import JSON

/// The attributes that a response contains (RFC 7644, section 3.9).
struct Selection: Hashable, Sendable {
    /// Only these, unless empty.
    var attributes: [AttributePath] = []
    /// All but these.
    var excluded: [AttributePath] = []

    /// The most attributes in one request: each is looked up in every resource of the response.
    static let limit = 100

    /// Returned in any case.
    private static let always: Set<String> = ["schemas", "id"]

    /// The selected attributes of a resource.
    func applied(to members: [String: JSONValue], _ kind: ResourceKind) -> [String: JSONValue] {
        var selected: [String: JSONValue] = [:]
        for (name, value) in members {
            if Self.always.contains(name) {
                selected[name] = value
            } else {
                selected[name] = self.selected(value, name)
            }
        }
        return selected
    }

    private func selected(_ value: JSONValue, _ name: String) -> JSONValue? {
        let name = name.lowercased()
        if !attributes.isEmpty {
            let wanted = attributes.filter { $0.foldedName == name }
            guard !wanted.isEmpty else { return nil }
            let parts = wanted.compactMap(\.foldedPart)
            return parts.count < wanted.count ? value : value.parts { parts.contains($0.lowercased()) }
        }
        let unwanted = excluded.filter { $0.foldedName == name }
        guard !unwanted.contains(where: { $0.part == nil }) else { return nil }
        let parts = unwanted.compactMap(\.foldedPart)
        return parts.isEmpty ? value : value.parts { !parts.contains($0.lowercased()) }
    }
}

extension JSONValue {
    /// This object, or each element of an array, with only the members for which `isWanted` returns true.
    fileprivate func parts(_ isWanted: (String) -> Bool) -> JSONValue {
        switch self {
        case .object(let members): .object(members.filter { isWanted($0.key) })
        case .array(let elements): .array(elements.map { $0.parts(isWanted) })
        default: self
        }
    }
}
