import JSON

/// Which resources are meant (RFC 7644, section 3.4.2.2).
indirect enum Filter: Hashable, Sendable {
    case and(Filter, Filter)
    case or(Filter, Filter)
    case not(Filter)
    /// Whether the attribute has a value.
    case present(AttributePath)
    case compare(AttributePath, Comparison, JSONValue)
    /// Whether an element of the attribute fits: `emails[type eq "work"]`, with what is asked of its part.
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
