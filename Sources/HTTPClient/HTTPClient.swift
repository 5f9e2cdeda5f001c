import Dispatch

/// Sends requests by libcurl (<https://curl.se/libcurl/>): http and https only, no redirect followed,
/// answers bounded in size and time.
///
/// ```swift
/// let answer = try await HTTPClient().send("GET", "http://localhost/healthz", unixSocket: "data/jeton.sock")
/// ```
public struct HTTPClient: Sendable {
    /// An answer, whatever its status.
    public struct Answer: Hashable, Sendable {
        /// The status code.
        public let status: Int
        /// The header fields in order.
        public let headers: [Field]
        /// The body.
        public let body: [UInt8]

        /// The first value of that name, without regard to case.
        public func header(_ name: String) -> String? {
            headers.first { $0.name.lowercased() == name.lowercased() }?.value
        }
    }

    /// A header field.
    public struct Field: Hashable, Sendable {
        /// The name.
        public let name: String
        /// The value, without spaces around it.
        public let value: String

        /// A field of those parts.
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// A client.
    public init() {}

    /// Sends one request and returns the answer, of any status.
    ///
    /// - Parameters:
    ///   - unixSocket: the path of a socket to send it through, whatever host the address names.
    ///   - timeout: the most milliseconds that all of it may take.
    ///   - maxBytes: the most bytes of the answer's body.
    public func send(
        _ method: String, _ url: String, headers: [Field] = [], body: [UInt8] = [],
        unixSocket: String? = nil, timeout: Int = 30_000, maxBytes: Int = 1 << 20
    ) async throws(HTTPClientError) -> Answer {
        for field in headers where !field.isPlain { throw .badHeader(name: field.name) }
        guard !method.isEmpty, method.utf8.allSatisfy({ (0x41...0x5A).contains($0) }) else {
            throw .failed(reason: "a method has letters A-Z only")
        }
        let request = Transfer.Request(
            method: method, url: url, headers: headers, body: body, unixSocket: unixSocket,
            timeout: timeout, maxBytes: maxBytes)
        let result: Result<Answer, HTTPClientError> = await withCheckedContinuation { continuation in
            // A queue of its own: a concurrent one would take its threads from the few that Swift's tasks
            // run on, and a server that asks itself, or waits for many, would stand still.
            DispatchQueue(label: "jeton.http.client").async {
                continuation.resume(
                    returning: Result { () throws(HTTPClientError) in try Transfer(request).run() })
            }
        }
        return try result.get()
    }
}

extension HTTPClient.Field {
    /// Whether neither part could end the line early and smuggle in a field of its own.
    fileprivate var isPlain: Bool {
        !name.isEmpty && !name.contains(":") && !(name + value).utf8.contains { $0 < 0x20 || $0 == 0x7F }
    }
}

/// Why there is no answer.
public enum HTTPClientError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The address is none, or neither http nor https.
    case badAddress
    /// A header field holds what no field may.
    case badHeader(name: String)
    /// Nobody answers there.
    case cannotConnect(reason: String)
    /// It took longer than it might.
    case timedOut
    /// The answer is longer than it might be.
    case tooLarge(limit: Int)
    /// Anything else, in libcurl's words.
    case failed(reason: String)

    public var description: String {
        switch self {
        case .badAddress: "the address is neither http nor https"
        case .badHeader(let name): "the header field \(name) holds control characters"
        case .cannotConnect(let reason): "nobody answers: \(reason)"
        case .timedOut: "no answer came in time"
        case .tooLarge(let limit): "the answer has more than \(limit) bytes"
        case .failed(let reason): "the request failed: \(reason)"
        }
    }
}
