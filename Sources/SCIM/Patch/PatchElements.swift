import JSON

/// The elements of a multi-valued attribute while operations change them.
///
/// Elements that refer to resources are indexed by their `value`, since providers add and remove a thousand members at
/// once.
struct PatchElements {
    /// The elements in order; `nil` for one that was removed.
    private var slots: [JSONValue?] = []
    /// The index of each element in ``slots`` by its `value`, for elements that refer to resources.
    private var places: [String: Int] = [:]
    private let namesResources: Bool
    private(set) var count = 0

    /// If `attribute` refers to resources, keeps one element for each.
    init(_ elements: [JSONValue], of attribute: SchemaAttribute) {
        namesResources = attribute.namesResources
        slots.reserveCapacity(elements.count)
        for element in elements { append(element) }
    }

    var all: [JSONValue] { slots.compactMap { $0 } }

    /// Adds the `elements` that are not there yet. A new primary element makes the others not primary.
    mutating func add(_ elements: [JSONValue]) {
        guard !namesResources else { return elements.forEach { append($0) } }
        if elements.contains(where: { $0["primary"] == true }) { slots = slots.map { $0?.notPrimary } }
        let known = Set(all)
        for element in elements where !known.contains(element) { append(element) }
    }

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

    /// Replaces each element with what `body` returns; `nil` removes it.
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

    /// Replaces the one element that refers to the resource `value`.
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
