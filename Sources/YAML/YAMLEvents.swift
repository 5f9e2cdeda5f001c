private import CYAML

/// The events of a document, from libyaml's parser (<https://pyyaml.org/wiki/LibYAML>).
///
/// The only file that uses `CYAML`; no pointer leaves it.
final class YAMLEvents {
    struct Event {
        let kind: Kind
        let position: YAMLNode.Position
    }

    enum Kind: Equatable {
        case scalar(String, isPlain: Bool)
        case sequence
        case mapping
        case alias
        case document
        /// The end of a list or a mapping.
        case end
        /// The start of the stream, or the end of a document.
        case boundary
    }

    private let parser: UnsafeMutablePointer<yaml_parser_t>
    /// libyaml reads it in place.
    private let input: UnsafeMutableBufferPointer<UInt8>
    private var isReady: Bool

    init(_ text: [UInt8]) {
        input = .allocate(capacity: max(1, text.count))
        _ = input.initialize(from: text)
        parser = .allocate(capacity: 1)
        parser.initialize(to: yaml_parser_t())
        isReady = yaml_parser_initialize(parser) == 1
        guard isReady else { return }
        // Ignores byte order marks: UTF-16 is reported as invalid UTF-8.
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, input.baseAddress, text.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
        input.deallocate()
    }

    /// The next event; `nil` at the end of the stream. Must not be called after an error.
    func next() throws(YAMLFault) -> Event? {
        var event = yaml_event_t()
        guard isReady, yaml_parser_parse(parser, &event) == 1 else {
            isReady = false
            throw fault
        }
        defer { yaml_event_delete(&event) }
        let position = YAMLNode.Position(event.start_mark)
        switch event.type {
        case YAML_STREAM_END_EVENT, YAML_NO_EVENT: return nil
        case YAML_DOCUMENT_START_EVENT: return Event(kind: .document, position: position)
        case YAML_ALIAS_EVENT: return Event(kind: .alias, position: position)
        case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: return Event(kind: .end, position: position)
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            try refuse(anchor: scalar.anchor, tag: scalar.tag, at: position)
            let text = String(
                decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
            let isPlain = scalar.style == YAML_PLAIN_SCALAR_STYLE
            return Event(kind: .scalar(text, isPlain: isPlain), position: position)
        case YAML_SEQUENCE_START_EVENT:
            let start = event.data.sequence_start
            try refuse(anchor: start.anchor, tag: start.tag, at: position)
            return Event(kind: .sequence, position: position)
        case YAML_MAPPING_START_EVENT:
            let start = event.data.mapping_start
            try refuse(anchor: start.anchor, tag: start.tag, at: position)
            return Event(kind: .mapping, position: position)
        default: return Event(kind: .boundary, position: position)
        }
    }

    private func refuse(
        anchor: UnsafeMutablePointer<yaml_char_t>?, tag: UnsafeMutablePointer<yaml_char_t>?,
        at position: YAMLNode.Position
    ) throws(YAMLFault) {
        if anchor != nil {
            throw YAMLFault(position: position, description: "anchors (&) are not supported")
        }
        if tag != nil {
            throw YAMLFault(position: position, description: "tags (!) are not supported")
        }
    }

    /// libyaml's message, with its position.
    private var fault: YAMLFault {
        let state = parser.pointee
        let problem = state.problem.map { String(cString: $0) } ?? "this is no YAML"
        // Encoding errors have a byte offset, ahead of the parser's position.
        if state.error == YAML_READER_ERROR {
            return YAMLFault(position: position(ofByte: state.problem_offset), description: problem)
        }
        let mark = state.problem == nil ? state.mark : state.problem_mark
        // An IPv6 address in a list: libyaml takes the colon for the end of an empty key.
        let rest = String(decoding: input, as: UTF8.self).unicodeScalars.dropFirst(mark.index)
        let isOne = state.error == YAML_PARSER_ERROR && rest.first == ":"
        let hint = isOne ? ": what begins with a colon, such as \"::1\", needs quotes" : ""
        return YAMLFault(position: .init(mark), description: problem + hint)
    }

    private func position(ofByte offset: Int) -> YAMLNode.Position {
        let before = input.prefix(offset)
        let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        let characters = before[lineStart...].count { $0 & 0xC0 != 0x80 }
        return .init(line: before.count { $0 == UInt8(ascii: "\n") } + 1, column: characters + 1)
    }
}

extension YAMLNode.Position {
    fileprivate init(_ mark: yaml_mark_t) {
        self.init(line: mark.line + 1, column: mark.column + 1)
    }
}
