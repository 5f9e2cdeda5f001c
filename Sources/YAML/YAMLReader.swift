extension YAMLNode {
    /// The most bytes of a document.
    public static let sizeLimit = 256 << 10
    /// The most levels of nested lists and mappings.
    public static let depthLimit = 32

    /// Parses the one document in `text`; an empty document is null.
    ///
    /// Anchors, aliases, tags and further documents are refused, so a configuration means what it says.
    public init(parsing text: [UInt8]) throws(YAMLFault) {
        guard text.count <= Self.sizeLimit else {
            throw YAMLFault(position: .start, description: "the file has more than \(Self.sizeLimit) bytes")
        }
        let reader = YAMLReader(YAMLEvents(text))
        self = try reader.document()
    }
}

/// Builds the tree of one document from its events.
private struct YAMLReader {
    private let events: YAMLEvents

    init(_ events: YAMLEvents) {
        self.events = events
    }

    func document() throws(YAMLFault) -> YAMLNode {
        var root = YAMLNode(content: .scalar("", isPlain: true), position: .start)
        var documents = 0
        while let event = try events.next() {
            switch event.kind {
            case .boundary: continue
            case .document:
                documents += 1
                guard documents == 1 else {
                    throw fault(event, "a second document begins here: a file holds one")
                }
            default: root = try node(event, depth: 0)
            }
        }
        return root
    }

    private func node(_ event: YAMLEvents.Event, depth: Int) throws(YAMLFault) -> YAMLNode {
        guard depth < YAMLNode.depthLimit else {
            throw fault(event, "lists and mappings are nested more than \(YAMLNode.depthLimit) deep")
        }
        let content: YAMLNode.Content =
            switch event.kind {
            case .scalar(let text, let isPlain): .scalar(text, isPlain: isPlain)
            case .sequence: .sequence(try items(depth: depth + 1))
            case .mapping: .mapping(try entries(depth: depth + 1))
            case .alias: throw fault(event, "aliases (*) are not supported: write the value out")
            case .document, .boundary, .end: throw fault(event, "a value was expected here")
            }
        return YAMLNode(content: content, position: event.position)
    }

    private func items(depth: Int) throws(YAMLFault) -> [YAMLNode] {
        var items: [YAMLNode] = []
        while let event = try events.next(), event.kind != .end {
            items.append(try node(event, depth: depth))
        }
        return items
    }

    private func entries(depth: Int) throws(YAMLFault) -> [YAMLNode.Entry] {
        var entries: [YAMLNode.Entry] = []
        var lines: [String: Int] = [:]
        while let event = try events.next(), event.kind != .end {
            guard case .scalar(let key, _) = event.kind else { throw fault(event, "a key must be a text") }
            if let line = lines.updateValue(event.position.line, forKey: key) {
                throw fault(event, "`\(shown(key))` stands twice: first in line \(line)")
            }
            guard let value = try events.next() else { throw fault(event, "a value was expected here") }
            entries.append(
                YAMLNode.Entry(key: key, position: event.position, value: try node(value, depth: depth)))
        }
        return entries
    }

    private func fault(_ event: YAMLEvents.Event, _ description: String) -> YAMLFault {
        YAMLFault(position: event.position, description: description)
    }

    private func shown(_ key: String) -> String {
        String(key.prefix(60).filter { !$0.isNewline })
    }
}
