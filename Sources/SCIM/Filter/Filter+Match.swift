import JSON
import Tokens

extension Filter {
    /// Whether a resource, or an element of one, fits. An attribute that there is none of has no value.
    /// Throws where a comparison makes no sense of its kind of value.
    func matches(
        _ members: [String: JSONValue], _ attributes: [SchemaAttribute]
    ) throws(SCIMFault) -> Bool {
        switch self {
        case .and(let left, let right):
            guard try left.matches(members, attributes) else { return false }
            return try right.matches(members, attributes)
        case .or(let left, let right):
            if try left.matches(members, attributes) { return true }
            return try right.matches(members, attributes)
        case .not(let filter):
            return try !filter.matches(members, attributes)
        case .present(let path):
            return !path.values(in: members, attributes).isEmpty
        case .compare(let path, let comparison, let literal):
            let found = path.values(in: members, attributes)
            if literal == .null { return try comparison.isOfNull(found.isEmpty) }
            // Not equal is what is not equal, also where there is nothing.
            if comparison == .notEqual {
                for value in found {
                    if try Comparison.equal.holds(value, literal) { return false }
                }
                return true
            }
            for value in found {
                if try comparison.holds(value, literal) { return true }
            }
            return false
        case .element(let path, let filter):
            guard let attribute = SchemaAttribute.named(path.name, in: attributes) else { return false }
            let elements = members[attribute.name].map { $0.array ?? [$0] } ?? []
            for case .object(let element) in elements {
                if try filter.matches(element, attribute.parts) { return true }
            }
            return false
        }
    }
}

/// A value with what is known of its kind.
struct FilterValue: Hashable, Sendable {
    let value: JSONValue
    let attribute: SchemaAttribute
}

extension AttributePath {
    /// The values that a path finds. A complex attribute stands for its `value` (RFC 7644, section 3.4.2.2).
    func values(in members: [String: JSONValue], _ attributes: [SchemaAttribute]) -> [FilterValue] {
        guard let attribute = SchemaAttribute.named(name, in: attributes),
            let found = members[attribute.name], found != .null
        else { return [] }
        let elements = found.array ?? [found]
        guard let wanted = part ?? (attribute.part("value") == nil ? nil : "value") else {
            return elements.map { FilterValue(value: $0, attribute: attribute) }
        }
        guard let part = attribute.part(wanted) else { return [] }
        return elements.compactMap { element in
            element[part.name].map { FilterValue(value: $0, attribute: part) }
        }
    }
}

extension Filter.Comparison {
    fileprivate func isOfNull(_ isEmpty: Bool) throws(SCIMFault) -> Bool {
        switch self {
        case .equal: isEmpty
        case .notEqual: !isEmpty
        default: throw .invalidFilter("null can only be compared by eq and ne")
        }
    }

    fileprivate func holds(_ found: FilterValue, _ literal: JSONValue) throws(SCIMFault) -> Bool {
        switch (found.value, literal) {
        case (.string(let text), .string(let wanted)):
            if found.attribute.kind == .dateTime, let moment = Timestamp(rfc3339: text) {
                guard let limit = Timestamp(rfc3339: wanted) else {
                    throw .invalidFilter(
                        "\(found.attribute.name) is compared with a date and time of RFC 3339")
                }
                return compares(moment.milliseconds, limit.milliseconds)
            }
            return found.attribute.isCaseExact
                ? holds(text, wanted) : holds(text.folded, wanted.folded)
        case (.bool(let truth), _):
            // Entra asks for active eq "true".
            let wanted: Bool? =
                switch literal {
                case .bool(let wanted): wanted
                case .string(let text): ["true": true, "false": false][text.lowercased()]
                default: nil
                }
            guard self == .equal, let wanted else {
                throw .invalidFilter(
                    "\(found.attribute.name) can only be compared with true or false, by eq or ne")
            }
            return truth == wanted
        default: return false
        }
    }

    private func holds(_ text: String, _ wanted: String) -> Bool {
        switch self {
        case .contains: wanted.isEmpty || text.contains(wanted)
        case .starts: text.hasPrefix(wanted)
        case .ends: text.hasSuffix(wanted)
        case .equal: text.isExactly(wanted)
        case .notEqual: !text.isExactly(wanted)
        default: compares(text, wanted)
        }
    }

    private func compares<Value: Comparable>(_ left: Value, _ right: Value) -> Bool {
        switch self {
        case .equal: left == right
        case .notEqual: left != right
        case .greater: left > right
        case .greaterOrEqual: left >= right
        case .less: left < right
        case .lessOrEqual: left <= right
        case .contains, .starts, .ends: false
        }
    }
}
