import JSON

/// A resource while operations change it: what ``ResourceKind/read(_:)`` gives, by the schema's names.
struct Patch {
    private let kind: ResourceKind
    private(set) var members: [String: JSONValue]

    /// A resource that is to be changed.
    init(_ members: [String: JSONValue], of kind: ResourceKind) {
        self.kind = kind
        self.members = members
    }

    /// The resource after all of `operations`, or why one of them cannot be done.
    static func apply(
        _ operations: [PatchOperation], to members: [String: JSONValue], of kind: ResourceKind
    ) throws(SCIMFault) -> [String: JSONValue] {
        var patch = Patch(members, of: kind)
        for operation in operations { try patch.apply(operation) }
        return patch.members
    }

    private mutating func apply(_ operation: PatchOperation) throws(SCIMFault) {
        if let target = operation.target {
            guard !target.path.name.lowercased().hasPrefix("urn:") else { return }
            return try apply(operation.verb, target, operation.value)
        }
        guard case .object(let values)? = operation.value else {
            throw .invalidValue("the value of an operation without a path must be an object of attributes")
        }
        // Okta repeats the id, and Entra writes paths for names: `emails[type eq "work"].value`.
        for (name, value) in values.sorted(by: { $0.key < $1.key }) {
            let target = try FilterParser.target(name, in: kind)
            guard let attribute = kind.attribute(target.path.name), attribute.isWritable else { continue }
            try apply(operation.verb, target, value)
        }
    }

    private mutating func apply(
        _ verb: PatchOperation.Verb, _ target: PatchTarget, _ value: JSONValue?
    ) throws(SCIMFault) {
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
        // Entra names members to be removed in the value rather than in a filter.
        if attribute.isMultiValued, let value, let given = try attribute.read(value)?.array {
            let values = Set(given.compactMap { $0["value"] })
            return set(
                attribute, elements(of: attribute).filter { $0["value"].map { !values.contains($0) } ?? true }
            )
        }
        guard !attribute.isRequired else {
            throw SCIMFault(
                status: 400, .mutability, "\(attribute.name) is required: replace it rather than remove it")
        }
        members[attribute.name] = nil
    }

    private mutating func add(_ attribute: SchemaAttribute, _ value: JSONValue) throws(SCIMFault) {
        guard attribute.isMultiValued else { return try replace(attribute, value) }
        let given = try attribute.read(value)?.array ?? []
        var former = elements(of: attribute)
        if given.contains(where: { $0["primary"] == true }) { former = former.map(\.notPrimary) }
        let known = Set(former)
        set(attribute, former + given.filter { !known.contains($0) })
    }

    private mutating func replace(_ attribute: SchemaAttribute, _ value: JSONValue) throws(SCIMFault) {
        guard let read = try attribute.read(value) else {
            guard !attribute.isRequired else { throw .invalidValue("\(attribute.name) must have a value") }
            members[attribute.name] = nil
            return
        }
        guard case .object(let parts) = read, case .object(let former)? = members[attribute.name] else {
            members[attribute.name] = read
            return
        }
        members[attribute.name] = .object(former.merging(parts) { _, new in new })
    }

    // MARK: A part

    private mutating func apply(
        _ verb: PatchOperation.Verb, _ attribute: SchemaAttribute, _ part: SchemaAttribute,
        _ value: JSONValue?
    ) throws(SCIMFault) {
        let new: JSONValue? = verb == .remove ? .none : try part.read(value ?? .null)
        if attribute.isMultiValued {
            return set(attribute, elements(of: attribute).compactMap { $0.with(new, as: part.name) })
        }
        members[attribute.name] = (members[attribute.name] ?? [:]).with(new, as: part.name)
    }

    // MARK: Elements that a filter finds

    private mutating func applyToElements(
        _ verb: PatchOperation.Verb, _ attribute: SchemaAttribute, _ filter: Filter, _ part: SchemaAttribute?,
        _ value: JSONValue?
    ) throws(SCIMFault) {
        var found = false
        var changed: [JSONValue] = []
        for element in elements(of: attribute) {
            guard case .object(let parts) = element, try filter.matches(parts, attribute.parts) else {
                changed.append(element)
                continue
            }
            found = true
            if let new = try self.element(element, verb, attribute, part, value) { changed.append(new) }
        }
        if !found, verb == .replace {
            throw SCIMFault(
                status: 400, .noTarget, "no value of \(attribute.name) fits the filter in the path")
        }
        // Who adds to what is not there yet wants it there: Entra adds `emails[type eq "work"].value`.
        if !found, verb == .add, let parts = filter.equalities {
            let start = try attribute.read(.array([.object(parts)]))?.array?.first ?? [:]
            if let new = try element(start, verb, attribute, part, value) { changed.append(new) }
        }
        set(attribute, changed)
    }

    /// What becomes of one element; `nil` where it goes.
    private func element(
        _ element: JSONValue, _ verb: PatchOperation.Verb, _ attribute: SchemaAttribute,
        _ part: SchemaAttribute?,
        _ value: JSONValue?
    ) throws(SCIMFault) -> JSONValue? {
        if let part {
            return element.with(verb == .remove ? .none : try part.read(value ?? .null), as: part.name)
        }
        guard verb != .remove, case .object(let former) = element,
            case .object(let parts)? = try attribute.read(value ?? .null)?.array?.first
        else { return nil }
        return .object(former.merging(parts) { _, new in new })
    }

    // MARK: What they share

    private func elements(of attribute: SchemaAttribute) -> [JSONValue] {
        members[attribute.name]?.array ?? []
    }

    private mutating func set(_ attribute: SchemaAttribute, _ elements: [JSONValue]) {
        members[attribute.name] = elements.isEmpty ? .none : .some(.array(elements))
    }
}

extension JSONValue {
    /// This object with that member; `nil` where nothing is left of it.
    fileprivate func with(_ value: JSONValue?, as name: String) -> JSONValue? {
        guard case .object(var members) = self else { return self }
        members[name] = value
        return members.isEmpty ? .none : .some(.object(members))
    }

    fileprivate var notPrimary: JSONValue {
        self["primary"] == true ? with(false, as: "primary") ?? self : self
    }
}

extension Filter {
    /// The parts that an element must have, where the filter says nothing but that.
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
