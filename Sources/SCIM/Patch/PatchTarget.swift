/// What a PATCH operation is aimed at: an attribute, a part of it, or the elements that a filter finds, or
/// a part of those.
struct PatchTarget: Hashable, Sendable {
    var path: AttributePath
    let filter: Filter?
}

extension PatchTarget {
    /// The target that `text` spells, which costs by its length.
    init(reading text: String, _ kind: ResourceKind, _ budget: inout WorkBudget) throws(SCIMFault) {
        try budget.spend(4 + text.utf8.count)
        self = try FilterParser.target(text, in: kind)
    }
}
