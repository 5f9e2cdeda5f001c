import Dispatch

/// Sends requests with libcurl (<https://curl.se/libcurl/>): only http and https, without following redirects, and with
/// limits on time and size.
///
/// ```swift
/// let answer = try await HTTPClient().send("GET", "http://localhost/healthz", unixSocket: "data/jeton.sock")
/// ```
public struct HTTPClient: Sendable {
    /// A response, of any status.
    public struct Answer: Hashable, Sendable {
        public let status: Int
        /// The header fields, in order.
        public let headers: [HeaderField]
        public let body: [UInt8]
        /// The seconds after which to try again (`Retry-After`, RFC 9110, section 10.2.3), also of a date.
        public let retryAfter: Int?

        /// The first value of a name; names are case-insensitive.
        public func header(_ name: String) -> String? {
            headers.first { $0.name.lowercased() == name.lowercased() }?.value
        }
    }

    /// A header field.
    public struct HeaderField: Hashable, Sendable {
        public let name: String
        /// The value, without surrounding spaces.
        public let value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    public init() {}

    /// Sends one request and returns the response, of any status.
    ///
    /// - Parameters:
    ///   - unixSocket: the path of a socket to connect to, whatever host the URL has.
    ///   - authorities: the file with the certificates to trust, in PEM; `nil` for the system's.
    ///   - pinned: the addresses to connect to, without a look-up and without a proxy.
    ///   - timeout: the most milliseconds for the whole exchange.
    ///   - maxBytes: the most bytes of the response body.
    ///   - truncates: whether the rest of a longer body is discarded, and is no error.
    public func send(
        _ method: String, _ url: String, headers: [HeaderField] = [], body: [UInt8] = [],
        unixSocket: String? = nil, trusting authorities: String? = nil, pinned: PinnedHost? = nil,
        timeout: Int = 30_000, maxBytes: Int = 1 << 20, truncates: Bool = false
    ) async throws(HTTPClientError) -> Answer {
        for field in headers where !field.isPlain { throw .badHeader(name: field.name) }
        guard !method.isEmpty, method.utf8.allSatisfy({ (0x41...0x5A).contains($0) }) else {
            throw .failed(reason: "a method has letters A-Z only")
        }
        let request = Transfer.TransferRequest(
            method: method, url: url, headers: headers, body: body, unixSocket: unixSocket,
            authorities: authorities, pinned: pinned, timeout: timeout, maxBytes: maxBytes,
            truncates: truncates)
        let result: Result<Answer, HTTPClientError> = await withCheckedContinuation { continuation in
            // Its own queue: a concurrent queue shares threads with Swift's cooperative pool, so a server that calls
            // itself, or waits for many responses, could deadlock.
            DispatchQueue(label: "jeton.http.client").async {
                continuation.resume(
                    returning: Result { () throws(HTTPClientError) in try Transfer(request).run() })
            }
        }
        return try result.get()
    }
}

extension HTTPClient.HeaderField {
    /// Whether the field is safe from header injection.
    fileprivate var isPlain: Bool {
        !name.isEmpty && !name.contains(":") && !(name + value).utf8.contains { $0 < 0x20 || $0 == 0x7F }
    }
}

/// Why there is no response.
public enum HTTPClientError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The URL is malformed, or neither http nor https.
    case badAddress
    /// A header field holds a forbidden character.
    case badHeader(name: String)
    case cannotConnect(reason: String)
    case timedOut
    /// The response body is above `maxBytes`.
    case tooLarge(limit: Int)
    /// Any other error, with libcurl's message.
    case failed(reason: String)

    public var description: String {
        switch self {
        case .badAddress: "the address is neither http nor https"
        case .badHeader(let name): "the header field \(name) holds control characters"
        case .cannotConnect(let reason): "cannot connect: \(reason)"
        case .timedOut: "no answer came in time"
        case .tooLarge(let limit): "the answer has more than \(limit) bytes"
        case .failed(let reason): "the request failed: \(reason)"
        }
    }
}
