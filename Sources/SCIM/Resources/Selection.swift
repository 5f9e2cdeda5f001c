import JSON

/// Which attributes a client wants to be told (RFC 7644, section 3.9).
struct Selection: Hashable, Sendable {
    /// Only these, where there are any.
    var attributes: [AttributePath] = []
    /// Not these.
    var excluded: [AttributePath] = []

    /// The most attributes that a request names. Each is looked for in every resource that is told.
    static let limit = 100

    /// Told in any case.
    private static let always: Set<String> = ["schemas", "id"]

    /// What is wanted of a resource.
    func applied(to members: [String: JSONValue], _ kind: ResourceKind) -> [String: JSONValue] {
        var told: [String: JSONValue] = [:]
        for (name, value) in members {
            if Self.always.contains(name) {
                told[name] = value
            } else {
                told[name] = selected(value, name)
            }
        }
        return told
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
    /// This object, or each of a list, with those members alone that `isWanted` says.
    fileprivate func parts(_ isWanted: (String) -> Bool) -> JSONValue {
        switch self {
        case .object(let members): .object(members.filter { isWanted($0.key) })
        case .array(let elements): .array(elements.map { $0.parts(isWanted) })
        default: self
        }
    }
}
