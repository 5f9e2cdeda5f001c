import JSON

/// Applies the operations of a PATCH to a resource (RFC 7644, section 3.5.2).
struct Patch {
    private let kind: ResourceKind
    private var members: [String: JSONValue]
    /// The multi-valued attributes that were looked at. They take precedence over ``members``.
    private var lists: [String: PatchElements] = [:]
    private var budget: WorkBudget

    private init(_ members: [String: JSONValue], of kind: ResourceKind, _ budget: WorkBudget) {
        self.kind = kind
        self.members = members
        self.budget = budget
    }

    /// Applies all `operations`, to values that ``ResourceKind/read(_:)`` returned. Throws the error of the first
    /// operation that fails, or ``SCIMFault/tooMany`` if `budget` is spent.
    static func apply(
        _ operations: [PatchOperation], to members: [String: JSONValue], of kind: ResourceKind,
        _ budget: WorkBudget = WorkBudget()
    ) async throws(SCIMFault) -> [String: JSONValue] {
        var patch = Patch(members, of: kind, budget)
        for operation in operations {
            try patch.apply(operation)
            await patch.budget.yield()
        }
        return patch.changed
    }

    private var changed: [String: JSONValue] {
        var members = members
        for (name, list) in lists { members[name] = list.count == 0 ? nil : .array(list.all) }
        return members
    }

    private mutating func apply(_ operation: PatchOperation) throws(SCIMFault) {
        if let target = operation.target {
            guard !target.path.foldedName.hasPrefix("urn:") else { return }
            return try apply(operation.verb, target, operation.value)
        }
        guard case .object(let values)? = operation.value else {
            throw .invalidValue("the value of an operation without a path must be an object of attributes")
        }
        try budget.spend(values.count)
        // Okta repeats the id, and Entra uses paths as names: `emails[type eq "work"].value`.
        for (name, value) in values.sorted(by: { $0.key < $1.key }) {
            let target = try PatchTarget(reading: name, kind, &budget)
            guard let attribute = kind.attribute(target.path.name), attribute.isWritable else { continue }
            try apply(operation.verb, target, value)
        }
    }

    private mutating func apply(
        _ verb: PatchOperation.Verb, _ target: PatchTarget, _ value: JSONValue?
    ) throws(SCIMFault) {
        try budget.spend(1)
        guard let attribute = kind.attribute(target.path.name) else {
            throw .invalidPath("no attribute of a \(kind.name.lowercased()) has the name in the path")
        }
        guard attribute.isWritable else { throw .mutability(attribute.name) }
        guard attribute.isKept else { return }
        let part = try part(of: attribute, target.path)
        if let filter = target.filter {
            guard attribute.isMultiValued else { throw .invalidPath("\(attribute.name) has no elements") }
            return try applyToElements(verb, attribute, filter, part, value)
        }
        if let part { return try apply(verb, attribute, part, value) }
        switch verb {
        case .remove: try remove(attribute, value)
        case .add: try add(attribute, value ?? .null)
        case .replace: try replace(attribute, value ?? .null)
        }
    }

    private func part(
        of attribute: SchemaAttribute, _ path: AttributePath
    ) throws(SCIMFault) -> SchemaAttribute? {
        guard let name = path.part else { return nil }
        guard let part = attribute.part(name) else {
            throw .invalidPath("\(attribute.name) has no part of the name in the path")
        }
        return part
    }

    // MARK: A whole attribute

    private mutating func remove(_ attribute: SchemaAttribute, _ value: JSONValue?) throws(SCIMFault) {
        // Entra puts the members to be removed into the value, not into a filter.
        if attribute.isMultiValued, let value {
            let values = try named(value, by: attribute)
            return try changeElements(of: attribute) { (list, budget) throws(SCIMFault) in
                try budget.spend(attribute.namesResources ? values.count : values.count + list.count)
                list.remove(values)
            }
        }
        guard !attribute.isRequired else {
            throw SCIMFault(
                status: 400, .mutability, "\(attribute.name) is required: replace it rather than remove it")
        }
        set(attribute, nil)
    }

    /// The values of the elements to be removed. Only an operation without any value removes all elements.
    private func named(
        _ value: JSONValue, by attribute: SchemaAttribute
    ) throws(SCIMFault) -> Set<String> {
        let given = value.array ?? [value]
        let values = try attribute.read(value)?.array?.compactMap { $0["value"]?.string } ?? []
        guard values.count == given.count else {
            throw .invalidValue(
                "each element of \(attribute.name) to be removed must have a value; use an operation without a value, "
                    + "or with a filter in the path, to remove more than one")
        }
        return Set(values)
    }

    private mutating func add(_ attribute: SchemaAttribute, _ value: JSONValue) throws(SCIMFault) {
        guard attribute.isMultiValued else { return try replace(attribute, value) }
        let given = try attribute.read(value)?.array ?? []
        try changeElements(of: attribute) { (list, budget) throws(SCIMFault) in
            try budget.spend(attribute.namesResources ? given.count : given.count + list.count)
            list.add(given)
        }
    }

