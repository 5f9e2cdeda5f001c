import Tokens

/// Who may read this node's figures, and where.
struct MetricsPlace: Hashable, Sendable {
    /// Where they are read; `nil` for the data folder's socket alone.
    var listen: Endpoint?
    /// Whose addresses may read them there.
    var allowed = AddressRange.loopback
}
