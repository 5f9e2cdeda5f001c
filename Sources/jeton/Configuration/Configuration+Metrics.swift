import Tokens

/// Who may read this node's figures, and where.
struct MetricsPlace: Hashable, Sendable {
    /// Where they are read; `nil` for the data folder's socket alone.
    var listen: Endpoint?
    /// Whose addresses may read them there.
    var allowed = AddressRange.loopback

    /// What is wrong with it in the whole.
    var faults: [KeyConflict] {
        guard listen == nil, allowed != AddressRange.loopback else { return [] }
        return [
            KeyConflict(
                key: "metrics.allow", beside: "metrics.listen",
                sentence: "lets nobody in: it needs `metrics.listen` beside it")
        ]
    }
}
