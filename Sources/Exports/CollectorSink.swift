public import Curl

/// Posts events to an HTTPS collector.
public struct CollectorSink: EventSink {
    /// How a batch is written.
    public enum Body: String, Hashable, Sendable, CaseIterable {
        /// One document on each line (`application/x-ndjson`).
        case lines
        /// An array of documents (`application/json`).
        case array
    }

    private let url: String
    private let headers: [HTTPClient.HeaderField]
    private let body: Body
    private let authorities: String?

    /// The address without its query, which may hold a key.
    public var place: String { String(url.prefix { $0 != "?" }) }

    /// `headers` are added to each request, such as `Authorization`. `authorities` is the file with the certificates
    /// that are trusted in place of the system's.
    public init(
        url: String, headers: [HTTPClient.HeaderField], body: Body, trusting authorities: String? = nil
    ) {
        (self.url, self.headers, self.body, self.authorities) = (url, headers, body, authorities)
    }

    public func send(_ events: [WrittenEvent]) async throws(ExportFault) {
        let texts = events.map(\.text)
        let (type, text) =
            switch body {
            case .lines: ("application/x-ndjson", texts.map { $0 + "\n" }.joined())
            case .array: ("application/json", "[\(texts.joined(separator: ","))]")
            }
        let status: Int
        do throws(HTTPClientError) {
            status = try await HTTPClient().send(
                "POST", url, headers: headers + [HTTPClient.HeaderField("Content-Type", type)],
                body: Array(text.utf8), trusting: authorities, timeout: 7000
            ).status
        } catch {
            throw ExportFault("\(place): \(error)")
        }
        guard (200...299).contains(status) else {
            throw ExportFault("\(place) answered with status \(status)")
        }
    }
}
