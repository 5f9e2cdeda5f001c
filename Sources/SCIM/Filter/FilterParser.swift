import JSON

/// Parses filters and the paths of PATCH (RFC 7644, figure 1), with limits on what an input can cost.
struct FilterParser {
    private let kind: ResourceKind
    private var rest: Substring
    private var depth = 0
    private var terms = 0

    /// How deep parentheses and brackets may be nested.
    static let depthLimit = 32
    /// The most comparisons in one filter.
    static let termLimit = 200

    private init(_ text: String, _ kind: ResourceKind) throws(SCIMFault) {
        guard text.utf8.count <= AttributePath.byteLimit else {
            throw .invalidFilter("the filter must have at most \(AttributePath.byteLimit) bytes")
        }
        self.kind = kind
        rest = text[...]
    }

    static func filter(_ text: String, in kind: ResourceKind) throws(SCIMFault) -> Filter {
        var parser = try FilterParser(text, kind)
        let filter = try parser.alternatives()
        parser.skipSpaces()
        guard parser.rest.isEmpty else { throw parser.fault("an operator, or the end") }
        return filter
    }

    /// Parses the path of a PATCH operation: `members`, `name.givenName`, `emails[type eq "work"].value`.
    static func target(_ text: String, in kind: ResourceKind) throws(SCIMFault) -> PatchTarget {
        do throws(SCIMFault) {
            var parser = try FilterParser(text, kind)
            let path = try parser.path()
            guard parser.take("[") else {
                guard parser.rest.isEmpty else { throw parser.fault("the end") }
                return PatchTarget(path: path, filter: nil)
            }
            guard path.part == nil else { throw parser.fault("a filter behind the attribute itself") }
            let filter = try parser.bracketed()
            var target = PatchTarget(path: path, filter: filter)
            if parser.take(".") {
                guard let part = AttributePath(parser.word(), in: kind), part.part == nil else {
                    throw parser.fault("the name of a part")
                }
                target.path.part = part.name
            }
            guard parser.rest.isEmpty else { throw parser.fault("the end") }
            return target
        } catch {
            throw .invalidPath(error.detail.replacing("the filter", with: "the path"))
        }
    }

    private mutating func alternatives() throws(SCIMFault) -> Filter {
        var filter = try conjunction()
        while takeWord("or") { filter = .or(filter, try conjunction()) }
        return filter
    }

    private mutating func conjunction() throws(SCIMFault) -> Filter {
        var filter = try term()
        while takeWord("and") { filter = .and(filter, try term()) }
        return filter
    }

    private mutating func term() throws(SCIMFault) -> Filter {
        skipSpaces()
        terms += 1
        guard terms <= Self.termLimit else {
            throw .invalidFilter("the filter must have at most \(Self.termLimit) comparisons")
        }
        if take("(") { return try grouped() }
        let start = rest
        if takeWord("not") {
            skipSpaces()
            if take("(") { return .not(try grouped()) }
            rest = start
        }
        return try comparison()
    }

    private mutating func grouped() throws(SCIMFault) -> Filter { try nested(until: ")") }

    private mutating func bracketed() throws(SCIMFault) -> Filter { try nested(until: "]") }

    private mutating func nested(until end: Character) throws(SCIMFault) -> Filter {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthLimit else {
            throw .invalidFilter("the filter must be nested at most \(Self.depthLimit) deep")
        }
        let filter = try alternatives()
        skipSpaces()
        guard take(end) else { throw fault("“\(end)”") }
        return filter
    }

    private mutating func comparison() throws(SCIMFault) -> Filter {
        let path = try path()
        if take("[") {
            let inner = try bracketed()
            guard take(".") else { return .element(path, inner) }
            // `emails[type eq "work"].value eq "x"`: one value has to match both.
            let part = try self.path()
            return .element(path, .and(inner, try test(part)))
        }
        return try test(path)
    }

    private mutating func test(_ path: AttributePath) throws(SCIMFault) -> Filter {
        skipSpaces()
        let word = word().lowercased()
        if word == "pr" { return .present(path) }
        guard let comparison = Filter.Comparison(rawValue: word) else {
            throw fault("one of eq, ne, co, sw, ew, gt, ge, lt, le or pr")
        }
        skipSpaces()
        return .compare(path, comparison, try literal())
    }

    private mutating func path() throws(SCIMFault) -> AttributePath {
        skipSpaces()
        let text = rest.prefix { !$0.isWhitespace && !"[]()\"".contains($0) }
        guard let path = AttributePath(text, in: kind) else { throw fault("the name of an attribute") }
        rest = rest[text.endIndex...]
        return path
    }

    /// A JSON string, number, true, false or null.
    private mutating func literal() throws(SCIMFault) -> JSONValue {
        var end = rest.startIndex
        if rest.first == "\"" {
            rest.formIndex(after: &end)
            while end < rest.endIndex, rest[end] != "\"" {
                if rest[end] == "\\" { rest.formIndex(after: &end) }
                if end < rest.endIndex { rest.formIndex(after: &end) }
            }
            if end < rest.endIndex { rest.formIndex(after: &end) }
        } else {
            end = rest.firstIndex { $0.isWhitespace || ")]".contains($0) } ?? rest.endIndex
        }
        let text = String(rest[..<end])
        let known = ["true": JSONValue.bool(true), "false": .bool(false)][text.lowercased()]
        guard let value = known ?? (try? JSONValue(parsing: Array(text.utf8))), value.array == nil,
            value.kind != JSONValue.object([:]).kind
        else { throw fault("a JSON value, with strings in double quotes") }
        rest = rest[end...]
        return value
    }

    // MARK: Characters

    private mutating func skipSpaces() {
        rest = rest.drop { $0.isWhitespace }
    }

    private mutating func take(_ character: Character) -> Bool {
        guard rest.first == character else { return false }
        rest.removeFirst()
        return true
    }

    private mutating func word() -> Substring {
        let word = rest.prefix { !$0.isWhitespace && !"[]()\"".contains($0) }
        rest = rest[word.endIndex...]
        return word
    }

    /// Takes a keyword, ignoring case.
    private mutating func takeWord(_ expected: String) -> Bool {
        let start = rest
        skipSpaces()
        if word().lowercased() == expected, rest.first.map({ $0.isWhitespace || $0 == "(" }) ?? false {
            return true
        }
        rest = start
        return false
    }

    /// An error with what was expected and where. It does not repeat the input, which could be anything.
    private func fault(_ expected: String) -> SCIMFault {
        let place = rest.base.distance(from: rest.base.startIndex, to: rest.startIndex) + 1
        return .invalidFilter("the filter needs \(expected) at character \(place)")
    }
}
