import JSON

/// The values of a multi-valued attribute while operations change them. Those that name resources are found
/// by their `value` without a look at the others: a provider adds and removes a thousand members at once.
struct PatchElements {
    /// Each element in its place; `nil` where one was removed.
    private var slots: [JSONValue?] = []
    /// Where the element of a `value` stands, of those that name resources.
    private var places: [String: Int] = [:]
    private let namesResources: Bool
    private(set) var count = 0

    /// The elements of `attribute`, of which there is one for each resource where they name some.
    init(_ elements: [JSONValue], of attribute: SchemaAttribute) {
        namesResources = attribute.namesResources
        slots.reserveCapacity(elements.count)
        for element in elements { append(element) }
    }

    /// The elements in order.
    var all: [JSONValue] { slots.compactMap { $0 } }

    /// Adds `elements`, but for those that are there already. One that is primary takes that from the others.
    mutating func add(_ elements: [JSONValue]) {
        guard !namesResources else { return elements.forEach { append($0) } }
        if elements.contains(where: { $0["primary"] == true }) { slots = slots.map { $0?.notPrimary } }
        let known = Set(all)
        for element in elements where !known.contains(element) { append(element) }
    }

    /// Removes the elements that have one of `values`.
    mutating func remove(_ values: Set<String>) {
        guard namesResources else {
            return change { element in
                element["value"]?.string.map { values.contains($0) } == true ? nil : element
            }
        }
        for value in values {
            guard let place = places.removeValue(forKey: value) else { continue }
            slots[place] = nil
            count -= 1
        }
    }

    /// Makes of each element what `body` makes of it; `nil` removes it.
    mutating func change<Failure: Error>(
        _ body: (JSONValue) throws(Failure) -> JSONValue?
    ) throws(Failure) {
        var changed: [JSONValue] = []
        for case let element? in slots {
            if let new = try body(element) { changed.append(new) }
        }
        (slots, places, count) = ([], [:], 0)
        for element in changed { append(element) }
    }

    /// The same of the one element that names the resource `value`.
    mutating func change<Failure: Error>(
        naming value: String, _ body: (JSONValue) throws(Failure) -> JSONValue?
    ) throws(Failure) {
        guard let place = places[value], let element = slots[place] else { return }
        let new = try body(element)
        remove([value])
        if let new { append(new) }
    }

    private mutating func append(_ element: JSONValue) {
        if namesResources, let value = element["value"]?.string {
            guard places[value] == nil else { return }
            places[value] = slots.count
        }
        slots.append(element)
        count += 1
    }
}

extension JSONValue {
    fileprivate var notPrimary: JSONValue {
        guard self["primary"] == true, case .object(var parts) = self else { return self }
        parts["primary"] = false
        return .object(parts)
    }
}
