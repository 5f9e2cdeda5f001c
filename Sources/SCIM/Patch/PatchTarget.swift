/// What a PATCH operation is aimed at: an attribute, a part of it, or the elements that a filter finds, or
/// a part of those.
struct PatchTarget: Hashable, Sendable {
    var path: AttributePath
    let filter: Filter?
}