    private mutating func replace(_ attribute: SchemaAttribute, _ value: JSONValue) throws(SCIMFault) {
        guard let read = try attribute.read(value) else {
            guard !attribute.isRequired else { throw .invalidValue("\(attribute.name) must have a value") }
            return set(attribute, nil)
        }
        guard case .object(let parts) = read, case .object(let former)? = members[attribute.name] else {
            return set(attribute, read)
        }
        set(attribute, .object(former.merging(parts) { _, new in new }))
    }

    private mutating func set(_ attribute: SchemaAttribute, _ value: JSONValue?) {
        lists[attribute.name] = nil
        members[attribute.name] = value
    }

    // MARK: A part

    private mutating func apply(
        _ verb: PatchOperation.Verb, _ attribute: SchemaAttribute, _ part: SchemaAttribute,
        _ value: JSONValue?
    ) throws(SCIMFault) {
        let new: JSONValue? = verb == .remove ? .none : try part.read(value ?? .null)
        guard attribute.isMultiValued else {
            members[attribute.name] = (members[attribute.name] ?? [:]).with(new, as: part.name)
            return
        }
        try changeElements(of: attribute) { (list, budget) throws(SCIMFault) in
            try budget.spend(2 * list.count)
            list.change { $0.with(new, as: part.name) }
        }
    }

    // MARK: Elements that a filter finds

    private mutating func applyToElements(
        _ verb: PatchOperation.Verb, _ attribute: SchemaAttribute, _ filter: Filter, _ part: SchemaAttribute?,
        _ value: JSONValue?
    ) throws(SCIMFault) {
        let new = try NewElement(verb, attribute, part, value)
        try changeElements(of: attribute) { (list, budget) throws(SCIMFault) in
            var found = false
            func body(_ element: JSONValue) throws(SCIMFault) -> JSONValue? {
                guard case .object(let parts) = element,
                    try filter.matches(parts, attribute.parts, &budget)
                else { return element }
                found = true
                return new.made(of: element)
            }
            if attribute.namesResources, let value = filter.soughtValue {
                try list.change(naming: value, body)
            } else {
                try list.change(body)
            }
            if !found, verb == .replace {
                throw SCIMFault(
                    status: 400, .noTarget, "no value of \(attribute.name) fits the filter in the path")
            }
            // Adding to a missing element creates it: Entra adds `emails[type eq "work"].value`.
            if !found, verb == .add, let parts = filter.equalities {
                let start = try attribute.read(.array([.object(parts)]))?.array?.first ?? [:]
                if let element = new.made(of: start) { list.add([element]) }
            }
        }
    }

    // MARK: What they share

    private mutating func changeElements(
        of attribute: SchemaAttribute,
        _ body: (inout PatchElements, inout WorkBudget) throws(SCIMFault) -> Void
    ) throws(SCIMFault) {
        // Removed while it is changed, so that it has one owner and is not copied.
        var list =
            lists.removeValue(forKey: attribute.name)
            ?? PatchElements(members[attribute.name]?.array ?? [], of: attribute)
        try body(&list, &budget)
        guard attribute.hasRoom(for: list.count) else { throw .tooManyValues(of: attribute.name) }
        lists[attribute.name] = list
    }
}

/// The change to an element that matches a filter.
private enum NewElement {
    case none
    /// Sets one part; removes it for `nil`.
    case with(SchemaAttribute, JSONValue?)
    /// Merges parts into the element.
    case over([String: JSONValue])

    init(
        _ verb: PatchOperation.Verb, _ attribute: SchemaAttribute, _ part: SchemaAttribute?,
        _ value: JSONValue?
    ) throws(SCIMFault) {
        if let part {
            self = .with(part, verb == .remove ? nil : try part.read(value ?? .null))
        } else if verb == .remove {
            self = .none
        } else {
            let given = try attribute.read(value ?? .null)?.array ?? []
            guard given.count == 1, case .object(let parts) = given[0] else {
                throw .invalidValue(
                    "the value of an operation with a filter must be one value of \(attribute.name)")
            }
            self = .over(parts)
        }
    }

    /// The changed element; `nil` if it is removed.
    func made(of element: JSONValue) -> JSONValue? {
        switch self {
        case .none: nil
        case .with(let part, let value): element.with(value, as: part.name)
        case .over(let parts):
            if case .object(let former) = element {
                .object(former.merging(parts) { _, new in new })
            } else {
                nil
            }
        }
    }
}

extension JSONValue {
    /// This object with that member changed; `nil` if no member is left.
    fileprivate func with(_ value: JSONValue?, as name: String) -> JSONValue? {
        guard case .object(var members) = self else { return self }
        members[name] = value
        return members.isEmpty ? .none : .some(.object(members))
    }
}

extension Filter {
    /// The `value` in a filter of the form `value eq "…"`.
    fileprivate var soughtValue: String? {
        guard case .compare(let path, .equal, .string(let value)) = self, path.foldedName == "value",
            path.part == nil
        else { return nil }
        return value
    }

    /// The parts in a filter of equalities alone: `type eq "work" and primary eq true`.
    fileprivate var equalities: [String: JSONValue]? {
        switch self {
        case .compare(let path, .equal, let value) where path.part == nil: [path.name: value]
        case .and(let left, let right):
            if let left = left.equalities, let right = right.equalities {
                left.merging(right) { first, _ in first }
            } else {
                nil
            }
        default: nil
        }
    }
}
