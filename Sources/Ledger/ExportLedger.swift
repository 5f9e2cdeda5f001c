public import Tokens

/// How far exports of events have come. Each export is sent by one node at a time.
public protocol ExportLedger: Sendable {
    /// Makes `holder` the sender of an export until `end`, unless another one is at `now`. Returns the event up to which
    /// the export was sent, or `nil` where another node sends it.
    func lease(
        export: String, to holder: Int64, until end: Timestamp, at now: Timestamp
    ) async throws(LedgerError) -> ExportPosition?
    /// Remembers that `holder` has sent an export up to that event. Returns `false`, and changes nothing, where another
    /// node sends it by now.
    func advance(export: String, of holder: Int64, to event: EventID) async throws(LedgerError) -> Bool
    /// Lets another node send the export at once.
    func release(export: String, of holder: Int64) async throws(LedgerError)
    /// How far each export has come, by name.
    func exportPositions() async throws(LedgerError) -> [String: ExportPosition]
}

extension TimeSpan {
    /// Whether a lease of this span that ends at `end` need not be renewed yet. It is when half of it is over, so that
    /// nothing is written while nothing happens.
    public func isFresh(until end: Timestamp, at now: Timestamp) -> Bool {
        now + TimeSpan(milliseconds: milliseconds / 2) < end && end <= now + self
    }
}

/// How far an export has come.
public struct ExportPosition: Hashable, Sendable {
    /// The latest event that was sent; `nil` before the first.
    public let sent: EventID?

    public init(sent: EventID?) {
        self.sent = sent
    }
}
