/// A queue in two classes: urgent elements first, each class in order of arrival.
struct UrgentFirst<Element> {
    private var urgent = FIFO()
    private var others = FIFO()

    private struct FIFO {
        var elements: [Element?] = []
        var next = 0

        var count: Int { elements.count - next }

        mutating func popFirst() -> Element? {
            guard next < elements.count else { return nil }
            defer {
                // Releases the element.
                elements[next] = nil
                next += 1
                if next == elements.count { self = FIFO() }
            }
            return elements[next]
        }
    }

    var count: Int { urgent.count + others.count }
    var isEmpty: Bool { urgent.elements.isEmpty && others.elements.isEmpty }

    mutating func append(_ element: Element, urgent isUrgent: Bool) {
        if isUrgent { urgent.elements.append(element) } else { others.elements.append(element) }
    }

    mutating func popFirst() -> Element? { urgent.popFirst() ?? others.popFirst() }

    /// Removes the first elements, at most `most`.
    mutating func popFirst(_ most: Int) -> [Element] {
        var taken: [Element] = []
        while taken.count < most, let element = popFirst() { taken.append(element) }
        return taken
    }
}
