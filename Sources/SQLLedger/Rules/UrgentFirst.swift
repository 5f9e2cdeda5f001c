/// What waits, in the order of its coming, but for what is urgent, which goes first.
struct UrgentFirst<Element> {
    private var urgent = Queue()
    private var others = Queue()

    private struct Queue {
        var elements: [Element?] = []
        var next = 0

        var count: Int { elements.count - next }

        mutating func popFirst() -> Element? {
            guard next < elements.count else { return nil }
            defer {
                // So that nothing that was taken is kept alive.
                elements[next] = nil
                next += 1
                if next == elements.count { self = Queue() }
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

    /// Takes as many from the front, or all where there are fewer.
    mutating func popFirst(_ most: Int) -> [Element] {
        var taken: [Element] = []
        while taken.count < most, let element = popFirst() { taken.append(element) }
        return taken
    }
}
