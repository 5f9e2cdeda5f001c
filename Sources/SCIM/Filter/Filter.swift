import JSON

/// A filter of resources (RFC 7644, section 3.4.2.2).
indirect enum Filter: Hashable, Sendable {
    case and(Filter, Filter)
    case or(Filter, Filter)
    case not(Filter)
    /// The attribute has a value.
    case present(AttributePath)
    case compare(AttributePath, Comparison, JSONValue)
    /// A value of the attribute matches: `emails[type eq "work"]`.
    case element(AttributePath, Filter)

    enum Comparison: String, Sendable, CaseIterable {
        case equal = "eq"
        case notEqual = "ne"
        case contains = "co"
        case starts = "sw"
        case ends = "ew"
        case greater = "gt"
        case greaterOrEqual = "ge"
        case less = "lt"
        case lessOrEqual = "le"
    }
}

/// The path of an attribute or a sub-attribute: `userName`, `emails.value`.
struct AttributePath: Hashable, Sendable {
    let name: String
    var part: String? { didSet { foldedPart = part?.lowercased() } }
    /// In lower case, like ``foldedPart``: names ignore case (RFC 7643, section 2.1).
    let foldedName: String
    private(set) var foldedPart: String?

    /// For a path or a filter.
    static let byteLimit = 4096

    /// Parses `name` or `name.part`, with or without the schema's URI as its prefix (RFC 7644, section 3.10); `nil` for
    /// anything else.
    init?(_ text: some StringProtocol, in kind: ResourceKind) {
        let bare = kind.bare(String(text))
        let pieces = bare.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        // An attribute of another schema is kept whole, and matches none here.
        if bare.lowercased().hasPrefix("urn:") {
            name = bare
            foldedName = bare.lowercased()
            return
        }
        guard pieces.allSatisfy(Self.isName) else { return nil }
        name = String(pieces[0])
        foldedName = name.lowercased()
        part = pieces.count == 2 ? String(pieces[1]) : nil
        foldedPart = part?.lowercased()
    }

    /// RFC 7643, section 2.1; `$ref` besides.
    private static func isName(_ text: some StringProtocol) -> Bool {
        guard let first = text.first, first.isASCII, first.isLetter || first == "$" else { return false }
        return text.dropFirst().allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_".contains($0)) }
    }
}
