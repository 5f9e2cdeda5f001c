public import Tokens

/// Where an export sends events.
public protocol EventSink: Sendable {
    /// Where it sends to, for the log: an address or a path, and no secret.
    var place: String { get }
    /// Sends events, in order. Returns when the receiver has all of them; after an error any number of the first may
    /// have arrived.
    func send(_ events: [WrittenEvent]) async throws(ExportFault)
}

/// An event in the format of an export.
public struct WrittenEvent: Hashable, Sendable {
    /// The document, without line breaks.
    public let text: String
    /// The event's identifier and kind, when it happened, and whether it tells of something refused.
    public let id: String
    public let kind: String
    public let at: Timestamp
    public let isRefusal: Bool
}

/// Why events could not be sent. The sentence has no secret.
public struct ExportFault: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }
}
