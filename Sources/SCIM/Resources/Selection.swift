import JSON

/// Which attributes a client wants to be told (RFC 7644, section 3.9).
struct Selection: Hashable, Sendable {
    /// Only these, where there are any.
    var attributes: [AttributePath] = []
    /// Not these.
    var excluded: [AttributePath] = []

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
        if !attributes.isEmpty {
            let wanted = attributes.filter { $0.name.lowercased() == name.lowercased() }
            guard !wanted.isEmpty else { return nil }
            let parts = wanted.compactMap(\.part)
            return parts.count < wanted.count ? value : value.parts { name in parts.hold(name) }
        }
        let unwanted = excluded.filter { $0.name.lowercased() == name.lowercased() }
        guard !unwanted.contains(where: { $0.part == nil }) else { return nil }
        let parts = unwanted.compactMap(\.part)
        return parts.isEmpty ? value : value.parts { name in !parts.hold(name) }
    }
}

extension [String] {
    fileprivate func hold(_ name: String) -> Bool {
        contains { $0.lowercased() == name.lowercased() }
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
